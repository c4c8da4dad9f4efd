"""Run the whole study and write its page.

``python -m tools.study`` runs every sweep of sweeps.yaml whose name begins with ``study_``, copies the metrics of each
experiment, byte for byte, to metrics/study/, and makes the tables and the figure of docs/study.md from those copies.
What has finished is not run again, so the same command goes on after an interrupt. ``--write`` makes the page alone.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ruamel.yaml import YAML

from promptmix import drawing, tables
from promptmix.errors import DataError
from promptmix.files import replacing
from tools import git, studied, sweep
from tools.running import run
from tools.studied import Study
from tools.sweeping import plan
from tools.sweeping.plan import Experiment
from tools.sweeping.workspace import Workspaces

PREFIX = "study_"
METRICS = Path("metrics/study")
PAGE = Path("docs/study.md")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status: 1 where an experiment failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="only make the page, of what is in metrics/study/")
    options = parser.parse_args(arguments)
    failed = 0
    if not options.write:
        failed = sum(sweep.main([name]) for name in names())
        for name in names():
            copy(name)
    write(PAGE, [read(name) for name in names()])
    return 1 if failed else 0


def names(path: Path = Path("sweeps.yaml")) -> list[str]:
    """Return the sweeps of the study, in their order."""
    return [name for name in YAML(typ="safe", pure=True).load(path) if name.startswith(PREFIX)]


def copy(name: str) -> None:
    """Copy the metrics of a sweep's finished experiments to metrics/study/."""
    workspaces = Workspaces()
    for experiment in plan.experiments(name, []):
        kept, finished = workspaces.name(experiment)
        for here, there in {".json": "metrics/summary.json", ".yaml": "params.yaml"}.items():
            found = git.text(git.reference(workspaces.head, kept), there) if finished else None
            if found is not None:
                with replacing(METRICS / f"{experiment.name}{here}") as file:
                    file.write(found)


def read(name: str) -> Study:
    """Read what came of one sweep; experiments that have not finished, or had other params, are left out."""
    experiments = {each.name.removeprefix(f"{name}-"): each for each in plan.experiments(name, [])}
    finished = {short: each for short, each in experiments.items() if _is_of(each)}
    summaries = {
        short: json.loads((METRICS / f"{each.name}.json").read_text(encoding="utf-8"))
        for short, each in finished.items()
    }
    return Study(name.removeprefix(PREFIX), finished, summaries)


def _is_of(experiment: Experiment) -> bool:
    """Whether the metrics that are kept for an experiment were made with its params."""
    params = METRICS / f"{experiment.name}.yaml"
    if not params.exists():
        return False
    return bool(YAML(typ="safe", pure=True).load(params) == experiment.settings.model_dump())


def write(page: Path, studies: Sequence[Study]) -> None:
    """Put a table for each sweep between its markers on the page, and draw the main one beside it.

    Raises:
        DataError: the page does not hold a pair of markers.
    """
    text = page.read_text(encoding="utf-8")
    for study in studies:
        markers = f"<!-- {study.name} -->", f"<!-- /{study.name} -->"
        text = tables.update_between_markers(text, studied.tables(study), markers)
    with replacing(page) as file:
        file.write(text)
    main_study = next((study for study in studies if study.name == "main"), None)
    if main_study is None:
        raise DataError(f"sweeps.yaml has no {PREFIX}main")
    if main_study.summaries:
        drawing.save(studied.figure(main_study), page.with_name("study_main"))


if __name__ == "__main__":
    run(main, sys.argv[1:])
