"""The formats of users' files: each module here reads the files whose suffix is its name, with its function ``read``.

``read`` yields one record a row: its place, ``FILE:LINE``, and its fields, of which there are ``text`` and ``label`` at
least. Whether the fields are usable is checked for all formats alike, in :mod:`promptmix.corpora.local`.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

Read = Callable[[str, bytes], Iterator[tuple[str, Mapping[str, Any]]]]
"""Takes a file's name and content. Raises DataError, and says where, for a file that is not in the format."""


def readers() -> dict[str, Read]:
    """Return the readers by the suffix of the files that they read, without its dot."""
    return {module.name: import_module(f"{__name__}.{module.name}").read for module in iter_modules(__path__)}
