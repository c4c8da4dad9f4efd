"""How a CSV file is written: which delimiter, and how quotes inside a text are.

Every reading that is in use is tried on the whole file, and the one kept whose first record has the usual names of
columns and whose records all have as many fields as the first.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from promptmix.core.errors import DataError
from promptmix.corpora.base import Dialect, FileRecord, Table, csv_records
from promptmix.corpora.columns import usual_names
from promptmix.corpora.settings import FILE, DataSettings

DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r"sep=(.)(?=[\r\n])", re.IGNORECASE)
"""The line before the header that tells Excel the delimiter."""


class Reading(NamedTuple):
    """A file read in one dialect."""

    dialect: Dialect
    records: list[FileRecord]
    """Without those whose fields are all empty, such as Excel's last lines."""

    fault: DataError | None
    """Why the file cannot be read further."""

    def fit(self, settings: DataSettings) -> tuple[int, bool, float]:
        """Return how well the dialect fits: usual names of columns, more than one field, share of equal widths."""
        if not self.records:
            return 0, False, 0.0
        first = self.records[0].values
        even = sum(len(record.values) == len(first) for record in self.records)
        return usual_names(first, settings.columns), len(first) > 1, even / (len(self.records) + bool(self.fault))


def read_delimited(name: str, text: str, settings: DataSettings, delimiters: str = DELIMITERS) -> Table:
    """Read a file of delimited fields whose delimiter is one of several.

    Raises:
        DataError: the file cannot be read as CSV, or two delimiters fit it equally well.
    """
    if line := SEPARATOR_LINE.match(text):
        delimiters, text = line[1], text[line.end() :]  # the end of the line stays, so that lines count as they are
    readings = [_read(name, text, dialect) for dialect in _dialects(text, settings.delimiter or delimiters)]
    readings.sort(key=lambda reading: reading.fit(settings), reverse=True)  # stable: equal ones keep their order
    best = readings[0]
    for other in takewhile(lambda reading: reading.fit(settings) == best.fit(settings), readings):
        if other.dialect.delimiter != best.dialect.delimiter and len(best.records[:1] or ()) and best.fit(settings)[1]:
            found = f"{best.dialect.delimiter!r} and {other.dialect.delimiter!r} both divide every line alike"
            raise DataError(f'{name}: {found}; say which in {FILE}: `delimiter: "{best.dialect.delimiter}"`')
    if best.fault:
        raise best.fault
    return Table(name, None, _trimmed(best.records))


def _dialects(text: str, delimiters: str) -> Iterator[Dialect]:
    """Yield what is tried, the most usual first; of a delimiter that the text lacks, nothing unless it is the only."""
    for delimiter in [each for each in delimiters if each in text] or delimiters[0]:
        yield Dialect(delimiter)
        if '\\"' in text or f"\\{delimiter}" in text:
            yield Dialect(delimiter, escape="\\")
        if delimiter == "\t":
            yield Dialect(delimiter, quotes=False)


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


def _used(values: Iterable[str]) -> int:
    """Return the number of values up to the last that is not empty."""
    return max((at for at, value in enumerate(values, start=1) if value.strip()), default=0)
