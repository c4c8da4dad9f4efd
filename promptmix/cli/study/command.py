"""Run the study and write its page.

``python -m promptmix.cli.study.command`` runs every sweep of sweeps.yaml whose name begins with ``study_``, ``python -m promptmix.cli.study.command
ablation`` that one alone. After each sweep the metrics of its experiments are copied, byte for byte, to metrics/study/,
and the tables and figures of docs/study.md are made from those copies. What has finished is not run again, so the same
command goes on after an interrupt. ``--write`` makes the page alone.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from promptmix.cli import git
from promptmix.cli.running import run
from promptmix.cli.study import effects, figures, tables
from promptmix.cli.study.experiments import Study
from promptmix.cli.sweep import command, plan
from promptmix.cli.sweep.plan import Experiment
from promptmix.cli.sweep.workspace import Workspaces
from promptmix.core.errors import DataError
from promptmix.core.files import replacing
from promptmix.report import style
from promptmix.report.tables import update_between_markers

PREFIX = "study_"
METRICS = Path("metrics/study")
PAGE = Path("docs/study.md")
KEPT = {".json": "metrics/summary.json", ".details.json": "metrics/details.json", ".yaml": "params.yaml"}
"""What is copied of an experiment, by the ending of the copy."""

COMMITS = "commits.json"  # what each copied experiment is, and which commit it started from
DIFFERENCES = "differences.json"  # of experiments that were compared for the page


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says and return the exit status: 1 where an experiment failed."""
    options = _options(arguments)
    if options.write:
        _write_page()
        return 0
    failed = 0
    for name in names(options.name):
        failed += command.main([name])
        copy(name)
        _write_page()
    return 1 if failed else 0


def names(wanted: str | None = None, path: Path = Path("sweeps.yaml")) -> list[str]:
    """Return the sweeps of the study in their order, or the one that is wanted.

    Raises:
        DataError: it is not among them.
    """
    every = [name for name in YAML(typ="safe", pure=True).load(path) if name.startswith(PREFIX)]
    if wanted is None:
        return every
    if f"{PREFIX}{wanted}" not in every:
        known = ", ".join(name.removeprefix(PREFIX) for name in every)
        raise DataError(f"{path} has no {PREFIX}{wanted}; the study's sweeps are {known}")
    return [f"{PREFIX}{wanted}"]


def copy(name: str) -> None:
    """Copy what came of a sweep's finished experiments to metrics/study/, and note their commits beside it."""
    workspaces = Workspaces()
    commits = _read(METRICS / COMMITS)
    for experiment in plan.experiments(name, []):
        kept, finished = workspaces.name(experiment)
        if not finished:
            continue
        revision = git.commit(git.reference(workspaces.head, kept))
        for ending, path in KEPT.items():
            with replacing(METRICS / f"{experiment.name}{ending}") as file:
                file.write(git.text(revision, path) or "")
        commits[experiment.name] = {"commit": workspaces.head, "experiment": revision}
    _write(METRICS / COMMITS, dict(sorted(commits.items())))


def read(name: str) -> Study:
    """Read what came of one sweep; experiments that have not finished, or had other params, are left out."""
    experiments = {each.name.removeprefix(f"{name}-"): each for each in plan.experiments(name, [])}
    finished = {short: each for short, each in experiments.items() if _is_of(each)}
    summaries = {short: _read(METRICS / f"{each.name}.json") for short, each in finished.items()}
    details = {short: _read(METRICS / f"{each.name}.details.json") for short, each in finished.items()}
    return Study(name.removeprefix(PREFIX), finished, summaries, {short: of for short, of in details.items() if of})


def _write_page() -> None:
    write(PAGE, [read(name) for name in names()])


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", help="one sweep, without study_; all of them where none is named")
    parser.add_argument("--write", action="store_true", help="only make the page, of what is in metrics/study/")
    return parser.parse_args(arguments)


def _is_of(experiment: Experiment) -> bool:
    """Whether the metrics that are kept for an experiment were made with its params."""
    params = METRICS / f"{experiment.name}.yaml"
    if not params.exists():
        return False
    return bool(YAML(typ="safe", pure=True).load(params) == experiment.settings.model_dump())


def _read(path: Path) -> dict[str, Any]:
    """Read a file of numbers; one that is not there has none."""
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _write(path: Path, numbers: Mapping[str, Any]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(numbers, indent=1) + "\n")


def write(page: Path, studies: Sequence[Study], metrics: Path = METRICS) -> None:
    """Put a table for each sweep between its markers on the page, and draw the figures beside it.

    How experiments differ is worked out here and kept in ``metrics``, so that the page says nothing that is in no file.

    Raises:
        DataError: the page does not hold a pair of markers, or there is no sweep study_main.
    """
    main_study = next((study for study in studies if study.name == "main"), None)
    if main_study is None:
        raise DataError(f"sweeps.yaml has no {PREFIX}main")
    compared = [study for study in studies if study is not main_study]
    found = next((effects.effects(study) for study in compared if study.name == "ablation"), {})
    parts = {study.name: tables.tables(study) for study in studies} | {"effects": effects.table(found)}
    parts |= {"recall": tables.recall(main_study), "commits": tables.commits(_read(metrics / COMMITS))}
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = update_between_markers(text, part, (f"<!-- {name} -->", f"<!-- /{name} -->"))
    _write(metrics / DIFFERENCES, {study.name: study.against_first for study in compared} | {"effects": found})
    with replacing(page) as file:
        file.write(text)
    if main_study.summaries:
        style.save(figures.accuracies(main_study), page.with_name("study_main"))
        style.save(figures.differences(compared), page.with_name("study_differences"))


if __name__ == "__main__":
    run(main, sys.argv[1:])
