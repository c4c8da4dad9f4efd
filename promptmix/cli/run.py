"""Runs the pipeline, or an experiment, and shows what came of it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from promptmix.cli import experiments
from promptmix.cli.answers.usage import reset_usage, usage_summary
from promptmix.cli.overrides import overridden
from promptmix.cli.pipeline import require_datasets
from promptmix.cli.repository import require_root
from promptmix.cli.table import missing_results, show_table

INTERRUPTED = 252  # DVC's exit status after Ctrl-C
NO_RESULT = 3  # our exit status where an arm of the table has no number


def run_pipeline(preset: str | None, overrides: Sequence[str], replay: bool) -> int:
    """Run ``dvc repro``, or ``dvc exp run`` with a preset and overrides.

    Returns 0, 3 where an arm has no result (said in one line on standard error), 1 where DVC failed, 130 if stopped.

    Args:
        preset: A name of experiments.yaml.
        overrides: ``key=value``; they win over the preset.
        replay: Use recorded answers only and run every stage, whether or not it is up to date.

    Raises:
        DataError: this is not a repository's root, or there is no such preset.
        ParamsError: an override cannot be used.
    """
    require_root()
    changes = [*(experiments.preset(preset) if preset else []), *overrides]
    require_datasets(overridden(changes))  # refuses in one line what DVC would refuse in its own and Hydra's words
    options = [word for change in changes for word in ("-S", change)]
    reset_usage()
    status = dvc(["exp", "run", *options] if changes else ["repro"], replay)
    typer.echo(usage_summary())
    if status == 0:
        typer.echo(show_table(None))
    if status == 0 and changes:
        typer.echo("params.yaml now holds this experiment; `git checkout params.yaml` returns to the committed one")
    if status == 0 and (missing := missing_results()):
        sys.stderr.write(f"no result: {missing}\n")
        return NO_RESULT
    return {0: 0, INTERRUPTED: 130}.get(status, 1)


def dvc(command: Sequence[str], replay: bool) -> int:
    """Run DVC so that ``python`` in a stage's command is this interpreter; returns its exit status."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"PATH": path, "PYTHONUNBUFFERED": "1"} | ({"PROMPTMIX_REPLAY": "1"} if replay else {})
    forced = ["--force"] if replay else []
    return subprocess.run([sys.executable, "-m", "dvc", *command, *forced], env=environment, check=False).returncode
