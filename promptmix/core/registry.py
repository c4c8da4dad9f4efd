"""Things that are one file each, found by listing a package: a file's name is the name of the thing in it."""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TypeVar, cast

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """The things of one package by name, in alphabetical order; a file is imported when its thing is looked up.

    A new file is found without a list to add it to, and so is one in another folder on the package's ``__path__``.
    """

    def __init__(self, package: str, attribute: str) -> None:
        """Look in ``package``, where every module defines its thing as ``attribute``; nothing is imported yet."""
        self._package, self._attribute = package, attribute

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(module.name for module in pkgutil.iter_modules(import_module(self._package).__path__)))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return any(name == each for each in self)

    def __getitem__(self, name: str) -> T:
        if name not in self:
            raise KeyError(f"{name!r} is none of {', '.join(self)}")
        module = import_module(f"{self._package}.{name}")
        if not hasattr(module, self._attribute):
            raise AttributeError(f"{module.__file__} defines no {self._attribute}")
        return cast(T, getattr(module, self._attribute))
