"""Records to and from JSON lines: what is written is checked, what is read is checked, and files appear whole or not at all."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import jsonlines
from pydantic import ValidationError

from promptmix.errors import DataError
from promptmix.files import replacing
from promptmix.records import Record

R = TypeVar("R", bound=Record)


def read(path: Path, kind: type[R]) -> list[R]:
    """Read a file of records of one kind, in file order.

    Raises:
        DataError: the file is missing, is not UTF-8, or a line is not such a record; the message starts ``FILE:LINE:``.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as file, jsonlines.Reader(file, loads=kind.model_validate_json) as lines:
            return list(lines)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `dvc repro` makes it") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    except jsonlines.InvalidLineError as error:
        raise DataError(f"{path}:{error.lineno}: {_fault(error, kind)}") from None


def write(path: Path, records: Iterable[Record]) -> None:
    """Write records in the order given, one a line, UTF-8, ``\\n``; the file appears only when it is complete."""
    with replacing(path) as file, jsonlines.Writer(file) as writer:
        writer.write_all(record.model_dump(mode="json") for record in records)


def _fault(error: jsonlines.InvalidLineError, kind: type[Record]) -> str:
    if not isinstance(error.__cause__, ValidationError):
        return f"{error.args[0]}, got {error.line[:60]!r}"
    fault = error.__cause__.errors()[0]
    return f"{'.'.join([kind.__name__, *map(str, fault['loc'])])}: {fault['msg']}, got {str(fault['input'])[:60]!r}"
