"""CSV files with a header; columns other than ``text`` and ``label`` are ignored."""

from collections.abc import Iterator

from promptmix.core.errors import DataError
from promptmix.corpora.base import FIELDS, csv_records, decode


def read_csv(name: str, data: bytes) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the place and the text and label of each record.

    Raises:
        DataError: the file is not UTF-8 or not CSV, a column is missing or there twice, or a record has another number
            of fields than the header.
    """
    records = csv_records(name, decode(name, data))
    line, header = next(records, (1, []))
    columns = _columns(f"{name}:{line}", header)
    for line, values in records:
        place = f"{name}:{line}"
        if len(values) != len(header):
            found = f"{len(values)} field(s) where the header has {len(header)}"
            raise DataError(f'{place}: {found}; put "..." around a text with commas')
        yield place, {field: values[column] for field, column in columns.items()}


def _columns(place: str, header: list[str]) -> dict[str, int]:
    """Return the number of each field's column."""
    found = [column.strip() for column in header]
    for field in FIELDS:
        if found.count(field) != 1:
            number = "two columns" if field in found else "no column"
            names = ", ".join(found) or "none"
            raise DataError(f"{place}: {number} {field!r}, found {names}; the first line is text,label")
    return {field: found.index(field) for field in FIELDS}


READ = read_csv
