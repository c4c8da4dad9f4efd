"""The accuracies of this machine are compared with the committed ones."""

import subprocess
from pathlib import Path

import pytest

from promptmix.cli.same import compare_with_committed
from promptmix.core.errors import DataError
from tests.support.committed import METRICS, commit_staged, make_repository, write_accuracy


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_repository()


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (0.5, 0, "byte for byte"),
        (0.55, 0, "0 numbers by over 0.1"),
        (0.65, 1, "demo.mixed: 0.5 -> 0.65"),
    ],
)
def test_metrics_are_compared_with_the_committed_ones(
    capsys: pytest.CaptureFixture[str], now: float, code: int, said: str
) -> None:
    write_accuracy(now)
    assert compare_with_committed() == code
    assert said in capsys.readouterr().out


def test_a_number_that_is_gone_counts_as_different() -> None:
    METRICS.write_text("{}")
    assert compare_with_committed() == 1


def test_metrics_that_git_does_not_have_cannot_be_compared() -> None:
    said = r"^metrics/summary\.json is not there, or not in git: `promptmix run`, then commit it$"
    METRICS.unlink()
    with pytest.raises(DataError, match=said):
        compare_with_committed()
    write_accuracy(0.5)
    subprocess.run(["git", "rm", "-q", "--cached", METRICS], check=True)
    commit_staged()
    with pytest.raises(DataError, match=said):
        compare_with_committed()
