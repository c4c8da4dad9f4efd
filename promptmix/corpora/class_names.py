"""Names of numbered classes, which data sets of the Hugging Face hub keep beside the numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promptmix.corpora.base import FileRecord, Table, WrittenNumber


def with_class_names(tables: Sequence[Table], features: Mapping[str, Any]) -> list[Table]:
    """Replace the numbers of classes by their names; a number without a name, such as -1, by None.

    A number is an index even where a class is called like it. Where a format does not tell numbers from texts, a column
    holds indexes if all its values, in all tables, can be some.

    Args:
        tables: All of a data set, so that its files are read alike; their columns have names.
        features: Type of each column in the words of ``datasets``: ``{"_type": "ClassLabel", "names": [...]}``.
    """
    names = {column: found for column, feature in features.items() if (found := _names(feature))}
    indexes = {column for column in names if _hold_indexes(_untyped(tables, column), names[column])}
    return [_named_table(table, names, indexes) for table in tables]


def _names(feature: Any) -> Sequence[str]:
    return feature.get("names") or () if isinstance(feature, Mapping) else ()


def _untyped(tables: Iterable[Table], column: str) -> list[str]:
    """Return the values of a column in the tables whose format does not tell numbers from texts."""
    found = [(table.records, list(table.columns or ())) for table in tables if not table.typed]
    places = [(records, columns.index(column)) for records, columns in found if column in columns]
    return [values[at] for records, at in places for _, values in records if at < len(values) and values[at].strip()]


def _hold_indexes(values: Sequence[str], names: Sequence[str]) -> bool:
    """Tell whether all values can be indexes; -1 is that of no class."""
    return all(value.strip() == "-1" or _index(value.strip(), names) is not None for value in values)


def _named_table(table: Table, names: Mapping[str, Sequence[str]], indexes: Iterable[str]) -> Table:
    columns = [(names.get(column, ()), not table.typed and column in indexes) for column in table.columns or ()]
    if not any(found for found, _ in columns):
        return table
    records = [
        FileRecord(place, [_named(value, *each) for value, each in zip(values, columns, strict=False)])
        if len(values) == len(columns)
        else FileRecord(place, values)  # refused later, for its width
        for place, values in table.records
    ]
    return table._replace(records=records)


def _named(value: Any, names: Sequence[str], is_index: bool) -> Any:
    """Return the name that a value stands for; one that is an index is none though a class is called like it."""
    if not names or not isinstance(value, str):
        return value
    if not is_index and not isinstance(value, WrittenNumber) and (value in names or any(map(str.isdecimal, names))):
        return value if value in names else None
    at = _index(value.strip(), names)
    return None if at is None else names[at]


def _index(value: str, names: Sequence[str]) -> int | None:
    return int(value) if value.isdecimal() and int(value) < len(names) else None
