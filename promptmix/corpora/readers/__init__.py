"""The formats of users' files, one file each; its ``READ`` reads the files whose suffix is its name.

It returns the file's records as they are. Which values are the text and the label is for
:mod:`promptmix.corpora.columns` to say, and whether they are usable for :mod:`promptmix.corpora.rows`.
"""

from collections.abc import Callable

from promptmix.core.registry import Registry
from promptmix.corpora.base import Table
from promptmix.corpora.settings import DataSettings

Read = Callable[[str, bytes, DataSettings], Table]
"""Takes a file's name and content. Raises DataError, and says where, for a file that is not in the format."""

READERS: Registry[Read] = Registry("promptmix.corpora.readers", "READ")
"""By the suffix of the files, without its dot."""

OTHER_NAMES = {"ndjson": "jsonl", "pq": "parquet", "xlsm": "xlsx"}
"""Suffixes that are other names of a format."""


def reader(file: str) -> Read | None:
    """Return what reads a file of that name, in any case; None where nothing does."""
    suffix = file.rpartition(".")[2].lower()
    suffix = OTHER_NAMES.get(suffix, suffix)
    return READERS.get(suffix)
