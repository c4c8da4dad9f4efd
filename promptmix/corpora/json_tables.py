"""JSON to records: one list of objects or of lists, bare or in an object, or one object or list a line."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, WrittenNumber
from promptmix.corpora.columns import is_text_name, usual_names
from promptmix.corpora.settings import ColumnChoices, DataSettings

EXAMPLE = 'a row is {"text": "...", "label": "..."}'

Item = tuple[str, Any]
"""Place and value of one row."""


def read_json_table(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read rows from one JSON value, or from one value a line.

    Raises:
        DataError: the file is not UTF-8 or not JSON, or its rows are neither objects nor lists.
    """
    text = decoded(name, data, DataError).replace("\r\n", "\n").replace("\r", "\n")
    try:
        whole = _loads(text)
    except json.JSONDecodeError as error:
        if not text.strip():
            return Table(name, None, [])
        return _table(name, _lines(name, text, error))
    rows = _rows(whole, settings.columns)
    if rows is None:
        raise DataError(f"{name}: no list of rows, got {text.strip()[:60]!r}; {EXAMPLE}")
    return _table(name, [(f"{name}:{number}", row) for number, row in enumerate(rows, start=1)])


def _loads(text: str) -> Any:
    """Parse JSON whose numbers stay as they are written; NaN is null."""
    try:
        return json.loads(text, parse_int=WrittenNumber, parse_float=WrittenNumber, parse_constant=lambda _: None)
    except RecursionError:
        raise json.JSONDecodeError("nested too deeply", text, 0) from None


def _rows(whole: Any, columns: ColumnChoices) -> list[Any] | None:
    """Return the rows that a whole file holds: its list, the one list in its object, or the one object itself."""
    if isinstance(whole, list):
        return whole if all(isinstance(row, dict | list) for row in whole) else None
    if not isinstance(whole, dict):
        return None
    if _is_row(whole, columns):
        return [whole]  # its lists, such as the entities of a text, are no rows
    lists = [value for value in whole.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    if len(lists) == 1 and all(isinstance(row, dict) and "role" in row for row in lists[0]):
        return [whole]  # the turns of one chat
    return lists[0] if len(lists) == 1 else [whole] if not lists else None


def _is_row(whole: Mapping[str, Any], columns: ColumnChoices) -> bool:
    """Tell whether an object is a text itself; one with only a "message" may be what a server says of its rows."""
    names = [key for key, value in whole.items() if not isinstance(value, list | dict)]
    texts = [key for key in names if isinstance(whole[key], str) and is_text_name(key, columns)]
    sure = any(key.casefold() == "text" or key == columns.text for key in texts)
    return sure or (bool(texts) and usual_names(names, columns) > sum(is_text_name(key, columns) for key in names))


def _lines(name: str, text: str, whole: json.JSONDecodeError) -> list[Item]:
    items: list[Item] = []
    # splitlines() would also cut inside JSON strings.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _loads(line)
        except json.JSONDecodeError as error:
            # The whole file is the better reading where its first value runs over several lines.
            fault, at = (error, number) if items or whole.lineno == 1 else (whole, whole.lineno)
            found = text.split("\n")[at - 1].strip()[:60]
            raise DataError(f"{name}:{at}: not JSON ({fault.msg}), got {found!r}; {EXAMPLE}") from None
        many = isinstance(value, list) and value and all(isinstance(row, dict | list) for row in value)
        items += [(f"{name}:{number}", row) for row in (value if many else [value])]
    return items


def _table(name: str, items: Sequence[Item]) -> Table:
    kinds = {type(row) for _, row in items}
    if kinds <= {dict}:
        columns = tuple(dict.fromkeys(key for _, row in items for key in row))
        return Table(name, columns, _records(items, lambda row: [row.get(key) for key in columns]))
    if kinds == {list}:
        return Table(name, None, _records(items, list))
    place, odd = next((place, row) for place, row in items if not isinstance(row, dict))
    raise DataError(f"{place}: not an object, got {json.dumps(odd, ensure_ascii=False)[:60]}; {EXAMPLE}")


def _records(items: Iterable[Item], values: Callable[[Any], list[Any]]) -> list[FileRecord]:
    return [FileRecord(place, values(row)) for place, row in items]
