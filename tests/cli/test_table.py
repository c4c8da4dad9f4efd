"""The results table, now and as it was at a tag."""

import json
import subprocess
from pathlib import Path

import pytest

from promptmix.cli.table import show_table
from promptmix.core.errors import DataError
from tests.support.committed import DETAILS, commit_all, make_repository

NUMBERS = {"accuracy": 0.5, "accuracy_std": 0.1, "test_texts": 9, "train_texts": 6}
MADE_WITH = {"writer": "W", "relabeler": "R", "student": "S", "shots": 2, "seeds": [0, 1]}


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_repository()


def write_details(accuracy: float) -> None:
    arms = {"few_shot": NUMBERS | {"accuracy": accuracy}}
    section = {"arms": arms, "generation": {}, "differences": {}}
    DETAILS.write_text(json.dumps({"made_with": MADE_WITH, "datasets": {"demo": section}}))


def test_the_table_of_a_tag_is_the_one_of_that_time() -> None:
    write_details(0.5)
    commit_all()
    subprocess.run(["git", "tag", "v1"], check=True)
    now = show_table(None)
    assert "0.500 ± 0.100" in now
    write_details(0.9)
    said = show_table("v1")
    assert said.startswith("Results of v1 (")
    assert said.endswith(now)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("v9", r"^git knows no revision 'v9'; `git tag` and `dvc exp list` name those that there are$"),
        ("old", r"^old has metrics/details\.json in another form; `git show old:README\.md` has its table$"),
        ("HEAD~1", r"^HEAD~1 has no metrics/details\.json: nothing was reported there$"),
        (None, r"^metrics/details\.json has another form; `dvc repro --force report` makes it anew$"),
    ],
)
def test_a_table_that_cannot_be_made_is_said_in_one_line(tag: str | None, said: str) -> None:
    DETAILS.write_text('{"made-with": "x"}')
    commit_all()
    subprocess.run(["git", "tag", "old"], check=True)
    with pytest.raises(DataError, match=said):
        show_table(tag)
