"""What a sweep runs: experiments from ``-S`` options and from experiments.yaml, each checked before any starts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from promptmix.cli import experiments as named
from promptmix.cli.overrides import combinations, overridden
from promptmix.core.errors import ParamsError
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


def planned(sweep: str | None, options: Sequence[str]) -> list[Experiment]:
    """Return the experiments of a named sweep, or all combinations of ``options``, or each of the one with each other.

    Args:
        sweep: A name of experiments.yaml; None for combinations alone.
        options: ``key=value`` or ``key=value,value``, in Hydra's grammar as ``dvc exp run --queue -S`` takes it.

    Raises:
        DataError: there is no such sweep.
        ParamsError: an option cannot be read, or makes a value that cannot be used.
    """
    found = []
    for name, fixed in (named.sweep(sweep) if sweep else {"": []}).items():
        every = combinations(options)
        for combination, telling in zip(every, _telling(every), strict=True):
            full = _name(sweep, name, telling)
            overrides = (*fixed, *combination)
            found.append(Experiment(full, overrides, _settings(full, overrides)))
    names = [each.name for each in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParamsError(f"two experiments would be called {twice[0]}; give them names in {named.FILE}")
    return found


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
    try:
        return overridden(overrides)
    except ParamsError as error:
        raise ParamsError(f"{name}: {error}") from None
