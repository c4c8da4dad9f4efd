"""What the parsers share: the files they take, the labeled rows they return, and how CSV and UTF-8 are read."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from promptmix.core.errors import DataError

FIELDS = ("text", "label")
"""What a row of a user's own file must have."""


class SourceRow(NamedTuple):
    """One labeled text of an original file."""

    text: str
    label: str
    place: str
    """``FILE:LINE``, lines counted from 1; the first line of a record that spans several."""


class Splits(NamedTuple):
    """The two splits of a data set, each in file order."""

    train: tuple[SourceRow, ...]
    test: tuple[SourceRow, ...]


@dataclass(frozen=True)
class File:
    """One original file of a data set."""

    name: str
    url: str | None = None
    """Where it is published, at a fixed commit; None for a user's own file, which may be absent."""

    sha256: str | None = None
    """Digest that its bytes must have; None for a user's own file."""


@dataclass(frozen=True)
class Corpus:
    """How one data set is read: the files it needs, and how their bytes become rows."""

    files: tuple[File, ...]
    parse: Callable[[Mapping[str, bytes]], Splits]
    """Takes the bytes of ``files`` by file name; opens nothing itself."""


def decode(name: str, data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Raises:
        DataError: the bytes are not UTF-8; the message starts ``FILE:LINE:``.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The decoder does not count the byte order mark, so lines are counted in what the decoder was given.
        line = error.object[: error.start].count(b"\n") + 1
        found = f"byte 0x{error.object[error.start]:02x}"
        raise DataError(f"{name}:{line}: not UTF-8 ({found}); save the file as UTF-8") from None


def csv_records(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each CSV record with its first line, counted from 1; blank lines are skipped.

    Quoted fields may hold line breaks, so a record's number and its line differ; every such break becomes a line
    feed, so that a file saved on Windows gives the same rows.

    Raises:
        DataError: a quote is not closed, or text follows a closing quote; the message starts ``FILE:LINE:``.
    """
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    first = 1
    try:
        for fields in reader:
            if fields:
                yield first, fields
            first = reader.line_num + 1
    except csv.Error as error:
        remedy = 'put "..." around the text and write a " inside it as ""'
        raise DataError(f"{name}:{first}: not CSV: {error}; {remedy}") from None
