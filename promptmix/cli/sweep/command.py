"""Runs a sweep and compares what came of it."""

import sys
from collections.abc import Sequence

import typer
from filelock import FileLock, Timeout

from promptmix.cli.compare.command import comparison
from promptmix.cli.sweep.plan import Experiment, planned
from promptmix.cli.sweep.progress import SweepProgress
from promptmix.cli.sweep.workers import ExperimentPool, Task
from promptmix.cli.sweep.workspace import Workspaces
from promptmix.core.errors import DataError


def run_sweep(name: str | None, options: Sequence[str], jobs: int) -> int:
    """Run the experiments of a named sweep, of all combinations of ``options``, or of each with each.

    Returns:
        The exit status: 1 if an experiment failed twice.

    Raises:
        DataError: this is no repository to sweep in, another sweep runs in it, or there is no such sweep.
        ParamsError: an option cannot be used.
    """
    workspaces = Workspaces()
    experiments = planned(name, options)
    try:
        with FileLock(workspaces.folder / "lock", timeout=0):
            workspaces.clear()
            failed = _run(workspaces, experiments, jobs)
    except Timeout:
        raise DataError("another sweep runs in this repository; wait for its end, or stop it") from None
    typer.echo("\n" + comparison([workspaces.baseline()], "test", "plain"), nl=False)
    if failed:
        sys.stderr.write(f"error: {len(failed)} of {len(experiments)} experiments failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _run(workspaces: Workspaces, experiments: Sequence[Experiment], jobs: int) -> list[str]:
    progress = SweepProgress(len(experiments))
    if untracked := workspaces.untracked():
        progress.say(f"not in git, so in no experiment: {', '.join(untracked[:5])} (`git add` those that matter)")
    tasks = []
    for experiment in experiments:
        name, finished = workspaces.name(experiment)
        if finished:
            progress.say(f"{name}: finished before")
            progress.ended()
        else:
            tasks.append(Task(experiment, name, workspaces.log(name)))
    try:
        return ExperimentPool(workspaces, tasks, jobs, progress).run()
    finally:
        progress.close()
