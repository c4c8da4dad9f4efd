"""Records to and from JSON lines: records are validated when read, and files appear whole or not at all."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import jsonlines
from pydantic import ValidationError

from promptmix.core.errors import DataError
from promptmix.core.files import replacing
from promptmix.core.records import Record

R = TypeVar("R", bound=Record)


def read(path: Path, kind: type[R]) -> list[R]:
    """Read a file of records of one kind, in file order.

    Raises:
        DataError: the file is missing, is not UTF-8, or a line is not such a record; the message starts ``FILE:LINE:``.
    """
    try:
        with path.open("rb") as file, jsonlines.Reader(file, loads=kind.model_validate_json) as lines:
            return list(lines)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `dvc repro` makes it") from None
    except jsonlines.InvalidLineError as error:
        raise DataError(f"{path}:{error.lineno}: {_fault(error, kind)}") from None


def read_one(path: Path, kind: type[R]) -> R | None:
    """Read the one record of a file; None where there is no such file.

    Raises:
        DataError: the file holds no record or several, or one that is not of this kind.
    """
    if not path.exists():
        return None
    found = read(path, kind)
    if len(found) != 1:
        raise DataError(f"{path}: {len(found)} records, must be one; `dvc repro` makes it")
    return found[0]


def write(path: Path, records: Iterable[Record]) -> None:
    """Write records in the order given, one a line, in UTF-8; the file appears only when it is complete."""
    with replacing(path) as file, jsonlines.Writer(file) as writer:
        writer.write_all(record.model_dump(mode="json") for record in records)


def _fault(error: jsonlines.InvalidLineError, kind: type[Record]) -> str:
    cause = error.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return f"not UTF-8 (byte 0x{cause.object[cause.start]:02x}); save the file as UTF-8"
    assert isinstance(cause, ValidationError)  # jsonlines wraps nothing else
    fault = cause.errors()[0]
    return f"{'.'.join([kind.__name__, *map(str, fault['loc'])])}: {fault['msg']}, got {str(fault['input'])[:60]!r}"
