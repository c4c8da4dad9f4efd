"""A data set of the user's own: ``train.csv`` or ``train.jsonl``, and ``test.csv`` or ``test.jsonl``.

Each row has a ``text`` and a ``label``; other columns and keys are ignored. White space at both ends is stripped. Every
fault is refused with its file and line, because a row skipped in silence is a result nobody can explain.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import Corpus, File, Row, Splits, csv_records, decode

COLUMNS = ("text", "label")


def parse(files: Mapping[str, bytes]) -> Splits:
    """Read the train and the test file, CSV or JSON lines.

    Raises:
        DataError: a file is missing or there in both formats, a row cannot be used, or train has only one class.
    """
    splits = Splits(_split("train", files), _split("test", files))
    labels = sorted({row.label for row in splits.train})
    if len(labels) < 2:
        raise DataError(f"{_file('train', files)}: only one class, {labels[0]!r}; a classifier needs two or more")
    return splits


def _split(split: str, files: Mapping[str, bytes]) -> tuple[Row, ...]:
    name = _file(split, files)
    read = _csv_rows if name.endswith(".csv") else _jsonl_rows
    rows = tuple(read(name, decode(name, files[name])))
    if not rows:
        raise DataError(f"{name}: no rows; each row needs a text and a label")
    return rows


def _file(split: str, files: Mapping[str, bytes]) -> str:
    names = (f"{split}.csv", f"{split}.jsonl")
    match [name for name in names if name in files]:
        case [name]:
            return name
        case []:
            raise DataError(f"{split}: no such file; looked for {names[0]} and {names[1]}")
        case _:
            raise DataError(f"{split}: {names[0]} and {names[1]} are both there; keep one of them")


def _csv_rows(name: str, text: str) -> Iterator[Row]:
    records = csv_records(name, text)
    line, header = next(records, (1, []))
    columns = _columns(f"{name}:{line}", header)
    for line, fields in records:
        where = f"{name}:{line}"
        if len(fields) != len(header):
            found = f"{len(fields)} field(s) where the header has {len(header)}"
            raise DataError(f'{where}: {found}; put "..." around a text with commas')
        yield _row({column: fields[at] for column, at in columns.items()}, where)


def _columns(where: str, header: list[str]) -> dict[str, int]:
    """Where each of COLUMNS stands in the header."""
    found = [column.strip() for column in header]
    for column in COLUMNS:
        if found.count(column) != 1:
            number = "two columns" if column in found else "no column"
            names = ", ".join(found) or "none"
            raise DataError(f"{where}: {number} {column!r}, found {names}; the first line is text,label")
    return {column: found.index(column) for column in COLUMNS}


def _jsonl_rows(name: str, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):  # splitlines() would also cut inside JSON strings
        if line.strip():
            yield _row(_object(line, f"{name}:{number}"), f"{name}:{number}")


def _object(line: str, where: str) -> dict[str, Any]:
    example = 'a line is {"text": "...", "label": "..."}'
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{where}: not JSON ({error.msg}), got {line[:60]!r}; {example}") from None
    if not isinstance(value, dict):
        raise DataError(f"{where}: not an object, got {line[:60]!r}; {example}")
    for key in COLUMNS:
        if key not in value:
            raise DataError(f"{where}: no key {key!r}, found {', '.join(value) or 'none'}; {example}")
    return value


def _row(values: Mapping[str, Any], where: str) -> Row:
    text, label = (_string(key, values[key], where) for key in COLUMNS)
    if len(label.splitlines()) > 1:
        raise DataError(f"{where}: label {label[:60]!r} spans several lines; a label is one line in a prompt")
    return Row(text, label, where)


def _string(key: str, value: object, where: str) -> str:
    if not isinstance(value, str):
        raise DataError(f'{where}: {key} is {json.dumps(value)[:60]}, not a string; put it in "..."')
    if any("\ud800" <= char <= "\udfff" for char in value):  # JSON can write half a character, UTF-8 cannot
        raise DataError(f"{where}: {key} holds half a surrogate pair, got {value[:60]!r}; write the whole character")
    if not value.strip():
        raise DataError(f"{where}: {key} is empty; fill it in or delete the row")
    return value.strip()


CORPUS = Corpus(tuple(File(f"{split}.{kind}") for split in ("train", "test") for kind in ("csv", "jsonl")), parse)
