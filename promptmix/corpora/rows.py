"""Records to labeled rows: a value is the text that is written; what is none is refused by its place."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from promptmix.core.errors import DataError
from promptmix.core.records import INVISIBLE
from promptmix.corpora.base import FileRecord, SourceRow, SourceText, first_few
from promptmix.corpora.columns import Chosen

R = TypeVar("R")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: JSON can write one, UTF-8 cannot."""


class _UnusableError(Exception):
    """Why one record cannot be used."""


def labeled_rows(chosen: Chosen, label: int) -> tuple[SourceRow, ...]:
    """Return the rows of a table whose labels are in the column of that number.

    White space at both ends of a text or label is stripped.

    Raises:
        DataError: a record cannot be used; the message says why of the first, and where all of them are.
    """
    return tuple(_usable(chosen.records, lambda record: _row(record, chosen, label)))


def text_rows(chosen: Chosen) -> tuple[SourceText, ...]:
    """Return the texts of a table; those of rows without one are left out.

    Raises:
        DataError: a record cannot be used, as in :func:`labeled_rows`.
    """
    with_text = [record for record in chosen.records if not _is_missing(record.values[chosen.text : chosen.text + 1])]
    return tuple(_usable(with_text, lambda record: _text(record, chosen)))


def _usable(records: Sequence[FileRecord], read: Callable[[FileRecord], R]) -> list[R]:
    rows, faults = [], []
    for record in records:
        try:
            rows.append(read(record))
        except _UnusableError as fault:
            faults.append((record.place, str(fault)))
    if faults:
        (place, reason), *others = faults
        also = f" ({len(others)} more row(s) cannot be used: {_places(others)})" if others else ""
        raise DataError(f"{place}: {reason}{also}")
    return rows


def has_labels(chosen: Chosen) -> bool:
    """Tell whether any record has a label; a test file of a competition has none, or an empty column."""
    at = chosen.label
    return at is not None and any(not _is_missing(record.values[at : at + 1]) for record in chosen.records)


def _is_missing(values: Sequence[Any]) -> bool:
    return not values or values[0] is None or (isinstance(values[0], str) and not values[0].strip())


def _places(faults: Iterable[tuple[str, str]]) -> str:
    return first_few([place.rpartition(":")[2] for place, _ in faults])


def _text(record: FileRecord, chosen: Chosen) -> SourceText:
    _check_width(record.values, chosen)
    return SourceText(_string("text", record.values[chosen.text], chosen.nothing), record.place)


def _check_width(values: Sequence[Any], chosen: Chosen) -> None:
    width = len(chosen.header.names)
    if len(values) < width or any(not _is_missing([value]) for value in values[width:]):
        found = f"{len(values)} field(s) where the first line has {width}"
        raise _UnusableError(f'{found}; put "..." around a text with commas')


def _row(record: FileRecord, chosen: Chosen, label: int) -> SourceRow:
    values = record.values
    _check_width(values, chosen)
    text, name = _string("text", values[chosen.text], chosen.nothing), _string("label", values[label], chosen.nothing)
    if len(name.splitlines()) > 1:
        raise _UnusableError(f"label {name[:60]!r} spans several lines; a label is one line in a prompt")
    return SourceRow(text, name, record.place)


def _string(field: str, value: Any, nothing: str) -> str:
    if isinstance(value, list | tuple) and len(value) == 1 and isinstance(value[0], str):
        value = value[0]  # as tools write labels that could be several
    if isinstance(value, bool):
        value = str(value).lower()
    if value is not None and not isinstance(value, str):
        written = json.dumps(value, default=str, ensure_ascii=False)[:60]
        remedy = "; give the text one label, or leave the row out" if field == "label" else "; it must be one text"
        raise _UnusableError(f"{field} is {written}, {_kind(value)}{remedy}")
    if value is None or not INVISIBLE.sub("", value).strip():
        raise _UnusableError(f"{field} is {nothing if value is None else 'empty'}; fill it in or delete the row")
    if HALF_CHARACTER.search(value):
        raise _UnusableError(f"{field} holds half a surrogate pair, got {value[:60]!r}; write the whole character")
    return str(value.strip())


def _kind(value: Any) -> str:
    return "a list" if isinstance(value, list | tuple) else f"not a text but {type(value).__name__}"
