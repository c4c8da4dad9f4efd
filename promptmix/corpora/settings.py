"""dataset.yaml: what a folder of data cannot say by itself; all of it is optional, and so is the file.

::

    columns: {text: Question, label: Answer type}  # names; numbers, from 1, where the files have no header line
    delimiter: ";"      # of .csv files
    sheet: Answers      # of .xlsx files
    about: messages that customers send to the help chat of a parcel service  # for every prompt: "The texts are ..."
    language: Persian   # of the texts, by its English name; texts are asked for in it
"""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from promptmix.core.errors import DataError
from promptmix.core.records import DataInfo
from promptmix.core.yaml_files import read_yaml

FILE = "dataset.yaml"

ColumnChoice = str | Annotated[int, Field(ge=1)]
"""A column's name, or its number, counted from 1, in files without a header line."""


def _one_line(words: str) -> str:
    if len(words.strip().splitlines()) != 1:
        raise ValueError("must be one line of text")
    return words.strip()


Line = Annotated[str, AfterValidator(_one_line)]


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
    about: Line | None = None
    """What the texts are."""

    language: Line | None = None

    def info(self) -> DataInfo | None:
        """Return what prompts say of the texts; None where nothing is given."""
        return DataInfo(about=self.about, language=self.language) if self.about or self.language else None


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
