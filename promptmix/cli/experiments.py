"""experiments.yaml: named sets of params (presets), and named sets of experiments (sweeps)."""

import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml

FILE = Path("experiments.yaml")


def preset(name: str, path: Path = FILE) -> list[str]:
    """Return the overrides of one preset, ``key=value``, in file order.

    Raises:
        DataError: there is no such preset; the message names those that there are.
    """
    return _overrides(_section("presets", name, path))


def sweep(name: str, path: Path = FILE) -> dict[str, list[str]]:
    """Return the experiments of a sweep, each with its overrides.

    Raises:
        DataError: there is no such sweep; the message names those that there are.
    """
    experiments = _section("sweeps", name, path)
    return {each: _overrides(_mapping(values, f"sweeps.{name}.{each}", path)) for each, values in experiments.items()}


def sweeps(path: Path = FILE) -> list[str]:
    """Return the names of all sweeps, in file order."""
    return list(_mapping(_read(path).get("sweeps"), "sweeps", path))


def _section(kind: Literal["presets", "sweeps"], name: str, path: Path) -> dict[str, Any]:
    known = _mapping(_read(path).get(kind), kind, path)
    if name not in known:
        raise DataError(f"no {kind.removesuffix('s')} {name!r} in {path}; there are {', '.join(known) or 'none'}")
    return _mapping(known[name], f"{kind}.{name}", path)


def _mapping(found: Any, where: str, path: Path) -> dict[str, Any]:
    if not isinstance(found, dict | None):
        raise DataError(f"{path}: {where} is {reprlib.repr(found)}; it must hold `name: value` pairs")
    return {str(key): value for key, value in (found or {}).items()}


def _overrides(values: Mapping[str, Any]) -> list[str]:
    return [f"{key}={'null' if value is None else value}" for key, value in values.items()]


def _read(path: Path) -> dict[str, Any]:
    try:
        return _mapping(read_yaml(path, DataError), "the file", path)
    except FileNotFoundError:
        return {}
