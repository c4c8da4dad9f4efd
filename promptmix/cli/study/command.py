"""Runs the study and writes its page.

The study is every sweep of experiments.yaml whose name begins with ``study_``. After each sweep the details of its
experiments are copied, byte for byte, beside the metrics, and the tables and figures of docs/study.md are made from
those copies. What has finished is not run again, so the same command goes on after an interrupt.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from promptmix.cli import experiments, git, pipeline
from promptmix.cli.repository import require_root
from promptmix.cli.study import effects, figures, tables
from promptmix.cli.study.experiments import Study
from promptmix.cli.sweep.command import run_sweep
from promptmix.cli.sweep.plan import Experiment, planned
from promptmix.cli.sweep.workspace import Workspaces
from promptmix.core.errors import DataError
from promptmix.core.files import replacing
from promptmix.core.yaml_files import read_yaml
from promptmix.report import style
from promptmix.report.tables import update_between_markers

PREFIX = "study_"
PAGE = Path("docs/study.md")
COMMITS = "commits.json"  # what each copied experiment is, and which commit it started from
DIFFERENCES = "differences.json"  # of experiments that were compared for the page


def run_study(name: str | None) -> int:
    """Run one sweep of the study or all, and write the page after each; returns 1 where an experiment failed."""
    require_root()
    failed = 0
    for sweep in study_sweeps(name):
        failed += run_sweep(sweep, [], 1)
        copy_results(sweep)
        write_study()
    return 1 if failed else 0


def write_study() -> int:
    """Write the page from the copies alone; returns 0."""
    require_root()
    write_page(PAGE, [read_study(sweep) for sweep in study_sweeps()], results_folder())
    return 0


def study_sweeps(wanted: str | None = None) -> list[str]:
    """Return the sweeps of the study in their order, or the one that is wanted.

    Raises:
        DataError: it is not among them.
    """
    every = [name for name in experiments.sweeps() if name.startswith(PREFIX)]
    if wanted is None:
        return every
    if f"{PREFIX}{wanted}" not in every:
        known = ", ".join(name.removeprefix(PREFIX) for name in every)
        raise DataError(f"{experiments.FILE} has no {PREFIX}{wanted}; the study's sweeps are {known}")
    return [f"{PREFIX}{wanted}"]


def results_folder() -> Path:
    """Return the folder of the copies."""
    return pipeline.metrics().parent / "study"


def copy_results(name: str) -> None:
    """Copy what came of a sweep's finished experiments, and note their commits beside it."""
    workspaces = Workspaces()
    files = {".json": pipeline.report("details.json"), ".yaml": Path("params.yaml")}
    folder = results_folder()
    commits = _read(folder / COMMITS)
    for experiment in planned(name, []):
        kept, finished = workspaces.name(experiment)
        if not finished:
            continue
        revision = git.commit(git.reference(workspaces.head, kept))
        for ending, path in files.items():
            with replacing(folder / f"{experiment.name}{ending}") as file:
                file.write(git.text(revision, path.as_posix()) or "")
        commits[experiment.name] = {"commit": workspaces.head, "experiment": revision}
    _write(folder / COMMITS, dict(sorted(commits.items())))


def read_study(name: str) -> Study:
    """Read what came of one sweep; experiments that have not finished, or had other params, are left out."""
    every = {each.name.removeprefix(f"{name}-"): each for each in planned(name, [])}
    finished = {short: each for short, each in every.items() if _is_of(each)}
    details = {short: _read(results_folder() / f"{each.name}.json") for short, each in finished.items()}
    return Study(name.removeprefix(PREFIX), finished, details)


def _is_of(experiment: Experiment) -> bool:
    """Whether the metrics that are kept for an experiment were made with its params."""
    params = results_folder() / f"{experiment.name}.yaml"
    if not params.exists():
        return False
    return bool(read_yaml(params, DataError) == experiment.settings.model_dump())


def _read(path: Path) -> dict[str, Any]:
    """Read a file of numbers; one that is not there has none."""
    try:
        numbers = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    except ValueError:
        numbers = None
    if not isinstance(numbers, dict):
        raise DataError(f"{path}: no JSON object (an unfinished merge?); `git checkout {path}` brings it back")
    return numbers


def _write(path: Path, numbers: Mapping[str, Any]) -> None:
    with replacing(path) as file:
        file.write(json.dumps(numbers, indent=1) + "\n")


def write_page(page: Path, studies: Sequence[Study], folder: Path) -> None:
    """Put a table for each sweep between its markers on the page, and draw the figures beside it.

    How experiments differ is worked out here and kept in ``folder``, so that every number of the page is in a file.

    Raises:
        DataError: the page does not hold a pair of markers, or there is no sweep study_main.
    """
    main_study = next((study for study in studies if study.name == "main"), None)
    if main_study is None:
        raise DataError(f"{experiments.FILE} has no {PREFIX}main")
    compared = [study for study in studies if study is not main_study]
    found = next((effects.effects(study) for study in compared if study.name == "ablation"), {})
    parts = {study.name: tables.tables(study) for study in studies} | {"effects": effects.effects_table(found)}
    parts |= {"recall": tables.recall(main_study), "commits": tables.commits(_read(folder / COMMITS))}
    if not page.exists():
        raise DataError(f"{page}: no such file; `git checkout {page}` brings it back")
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        text = update_between_markers(text, part, (f"<!-- {name} -->", f"<!-- /{name} -->"))
    _write(folder / DIFFERENCES, {study.name: study.against_first for study in compared} | {"effects": found})
    with replacing(page) as file:
        file.write(text)
    if main_study.details:
        style.save_figure(figures.accuracies(main_study), page.with_name("study_main"))
        style.save_figure(figures.differences(compared), page.with_name("study_differences"))
