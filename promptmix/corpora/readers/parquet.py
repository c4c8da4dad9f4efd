"""Parquet files, as those of the Hugging Face hub; numbers that the file itself names are read as their names."""

import io
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, WrittenNumber, written
from promptmix.corpora.class_names import with_class_names
from promptmix.corpora.columns import usual_names
from promptmix.corpora.settings import DataSettings


def read_parquet(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read the rows of a Parquet file; a place is a row's number.

    Columns that can be neither text nor label, such as embeddings and images, are not read: their values are None.

    Raises:
        DataError: the file is not Parquet.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        fields = list(file.schema_arrow)
        wanted = [bool(usual_names([field.name], settings.columns)) or _is_plain(field.type) for field in fields]
        names = {field.name for field, each in zip(fields, wanted, strict=True) if each}
        table = file.read(columns=sorted(names))
        read = {each: (table.column(at) for at in _places(table.column_names, each)) for each in names}
        nothing = [None] * file.metadata.num_rows
        columns = [_values(next(read[field.name])) if field.name in names else nothing for field in fields]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # ValueError: text that is not UTF-8
        reason = str(error).splitlines()[0][:100]
        raise DataError(f"{name}: not Parquet that can be read ({reason}); write it again") from None
    rows = enumerate(zip(*columns, strict=True), start=1)
    all_read = Table(name, tuple(file.schema_arrow.names), [FileRecord(f"{name}:{at}", row) for at, row in rows])
    return with_class_names([all_read], _features(file.schema_arrow.metadata or {}))[0]


def _places(names: Sequence[str], wanted: str) -> list[int]:
    """Return where columns of a name are; two may have the same."""
    return [at for at, name in enumerate(names) if name == wanted]


def _is_plain(kind: Any) -> bool:
    """Tell whether the values of a type of Arrow can be texts or labels."""
    from pyarrow import types

    of_text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    of_numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_boolean(kind)
    return bool(of_text or of_numbers or types.is_dictionary(kind) or types.is_null(kind))


def _features(metadata: Mapping[bytes, bytes]) -> Mapping[str, Any]:
    """Return what ``datasets`` wrote about the columns; nothing where that is not what it writes."""
    try:
        found = json.loads(metadata.get(b"huggingface", b"{}"))
    except ValueError:
        return {}
    for key in ("info", "features"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _values(column: Any) -> list[Any]:
    return [_value(value) for value in column.to_pylist()]


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return WrittenNumber(int(value) if value == value.to_integral_value() else value)
    if isinstance(value, bytes):
        return value.decode()
    return written(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


READ = read_parquet
