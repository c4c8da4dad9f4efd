"""What dvc.yaml says: which stages there are for given params, what they run, read and write.

No other module of the command line knows a path of the pipeline.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml
from promptmix.params import Params

FILE = Path("dvc.yaml")
OUTPUTS = ("outs", "metrics", "plots")


@dataclass(frozen=True)
class Stage:
    """One stage of dvc.yaml, for one item of its matrix."""

    name: str
    """Without the item: ``generate``."""

    item: Mapping[str, str]
    """Values of the matrix: ``dataset``, ``seed``, ``arm``; empty where the stage has none."""

    command: str
    outs: tuple[Path, ...]
    """Outputs, metrics and plots."""


def stages(params: Params) -> list[Stage]:
    """Return all stages for the data sets, seeds and arms of params, in the order of dvc.yaml.

    Raises:
        DataError: there is no dvc.yaml, or it is not YAML.
    """
    axes = {axis: [str(value) for value in getattr(params, axis)] for axis in ("datasets", "seeds", "arms")}
    return [stage for name, entry in _entries().items() for stage in _expanded(name, entry, axes)]


def metrics() -> Path:
    """Return the file of accuracies that DVC shows as metrics.

    Raises:
        DataError: dvc.yaml has none.
    """
    return _first([path for entry in _entries().values() for path in _paths(entry, "metrics")], "metrics")


def report(name: str) -> Path:
    """Return the output of this file name of a stage without a matrix, such as ``details.json``.

    Raises:
        DataError: dvc.yaml has none.
    """
    paths = [path for entry in _entries().values() if "matrix" not in entry for path in _paths(entry, *OUTPUTS)]
    return _first([path for path in paths if path.name == name], f"output {name}")


def raw() -> Path:
    """Return the folder of the original data sets, which stages read and none writes.

    Raises:
        DataError: dvc.yaml has none.
    """
    return _first(_raw(), "original data")


def require_datasets(params: Params) -> None:
    """Raise where a data set has no folder, before DVC says so in its own words.

    Raises:
        DataError: one has none; the message lists the folders that there are.
    """
    for home in _raw()[:1]:
        there = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
        for name in params.datasets:
            if name not in there:
                found = ", ".join(there) or "none"
                raise DataError(f"{home / name}: no such folder, {home} has {found}; correct `datasets` in params.yaml")


def _raw() -> list[Path]:
    written = {path for entry in _entries().values() for path in _paths(entry, *OUTPUTS)}
    read = [path for entry in _entries().values() for path in _paths(entry, "deps") if path not in written]
    return [path.parent for path in read if path.name == "${item.dataset}"]


def _first(paths: Sequence[Path], what: str) -> Path:
    if not paths:
        raise DataError(f"{FILE} names no {what}")
    return paths[0]


def _entries() -> dict[str, Any]:
    try:
        values = read_yaml(FILE, DataError)
    except FileNotFoundError:
        raise DataError(f"{Path.cwd()}: no {FILE} here; run this in the repository's root") from None
    found = values.get("stages") if isinstance(values, dict) else None
    if not isinstance(found, dict):
        raise DataError(f"{FILE}: no stages in it; `git checkout {FILE}` brings them back")
    return found


def _expanded(name: str, entry: Mapping[str, Any], axes: Mapping[str, list[str]]) -> Iterator[Stage]:
    matrix = {key: axes[source.strip("${}")] for key, source in entry.get("matrix", {}).items()}
    for values in product(*matrix.values()):
        item = dict(zip(matrix, values, strict=True))
        outs = (Path(_filled(str(path), item)) for path in _paths(entry, *OUTPUTS))
        yield Stage(name, item, _filled(entry["cmd"], item), tuple(outs))


def _paths(entry: Mapping[str, Any], *kinds: str) -> list[Path]:
    """Return the paths that a stage lists; an entry is a path, or a path with options."""
    return [
        Path(path)
        for kind in kinds
        for each in entry.get(kind, [])
        for path in ([each] if isinstance(each, str) else each)
    ]


def _filled(words: str, item: Mapping[str, str]) -> str:
    return re.sub(r"\$\{item\.(\w+)\}", lambda found: item[found[1]], words)
