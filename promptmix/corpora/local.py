"""A data set of the user's own: ``train.csv`` or ``train.jsonl``, and ``test.csv`` or ``test.jsonl``.

The formats are those of :mod:`promptmix.corpora.readers`. White space at both ends of a text or label is stripped.
Every fault is refused with its file and line, because a row skipped in silence is a result nobody can explain.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from promptmix.core.errors import DataError
from promptmix.corpora.base import FIELDS, Corpus, File, SourceRow, Splits
from promptmix.corpora.readers import READERS


class Table(NamedTuple):
    """The records of one split, not yet checked."""

    name: str
    """File name, or whatever else tells the user where the records are."""

    records: Iterable[tuple[str, Mapping[str, Any]]]
    """Place and fields of each; ``text`` and ``label`` are among the fields."""


def corpus() -> Corpus:
    """Return how a data set of the user's own is read: from a train and a test file in any known format."""
    return Corpus(tuple(File(name) for split in ("train", "test") for name in _names(split)), _parse)


def _parse(files: Mapping[str, bytes]) -> Splits:
    """Read the train and the test file.

    Raises:
        DataError: a file is missing or there in several formats, a row cannot be used, or train has only one class.
    """
    return checked_splits(_table("train", files), _table("test", files))


def checked_splits(train: Table, test: Table) -> Splits:
    """Check the records of both splits, and return them as rows.

    Raises:
        DataError: a row cannot be used, a split is empty, or train has only one class.
    """
    splits = Splits(_rows(train), _rows(test))
    labels = sorted({row.label for row in splits.train})
    if len(labels) < 2:
        raise DataError(f"{train.name}: only one class, {labels[0]!r}; a classifier needs two or more")
    return splits


def _table(split: str, files: Mapping[str, bytes]) -> Table:
    names = _names(split)
    match [name for name in names if name in files]:
        case [name]:
            return Table(name, READERS[name.rpartition(".")[2]](name, files[name]))
        case []:
            raise DataError(f"{split}: no such file; looked for {' and '.join(names)}")
        case several:
            raise DataError(f"{split}: {several[0]} and {several[1]} are both there; keep one of them")


def _names(split: str) -> list[str]:
    return [f"{split}.{suffix}" for suffix in READERS]


def _rows(table: Table) -> tuple[SourceRow, ...]:
    rows = tuple(_row(fields, place) for place, fields in table.records)
    if not rows:
        raise DataError(f"{table.name}: no rows; each row needs a text and a label")
    return rows


def _row(fields: Mapping[str, Any], place: str) -> SourceRow:
    text, label = (_string(field, fields[field], place) for field in FIELDS)
    if len(label.splitlines()) > 1:
        raise DataError(f"{place}: label {label[:60]!r} spans several lines; a label is one line in a prompt")
    return SourceRow(text, label, place)


def _string(field: str, value: object, place: str) -> str:
    if not isinstance(value, str):
        raise DataError(f'{place}: {field} is {json.dumps(value, default=str)[:60]}, not a string; put it in "..."')
    if any("\ud800" <= char <= "\udfff" for char in value):  # JSON can write half a character, UTF-8 cannot
        raise DataError(f"{place}: {field} holds half a surrogate pair, got {value[:60]!r}; write the whole character")
    if not value.strip():
        raise DataError(f"{place}: {field} is empty; fill it in or delete the row")
    return value.strip()
