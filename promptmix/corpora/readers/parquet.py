"""Parquet files, as those of the Hugging Face hub; numbers that the file itself names are read as their names."""

import io
import json
from typing import Any

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, written
from promptmix.corpora.class_names import with_class_names
from promptmix.corpora.settings import DataSettings


def read_parquet(name: str, data: bytes, _settings: DataSettings) -> Table:
    """Read the rows of a Parquet file; a place is a row's number.

    Raises:
        DataError: the file is not Parquet.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(data))
        columns = [[_value(value) for value in column.to_pylist()] for column in table.columns]
        metadata = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))
    except (pa.ArrowException, OSError, ValueError) as error:  # ValueError: text that is not UTF-8
        raise DataError(f"{name}: not Parquet ({str(error).splitlines()[0][:100]}); write it again") from None
    rows = enumerate(zip(*columns, strict=True), start=1)
    read = Table(name, tuple(table.column_names), [FileRecord(f"{name}:{number}", row) for number, row in rows])
    return with_class_names(read, metadata.get("info", {}).get("features") or {})


def _value(value: Any) -> Any:
    return written(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


READ = read_parquet
