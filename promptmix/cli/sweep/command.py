"""Run a sweep and compare what came of it.

``python -m promptmix.cli.sweep.command -S distill.learning_rate=2e-5,5e-5 -S generate.per_class=5,10 -j 2`` runs all four combinations,
``python -m promptmix.cli.sweep.command per_class`` the experiments of that name in sweeps.yaml, and both together every experiment with
every combination. Experiments that have finished are not run again, so the same command goes on after an interrupt.
Exits with 1 if an experiment failed twice, and with 130 after Ctrl-C.
"""

import argparse
import sys
from collections.abc import Sequence

from filelock import FileLock, Timeout

from promptmix.cli.compare import command
from promptmix.cli.running import run
from promptmix.cli.sweep import plan
from promptmix.cli.sweep.progress import Progress
from promptmix.cli.sweep.workers import Crew, Task
from promptmix.cli.sweep.workspace import Workspaces
from promptmix.core.errors import DataError


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status."""
    options = _options(arguments)
    workspaces = Workspaces()
    planned = plan.experiments(options.sweep, options.set_param)
    try:
        with FileLock(workspaces.folder / "lock", timeout=0):
            workspaces.clear()
            failed = _run(workspaces, planned, options.jobs)
    except Timeout:
        raise DataError("another sweep runs in this repository; wait for its end, or stop it") from None
    sys.stdout.write("\n" + command.main([workspaces.baseline()]))
    if failed:
        sys.stderr.write(f"error: {len(failed)} of {len(planned)} experiments failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", nargs="?", help="a name of sweeps.yaml")
    parser.add_argument("-S", "--set-param", action="append", default=[], metavar="KEY=VALUE[,VALUE]")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="experiments at a time (1)")
    options = parser.parse_args(arguments)
    if not options.sweep and not options.set_param:
        parser.error("name a sweep of sweeps.yaml, or give -S KEY=VALUE,VALUE")
    if options.jobs < 1:
        parser.error(f"argument -j: at least 1, got {options.jobs}")
    return options


def _run(workspaces: Workspaces, planned: Sequence[plan.Experiment], jobs: int) -> list[str]:
    progress = Progress(len(planned))
    if untracked := workspaces.untracked():
        progress.say(f"not in git, so in no experiment: {', '.join(untracked[:5])} (`git add` those that matter)")
    tasks = []
    for experiment in planned:
        name, finished = workspaces.name(experiment)
        if finished:
            progress.say(f"{name}: finished before")
            progress.ended()
        else:
            tasks.append(Task(experiment, name, workspaces.log(name)))
    try:
        return Crew(workspaces, tasks, jobs, progress).run()
    finally:
        progress.close()


if __name__ == "__main__":
    run(main, sys.argv[1:])
