"""Labeled tables, written a piece at a time to a file that appears whole or not at all, or to standard output."""

import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TextIO

from promptmix.classifier.tables import Format, Piece, Source, format_of
from promptmix.core.errors import DataError

Added = tuple[str, float | None]
"""Label and confidence of a row; an empty label and None for a row without a text."""

ESCAPED = "backslashreplace"
"""How half characters (lone surrogates) are written: as JSON has them."""


class Writer(Protocol):
    """Writes the rows of a piece with what was found for each."""

    def __call__(self, piece: Piece, added: Sequence[Added]) -> None:
        """Write the rows."""


@contextmanager
def writing_table(path: Path | None, source: Source, names: tuple[str, str]) -> Iterator[Writer]:
    """Open the output; a file takes its name when the block ends without an error.

    Args:
        path: Its suffix says the format; None for standard output, in the format of the input.
        source: What is read.
        names: The two new columns.

    Raises:
        DataError: the output is the input, cannot be written, or cannot hold these rows.
    """
    if path is None:
        if source.format == "parquet":
            raise DataError(f"{source.name}: Parquet is not written to standard output; name a file with -o")
        with _standard_output() as file:
            yield _text_writer(file, source.format, source, names)
        return
    format = format_of(path)
    if not path.parent.is_dir():
        raise DataError(f"{path}: no folder {path.parent}")
    if path.is_dir() or (Path(source.name).exists() and path.exists() and path.samefile(source.name)):
        raise DataError(f"{path}: is {'a folder' if path.is_dir() else 'the input itself'}; name another file with -o")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _open(part, format, source, names) as write:
            yield write
        part.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({_reason(error)}); nothing was written") from None
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _standard_output() -> Iterator[TextIO]:
    try:
        with open(sys.stdout.fileno(), "w", encoding="utf-8", errors=ESCAPED, newline="", closefd=False) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise DataError(f"standard output: cannot be written ({_reason(error)})") from None


@contextmanager
def _open(part: Path, format: Format, source: Source, names: tuple[str, str]) -> Iterator[Writer]:
    if format == "parquet":
        with _parquet_writer(part, source, names) as write:
            yield write
        return
    with part.open("w", encoding="utf-8", errors=ESCAPED, newline="") as file:
        yield _text_writer(file, format, source, names)
        file.flush()
        os.fsync(file.fileno())  # some file systems say only now that the disk is full


def _text_writer(file: TextIO, format: Format, source: Source, names: tuple[str, str]) -> Writer:
    if format == "jsonl":
        return _jsonl_writer(file, names)
    if format == "lines":
        return _line_writer(file, source)
    return _csv_writer(file, "\t" if format == "tsv" else source.delimiter, source, names)


def _csv_writer(file: TextIO, delimiter: str, source: Source, names: tuple[str, str]) -> Writer:
    out = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    columns = list(source.columns)
    out.writerow([*columns, *names])

    def write(piece: Piece, added: Sequence[Added]) -> None:
        for at, (row, (label, confidence)) in enumerate(zip(piece.rows, added, strict=True)):
            if row.keys() - set(columns):
                new = next(each for each in row if each not in columns)
                where = f"{source.name}: row {piece.first + at}"
                raise DataError(f"{where}: a column {new!r} that the first row lacks; write to .jsonl instead")
            fields = [_field(row.get(name)) for name in columns]
            out.writerow([*fields, label, "" if confidence is None else f"{confidence:.4f}"])
        file.flush()

    return write


def _jsonl_writer(file: TextIO, names: tuple[str, str]) -> Writer:
    def write(piece: Piece, added: Sequence[Added]) -> None:
        for at, (row, (label, confidence)) in enumerate(zip(piece.rows, added, strict=True)):
            if taken := [name for name in names if name in row]:
                raise DataError(f"row {piece.first + at}: has a column {taken[0]!r} that the first row lacks")
            number = None if confidence is None else round(confidence, 4)
            whole = {**row, names[0]: label, names[1]: number}
            file.write(json.dumps(whole, ensure_ascii=False, default=str) + "\n")
        file.flush()

    return write


def _line_writer(file: TextIO, source: Source) -> Writer:
    if source.format != "lines":
        raise DataError(f"{source.name}: lines hold no columns; write to .csv, .tsv, .jsonl or .parquet")

    def write(piece: Piece, added: Sequence[Added]) -> None:
        for row, (label, confidence) in zip(piece.rows, added, strict=True):
            (text,) = row.values()
            file.write(f"{label}\t{'' if confidence is None else f'{confidence:.4f}'}\t{text}\n")
        file.flush()

    return write


@contextmanager
def _parquet_writer(part: Path, source: Source, names: tuple[str, str]) -> Iterator[Writer]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise DataError("Parquet needs pyarrow; `pip install pyarrow`") from None
    opened: list[Any] = []

    def write(piece: Piece, added: Sequence[Added]) -> None:
        batch = piece.arrow if piece.arrow is not None else pa.RecordBatch.from_pylist(list(piece.rows))
        batch = batch.append_column(names[0], pa.array([label for label, _ in added], pa.string()))
        batch = batch.append_column(names[1], pa.array([confidence for _, confidence in added], pa.float32()))
        if not opened:
            opened.append(pq.ParquetWriter(part, batch.schema))
        if batch.schema != opened[0].schema:
            first = f"{source.name}: rows from {piece.first}"
            raise DataError(f"{first}: other columns or types than before; write to .jsonl instead")
        opened[0].write_batch(batch)

    try:
        yield write
        if not opened:
            write(Piece(1, [], source.columns, 0), [])
    except pa.ArrowException as error:
        raise DataError(f"{source.name}: no Parquet can be made of it ({' '.join(str(error).split())[:120]})") from None
    finally:
        for each in opened:
            each.close()


def _reason(error: OSError) -> str:
    """Return the system's words; pyarrow has its own around them."""
    return os.strerror(error.errno) if error.errno else str(error)


def _field(value: Any) -> str:
    """Return a value as CSV has it: nothing for None, JSON for what is nested."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, dict | list) else str(value)
