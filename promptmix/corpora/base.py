"""What the parsers share: the files they take, the records and labeled rows they return, and how CSV is read."""

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from promptmix.core.errors import DataError

csv.field_size_limit(2**31 - 1)  # one text may be a whole book; the module's own limit is 131072 characters


class SourceRow(NamedTuple):
    """One labeled text of an original file."""

    text: str
    label: str
    place: str
    """``FILE:LINE``, lines counted from 1; the first line of a record that spans several."""


class SourceText(NamedTuple):
    """One text of an original file, without a label."""

    text: str
    place: str


class Splits(NamedTuple):
    """The splits of a data set, each in file order."""

    train: tuple[SourceRow, ...]
    test: tuple[SourceRow, ...]
    validation: tuple[SourceRow, ...] | None = None
    """None where there is none, so that it is cut from train."""

    notes: tuple[str, ...] = ()
    """What was assumed or left aside in reading, one line each, for the user."""

    unlabeled: tuple[SourceText, ...] | None = None
    """None where there is no such file."""


class FileRecord(NamedTuple):
    """The values of one record of a file, not yet checked."""

    place: str
    """``FILE:NUMBER``: the line, or the row where the format has no lines, counted from 1."""

    values: Sequence[Any]


class Table(NamedTuple):
    """The records of one file."""

    name: str
    """File name, or whatever else tells the user where the records are."""

    columns: tuple[str, ...] | None
    """Names of the values of each record; None where the first record may be the names."""

    records: Sequence[FileRecord]

    typed: bool = True
    """Whether the format tells numbers from texts; CSV does not."""

    nothing: str = "null"
    """What a message calls a value of None."""


class WrittenNumber(str):
    """A number of a typed file (JSON, a spreadsheet, Parquet), as the text that is written there."""

    __slots__ = ()


def written(number: float) -> WrittenNumber | None:
    """Return a number as a person writes it, 3 rather than 3.0; nothing for one that is none."""
    if math.isnan(number):
        return None
    return WrittenNumber(int(number) if float(number).is_integer() else number)


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


class Dialect(NamedTuple):
    """How the fields of a CSV file are written."""

    delimiter: str = ","
    escape: str | None = None
    """A character that takes the next one as it is; None: a quote inside a text is doubled."""

    quotes: bool = True
    """Whether a field may stand in quotes."""


PLAIN = Dialect()
"""CSV as RFC 4180 has it."""


def csv_records(name: str, text: str, dialect: Dialect = PLAIN) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each CSV record with its first line, counted from 1; blank lines are skipped.

    Quoted fields may hold line breaks, so a record's number and its line differ; every such break becomes a line
    feed, so that a file saved on Windows gives the same rows.

    Raises:
        DataError: a quote is not closed, or text follows a closing quote; the message starts ``FILE:LINE:``.
    """
    reader = csv.reader(
        io.StringIO(text, newline=None),
        strict=True,
        skipinitialspace=True,
        delimiter=dialect.delimiter,
        escapechar=dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quotes else csv.QUOTE_NONE,
    )
    first = 1
    try:
        for fields in reader:
            if fields:
                yield first, fields
            first = reader.line_num + 1
    except csv.Error as error:
        remedy = 'put "..." around the text and write a " inside it as ""'
        raise DataError(f"{name}:{first}: not CSV: {error}; {remedy}") from None


def visible(words: str) -> str:
    """Return words for a message of one line: line breaks and what else cannot be printed as escapes."""
    return words if words.isprintable() else repr(words)[1:-1]


def first_few(things: Sequence[str], most: int = 5) -> str:
    """Join the beginnings of a few words for a message, and count those that it leaves out."""
    more = f" and {len(things) - most} more" if len(things) > most else ""
    return ", ".join(visible(thing[:60]) for thing in things[:most]) + more
