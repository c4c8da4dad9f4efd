"""Which stages a change of the code makes stale, as DVC sees it in a clone without data."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.structure import ROOT, stages


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "repository"
    subprocess.run(["git", "clone", "-q", "--shared", ROOT, folder], check=True)
    return folder


@pytest.fixture
def changed(clone: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The clone with a comment added to one file."""
    file = clone / request.param
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "# a comment\n", encoding="utf-8")
    yield clone
    file.write_text(before, encoding="utf-8")


def stale(folder: Path) -> set[str]:
    """Return the stages, without data set, seed and arm, whose dependencies are not those of dvc.lock."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status"], cwd=folder, capture_output=True, text=True, check=True
    )
    blocks = re.split(r"^(?=\w\S*:$)", done.stdout, flags=re.MULTILINE)
    return {re.split("[@:]", block)[0] for block in blocks if re.search(r"modified: +(promptmix|stages|params)", block)}


def uses(package: str) -> set[str]:
    return {name for name, stage in stages().items() if package in stage["deps"]}


def test_nothing_is_stale_as_it_is(clone: Path) -> None:
    assert stale(clone) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("promptmix/report/tables.py", {"report"}),
        ("promptmix/students/train.py", {"distill", "report"}),
        ("promptmix/params.py", set()),
        ("promptmix/cli/app.py", set()),
        ("promptmix/core/records.py", set(stages())),
        ("stages/sample.py", {"sample"}),
    ],
    indirect=["changed"],
)
def test_a_change_of_code_makes_the_stages_stale_that_use_it_and_no_other(changed: Path, expected: set[str]) -> None:
    assert stale(changed) == expected
