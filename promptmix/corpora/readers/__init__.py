"""The formats of users' files, one file each; its ``READ`` reads the files whose suffix is its name.

It yields one record a row: its place, ``FILE:LINE``, and its fields, of which there are ``text`` and ``label`` at
least. Whether the fields are usable is checked for all formats alike, in :mod:`promptmix.corpora.local`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from promptmix.core.registry import Registry

Read = Callable[[str, bytes], Iterator[tuple[str, Mapping[str, Any]]]]
"""Takes a file's name and content. Raises DataError, and says where, for a file that is not in the format."""

READERS: Registry[Read] = Registry("promptmix.corpora.readers", "READ")
"""By the suffix of the files, without its dot."""
