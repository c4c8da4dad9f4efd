"""How a CSV file is written: which delimiter, and how quotes inside a text are.

Every reading that is in use is tried on the whole file, and the one kept whose first record has the usual names of
columns and whose records all have as many fields as the first.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from promptmix.core.errors import DataError
from promptmix.corpora.base import Dialect, FileRecord, Table, csv_records
from promptmix.corpora.columns import usual_names
from promptmix.corpora.settings import FILE, DataSettings

DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r'(?P<quote>"?)sep=(?P<delimiter>.)(?P=quote)(?=[\r\n])', re.IGNORECASE)
"""The line before the header that tells Excel the delimiter."""


class Reading(NamedTuple):
    """A file read in one dialect."""

    dialect: Dialect
    records: list[FileRecord]
    """Without those whose fields are all empty, such as Excel's last lines."""

    fault: DataError | None
    """Why the file cannot be read further."""

    def evenness(self) -> tuple[bool, float]:
        """Return how well the dialect fits: whether it divides lines at all, and the share of those divided alike."""
        if not self.records:
            return False, 0.0
        width = len(self.records[0].values)
        even = sum(len(record.values) == width for record in self.records)
        return width > 1, even / (len(self.records) + bool(self.fault))


def read_delimited(name: str, text: str, settings: DataSettings, delimiters: str = DELIMITERS) -> Table:
    """Read a file of delimited fields whose delimiter is one of several.

    Raises:
        DataError: the file cannot be read as CSV, or two delimiters fit it equally well.
    """
    if line := SEPARATOR_LINE.match(text):
        delimiters, text = (
            line["delimiter"],
            text[line.end() :],
        )  # the end of the line stays, so that lines count as they are
    dialects = _with_usual_names(name, text, list(_dialects(text, settings.delimiter or delimiters)), settings)
    readings = [_read(name, text, dialect) for dialect in dialects]
    # A quote that is none swallows lines; of readings that are equal in this too the first, which is the most usual.
    best = max(readings, key=lambda each: (each.evenness(), len(each.records)))
    others = [each for each in readings if each.dialect.delimiter != best.dialect.delimiter]
    if rivals := [
        each.dialect.delimiter for each in others if each.evenness() == best.evenness() and each.evenness()[0]
    ]:
        found = f"{best.dialect.delimiter!r} and {rivals[0]!r} both divide every line alike"
        raise DataError(f'{name}: {found}; say which in {FILE}: `delimiter: "{best.dialect.delimiter}"`')
    if best.fault:
        raise best.fault
    return Table(name, None, _trimmed(best.records), typed=False)


def _dialects(text: str, delimiters: str) -> Iterator[Dialect]:
    """Yield what is tried, the most usual first; of a delimiter that the text lacks, nothing unless it is the only."""
    for delimiter in [each for each in delimiters if each in text] or delimiters[0]:
        yield Dialect(delimiter)
        if '\\"' in text or f"\\{delimiter}" in text:
            yield Dialect(delimiter, escape="\\")
        if delimiter == "\t":
            yield Dialect(delimiter, quotes=False)


def _with_usual_names(name: str, text: str, dialects: list[Dialect], settings: DataSettings) -> list[Dialect]:
    """Return the dialects that find most usual names of columns in the first record; all where none finds any."""
    head = "".join(islice(text.splitlines(keepends=True), 50))
    counts = [_usual_names(_read(name, head, dialect).records[:1], settings) for dialect in dialects]
    return [dialect for dialect, count in zip(dialects, counts, strict=True) if count == max(counts)]


def _usual_names(first: list[FileRecord], settings: DataSettings) -> int:
    return usual_names(first[0].values, settings.columns) if first else 0


def _read(name: str, text: str, dialect: Dialect) -> Reading:
    if dialect.escape:  # csv drops every backslash; one that escapes nothing stays
        text = re.sub(rf'(\\["\\{re.escape(dialect.delimiter)}])|\\', lambda found: found[1] or "\\\\", text)
    records: list[FileRecord] = []
    try:
        for line, fields in csv_records(name, text, dialect):
            if any(field.strip() for field in fields):
                records.append(FileRecord(f"{name}:{line}", fields))
    except DataError as fault:
        return Reading(dialect, records, fault)
    return Reading(dialect, records, None)


def _trimmed(records: list[FileRecord]) -> list[FileRecord]:
    """Leave out last columns that are empty in all records: Excel's, behind a delimiter at the end of every line."""
    width = max((_used(record.values) for record in records), default=0)
    return [FileRecord(record.place, record.values[:width]) for record in records]


def _used(values: Sequence[str]) -> int:
    """Return the number of values up to the last that is not empty."""
    return next((at for at in range(len(values), 0, -1) if values[at - 1].strip()), 0)
