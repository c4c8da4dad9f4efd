"""``-S key=value`` options, in Hydra's grammar and with the effect that they have on ``dvc exp run``."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from promptmix import params
from promptmix.core.errors import ParamsError
from promptmix.core.names import RULE
from promptmix.core.yaml_files import read_yaml

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

FILE = Path("params.yaml")


def combinations(options: Sequence[str]) -> list[list[str]]:
    """Return every combination of the options' values, the last option changing fastest; none: one empty combination.

    Args:
        options: ``key=value``, ``key=value,value`` or ``key=range(1,4)``.

    Raises:
        ParamsError: an option cannot be read, or has values that cannot be listed.
    """
    return [list(each) for each in product(*(_alternatives(option) for option in _parsed(options)))]


def overridden(overrides: Sequence[str], source: Path = FILE) -> params.Params:
    """Return the checked params of a file with overrides.

    Raises:
        ParamsError: an override cannot be read or names no key, or a value cannot be used.
    """
    try:
        return params.checked(params.Params, _with_overrides(source, overrides), source)
    except FileNotFoundError:
        raise ParamsError(f"{source}: no such file; `git checkout {source}` brings it back") from None


def override_file(path: Path, overrides: Sequence[str]) -> None:
    """Apply overrides to a YAML file.

    Raises:
        ParamsError: an override cannot be read, or names no key.
    """
    YAML().dump(_with_overrides(path, overrides), path)  # in the order of the file


def _with_overrides(path: Path, overrides: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = read_yaml(path, ParamsError)
    for override in _parsed(overrides):
        _apply(values, override)
    return values


def _parsed(options: Sequence[str]) -> "list[Override]":
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        parsed: list[Override] = OverridesParser.create().parse_overrides(list(options))
    except HydraException as error:
        rule = f"; {RULE}" if any("datasets=" in option for option in options) else ""
        raise ParamsError(f"-S {' '.join(options)}: {str(error).splitlines()[0]}{rule}") from None
    return parsed


def _alternatives(option: "Override") -> list[str]:
    """Return an option once for each of its values."""
    from hydra.core.override_parser.types import ValueType

    key = option.get_key_element()
    if not option.is_sweep_override():
        return [f"{key}={option.get_value_element_as_str()}"]
    if not option.is_discrete_sweep() or option.value_type is ValueType.GLOB_CHOICE_SWEEP:
        raise ParamsError(f"-S {option.input_line}: its values cannot be listed; write key=value,value or range(1,4)")
    return [f"{key}={value}" for value in option.sweep_string_iterator()]


def _apply(values: dict[str, Any], override: "Override") -> None:
    if override.is_sweep_override():
        raise ParamsError(f"-S {override.input_line}: one value is needed here; `promptmix sweep` takes several")
    key, adds = override.key_or_group, override.is_add() or override.is_force_add()
    *sections, name = key.split(".")
    target: Any = values
    for section in sections:
        if adds and isinstance(target, dict):
            target.setdefault(section, {})
        target = target.get(section) if isinstance(target, dict) else None
    if not isinstance(target, dict) or (name not in target and not adds):
        raise ParamsError(f"-S {override.input_line}: params.yaml has no {key!r}")
    if override.is_delete():
        del target[name]
    elif override.is_add() and target.get(name) is not None and not isinstance(override.value(), dict | list):
        raise ParamsError(f"-S {override.input_line}: params.yaml has {key!r} already; write it without +")
    else:
        _merge(target, name, override.value(), override)


def _merge(target: dict[str, Any], name: str, value: Any, override: "Override") -> None:
    """Set a value; a mapping changes only the keys that it names."""
    there = target.get(name)
    if not (isinstance(value, dict) and isinstance(there, dict)):
        target[name] = value
        return
    for key, part in value.items():
        if key not in there and not (override.is_add() or override.is_force_add()):
            raise ParamsError(f"-S {override.input_line}: params.yaml has no {name}.{key}")
        _merge(there, key, part, override)
