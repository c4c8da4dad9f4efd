"""The environment's ``dvc``: DVC's own words for everything but one table."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from promptmix.arms import ARMS
from promptmix.cli.dvc_command import with_defaults


@pytest.mark.parametrize(
    "arguments",
    [
        ["repro"],
        ["exp", "show"],
        ["exp", "show", "--csv"],
        ["exp", "show", "--no-pager", "--csv"],
        ["exp", "show", "--no-pager", "--drop=.*/.*"],
        ["exp", "show", "--no-pager", "--only-changed"],
        ["exp", "run", "--no-pager"],
        [],
    ],
    ids=" ".join,
)
def test_everything_else_reaches_dvc_as_it_is(arguments: list[str]) -> None:
    assert with_defaults(arguments) == arguments


def test_without_a_pager_the_table_is_of_accuracies_and_of_what_changed() -> None:
    *given, only_changed, keep, pattern = with_defaults(["exp", "show", "--no-pager", "--num", "2"])
    assert given == ["exp", "show", "--no-pager", "--num", "2"]
    assert (only_changed, keep) == ("--only-changed", "--keep")
    assert all(re.match(pattern, f"demo.{name}") for name in [*ARMS, "teacher"])
    assert not re.match(pattern, "eda.alpha")


def test_the_environment_runs_it_under_dvcs_name() -> None:
    """pip installs DVC's script first and this project's after it."""
    script = Path(sys.executable).with_name("dvc")
    assert "promptmix.cli.dvc_command" in script.read_text(encoding="utf-8")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)
