"""What has been run, read from git: the configuration and the accuracies of commits, experiments and the working tree.

A failed, queued or running experiment has no place here. DVC lists those with the metrics of the commit they started
from, so nothing is read from its listings; git holds a ref for an experiment only once it has run to its end.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from promptmix.cli import git, pipeline
from promptmix.core.errors import DataError

WORKSPACE = "workspace"
NO_INFLUENCE = ("arms", "datasets", "llm.batch_api", "llm.budget", "report", "seeds")
"""Params that cannot change an accuracy, or say only which ones there are."""

Config = Mapping[str, Any]
"""Values by dotted key, of the params that can change an accuracy."""

ArmScores = Mapping[tuple[str, str], Mapping[int, float]]
"""Accuracies, 0 to 1, by data set and arm, then by seed."""


@dataclass(frozen=True)
class Configuration:
    """One set of params and what it gave; runs that differ in seeds, arms or data sets alone are one configuration."""

    names: tuple[str, ...]
    """Of the runs: ``workspace``, commits as they were named, experiments."""

    params: Config
    scores: ArmScores


def read_configurations(revisions: Iterable[str], split: str) -> tuple[list[Configuration], list[str]]:
    """Read the working tree, revisions, and the experiments that started from those revisions.

    Args:
        revisions: Commits, tags or branches.
        split: ``test`` or ``validation``.

    Returns:
        The configurations in the order in which they are met, and why any run is left out, a line each.

    Raises:
        DataError: git does not know a revision.
    """
    runs: list[tuple[str, str | None]] = [(WORKSPACE, None)]
    for revision in revisions:
        hash_ = git.commit(revision)
        runs += [(revision, hash_), *git.experiments(hash_).items()]
    kept, left_out = [], []
    for name, place in runs:
        try:
            kept.append(_read(name, place, split))
        except DataError as error:
            left_out.append(f"{name} is left out: {error}")
    return _pooled(kept), left_out


def _read(name: str, revision: str | None, split: str) -> Configuration:
    try:
        values = YAML(typ="safe", pure=True).load(_text(revision, "params.yaml"))
        changed = _changed_since_run(values, _text(revision, "dvc.lock"))
    except YAMLError:
        raise DataError("params.yaml or dvc.lock is not YAML (a merge that was not ended?)") from None
    if changed:
        raise DataError(f"{', '.join(changed[:3])} changed since the last run; `dvc repro` makes its numbers")
    scores: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for row in csv.DictReader(_text(revision, pipeline.report("accuracy.csv").as_posix()).splitlines()):
        if row["split"] == split:
            scores[row["dataset"], row["arm"]][int(row["seed"])] = float(row["accuracy"])
    config = {key: value for key, value in flat(values).items() if not _under(key, NO_INFLUENCE)}
    return Configuration((name,), config, scores)


def _text(revision: str | None, path: str) -> str:
    found = git.text(revision, path) if revision else Path(path).read_text("utf-8") if Path(path).exists() else None
    if found is None:
        remedy = "`git checkout params.yaml` brings it back" if path == "params.yaml" else "`dvc repro` makes it"
        raise DataError(f"no {path}; {remedy}")
    return found


def _pooled(runs: Iterable[Configuration]) -> list[Configuration]:
    """Join runs with equal params; each seed counts once.

    Runs of other code may have other numbers for the same seed: those stay apart.
    """
    pooled: list[Configuration] = []
    for run in runs:
        place = next((n for n, each in enumerate(pooled) if _fit(each, run)), len(pooled))
        before = pooled[place] if place < len(pooled) else Configuration((), run.params, {})
        keys = dict.fromkeys([*before.scores, *run.scores])
        scores = {each: {**before.scores.get(each, {}), **run.scores.get(each, {})} for each in keys}
        pooled[place : place + 1] = [Configuration((*before.names, *run.names), run.params, scores)]
    return pooled


def _fit(one: Configuration, other: Configuration) -> bool:
    """Whether two runs have the same params, and the same accuracy wherever both have one."""
    common = [(key, seed) for key in one.scores.keys() & other.scores.keys() for seed in one.scores[key]]
    return one.params == other.params and all(
        other.scores[key].get(seed, one.scores[key][seed]) == one.scores[key][seed] for key, seed in common
    )


def _changed_since_run(values: dict[str, Any], lock: str) -> list[str]:
    """Return the params whose value is not the one that dvc.lock recorded for a stage of the present matrix."""
    now = flat(values)
    axes = {str(value) for axis in ("datasets", "seeds", "arms") for value in values.get(axis, [])}
    changed: dict[str, None] = {}
    for stage, recorded in _recorded(lock).items():
        if set(stage.partition("@")[2].split("-")) - {""} <= axes:
            changed |= dict.fromkeys(key for key, value in flat(recorded).items() if now.get(key) != value)
    return list(changed)


def _recorded(lock: str) -> dict[str, dict[str, Any]]:
    """Return the params of every stage of a dvc.lock; the rest of it, which is long, is not parsed."""
    blocks = []
    for stage, body in re.findall(r"^  ([^\s:]+):\n((?:    .*\n?)+)", lock, re.MULTILINE):
        if found := re.search(r"^    params:\n      params\.yaml:\n((?:        .*\n?)+)", body, re.MULTILINE):
            blocks.append(f"{stage}:\n{found[1]}")
    return YAML(typ="safe", pure=True).load("\n".join(blocks)) or {}


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values by dotted key."""
    leaves: dict[str, Any] = {}
    for key, value in values.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return leaves


def _under(key: str, sections: Iterable[str]) -> bool:
    return any(key == section or key.startswith(f"{section}.") for section in sections)
