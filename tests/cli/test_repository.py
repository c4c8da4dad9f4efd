"""A repository that DVC cannot read ends a verb in one line."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from promptmix.cli.app import app
from promptmix.core.errors import PromptMixError
from tests.support.structure import ROOT


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A repository whose .dvc/config was left in the middle of an edit."""
    for command in ("init -q", "config user.email t@example.org", "config user.name t", "commit -qm x --allow-empty"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc/config").write_text("[core\n")
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    for name in ("params.yaml", "experiments.yaml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("verb", "failed"),
    [
        ("verify", "DVC's cache cannot be checked"),
        ("sweep per_class", "DVC's cache cannot be found"),
        ("share", "the remote cannot be opened"),
    ],
)
def test_a_broken_configuration_of_dvc_ends_a_verb_in_one_line(broken: Path, verb: str, failed: str) -> None:
    command = [sys.executable, "-m", "promptmix", *verb.split()]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PROMPTMIX_STORE": str(broken / "answers.sqlite")}
    done = subprocess.run(command, cwd=broken, env=env, capture_output=True, text=True, check=False)
    said = "config file error: Invalid line ('[core') (matched as neither section nor keyword) at line 1."
    where = "see .dvc/config and .dvc/config.local"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {failed}: {said}; {where}\n")


@pytest.mark.parametrize(
    ("missing", "words"),
    [("params.yaml", ["cost"]), ("params.yaml", ["sweep", "-S", "generate.per_class=5"]), ("asking.yaml", ["cost"])],
    ids=lambda each: each if isinstance(each, str) else each[0],
)
def test_a_settings_file_that_is_missing_is_named(
    missing: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {"dvc.yaml", "params.yaml", "asking.yaml"} - {missing}:
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    for command in ("git init -q", "git config user.email t@example.org", "git config user.name t",
                    "git commit -qm x --allow-empty", f"{sys.executable} -m dvc init -q"):  # fmt: skip
        subprocess.run(command.split(), cwd=tmp_path, check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "answers.sqlite"))
    found = CliRunner().invoke(app, words)
    assert isinstance(found.exception, PromptMixError), found.exception
    assert str(found.exception).endswith(f"{missing}: no such file; `git checkout {missing}` brings it back")
