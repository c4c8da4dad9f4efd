"""What the command line reads of git."""

import subprocess
from pathlib import Path

import pytest

from promptmix.cli import git
from tests.support.committed import commit_all, make_repository


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_repository()


@pytest.mark.parametrize("words", ["one line", "one line\n", "an empty one below\n\n", "Größe\n"])
def test_a_file_comes_out_of_git_as_it_went_in(words: str) -> None:
    Path("file.txt").write_text(words, encoding="utf-8")
    commit_all()
    assert git.text("HEAD", "file.txt") == words
    assert git.text("HEAD", "another.txt") is None


def test_a_remote_is_known_by_its_name() -> None:
    subprocess.run(["git", "remote", "add", "origin", "../elsewhere"], check=True)
    assert (git.has_remote("origin"), git.has_remote("orig")) == (True, False)
