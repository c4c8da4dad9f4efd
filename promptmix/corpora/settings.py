"""dataset.yaml: what a folder of data cannot say by itself; all of it is optional, and so is the file.

::

    columns: {text: Question, label: Answer type}  # names; numbers, from 1, where the files have no header line
    delimiter: ";"      # of .csv files
    sheet: Answers      # of .xlsx files
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml

FILE = "dataset.yaml"

ColumnChoice = str | Annotated[int, Field(ge=1)]
"""A column's name, or its number, counted from 1, in files without a header line."""


class ColumnChoices(BaseModel):
    """Which columns hold text and label; None: those of the usual names."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    text: ColumnChoice | None = None
    label: ColumnChoice | None = None


class DataSettings(BaseModel):
    """The content of a dataset.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    columns: ColumnChoices = ColumnChoices()
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None


def read_settings(path: Path | None) -> DataSettings:
    """Read a dataset.yaml; None or an empty file: nothing is set.

    Raises:
        DataError: it is not YAML, or a value cannot be used.
    """
    values = (path and read_yaml(path, DataError)) or {}
    try:
        return DataSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"] if part not in ("str", "int")) or "the file"
        raise DataError(
            f"{path}: {where}: {fault['msg']}, got {str(fault['input'])[:60]!r}; see docs/data.md"
        ) from None
