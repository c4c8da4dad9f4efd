"""Names of numbered classes, which data sets of the Hugging Face hub keep beside the numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptmix.corpora.base import FileRecord, Table


def with_class_names(table: Table, features: Mapping[str, Any]) -> Table:
    """Replace the numbers of classes by their names; a number without a name, such as -1, by None.

    Args:
        table: Its columns have names.
        features: Type of each column in the words of ``datasets``: ``{"_type": "ClassLabel", "names": [...]}``.
    """
    names = [_names(features.get(column)) for column in table.columns or ()]
    if not any(names):
        return table
    records = [
        FileRecord(place, [_named(value, each) for value, each in zip(values, names, strict=False)])
        for place, values in table.records
    ]
    return table._replace(records=records)


def _names(feature: Any) -> Sequence[str]:
    return feature.get("names") or () if isinstance(feature, Mapping) else ()


def _named(value: Any, names: Sequence[str]) -> Any:
    if not names or not isinstance(value, str) or value in names:
        return value
    return names[int(value)] if value.isdecimal() and int(value) < len(names) else None
