"""What a sweep runs: experiments from ``-S`` options and from sweeps.yaml, each checked before any of them starts."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from promptmix import params
from promptmix.core.errors import DataError, ParamsError
from promptmix.params import Params

LONGEST_NAME = 150  # characters of an experiment's name, which is a file name too


@dataclass(frozen=True)
class Experiment:
    """One configuration to run."""

    name: str
    """As ``dvc exp show`` will list it."""

    overrides: tuple[str, ...]
    """``key=value``, as ``dvc exp run -S`` takes them."""

    settings: Params
    """All of params.yaml with the overrides."""


def experiments(sweep: str | None, options: Sequence[str]) -> list[Experiment]:
    """Return the experiments of a named sweep, or all combinations of ``options``, or each of the one with each other.

    Args:
        sweep: A name of sweeps.yaml; None for combinations alone.
        options: ``key=value`` or ``key=value,value``, in Hydra's grammar as ``dvc exp run --queue -S`` takes it.

    Raises:
        DataError: there is no such sweep.
        ParamsError: an option cannot be read, or makes a value that cannot be used.
    """
    named = _named(sweep) if sweep else {"": []}
    combinations = _combinations(options)
    planned = []
    for name, fixed in named.items():
        for combination, telling in zip(combinations, _telling(combinations), strict=True):
            full = _name(sweep, name, telling)
            planned.append(Experiment(full, (*fixed, *combination), _settings(full, [*fixed, *combination])))
    names = [each.name for each in planned]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParamsError(f"two experiments would be called {twice[0]}; give them names in sweeps.yaml")
    return planned


def _named(sweep: str, path: Path = Path("sweeps.yaml")) -> dict[str, list[str]]:
    try:
        sweeps: dict[str, dict[str, dict[str, Any] | None]] = YAML(typ="safe", pure=True).load(path) or {}
    except FileNotFoundError:
        sweeps = {}
    except YAMLError as error:
        raise DataError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    if sweep not in sweeps:
        raise DataError(f"no sweep {sweep!r} in {path}; there are {', '.join(sweeps) or 'none'}")
    return {name: [f"{key}={value}" for key, value in (values or {}).items()] for name, values in sweeps[sweep].items()}


def _combinations(options: Sequence[str]) -> list[list[str]]:
    """Return every combination of the options' values, the last option changing fastest."""
    from dvc.utils.hydra import get_hydra_sweeps

    if not options:
        return [[]]
    try:
        return [each["params.yaml"] for each in get_hydra_sweeps({"params.yaml": list(options)})]
    except Exception as error:  # Hydra's and DVC's own errors have no base in common
        raise ParamsError(f"-S {' '.join(options)}: {str(error).splitlines()[0]}") from None


def _telling(combinations: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return of every combination what is not the same in all of them; all of it where that is nothing."""
    differs = [len(set(column)) > 1 for column in zip(*combinations, strict=True)]
    return [[o for o, kept in zip(each, differs, strict=True) if kept] or list(each) for each in combinations]


def _name(sweep: str | None, name: str, overrides: Sequence[str]) -> str:
    """Return for example ``learning_rate-2e-05-per_class-5``, of characters that git and file systems take."""
    words = [override.split("=", 1) for override in overrides]
    parts = [sweep or "", name, *(part for key, value in words for part in (key.split(".")[-1], value))]
    plain = [re.sub(r"[^A-Za-z0-9_.+-]+", "_", part).replace("..", "_").strip("_") for part in parts]
    return "-".join(part for part in plain if part)[:LONGEST_NAME].strip("._-")


def _settings(name: str, overrides: Sequence[str]) -> Params:
    """Return params.yaml with overrides as DVC will apply them."""
    from dvc.exceptions import DvcException
    from dvc.utils.hydra import apply_overrides

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "params.yaml"
        shutil.copy("params.yaml", copy)
        try:
            apply_overrides(copy, list(overrides))
            return params.read(copy)
        except DvcException as error:
            raise ParamsError(f"{name}: {' '.join(overrides)}: {_reason(error)}") from None
        except ParamsError as error:
            raise ParamsError(f"{name}: {str(error).replace(str(copy), 'params.yaml')}") from None


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    return str(cause).splitlines()[0]
