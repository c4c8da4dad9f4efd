"""Tables of a user's texts, read a piece at a time: CSV and TSV, JSON Lines, Parquet, and plain lines.

Memory holds one :class:`Piece`, however long the table is.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

from promptmix.core.errors import DataError

Format = Literal["csv", "tsv", "jsonl", "parquet", "lines"]

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "lines",
}
ROWS = 2048
"""Rows of one piece."""

LINES = "text"
"""The name of the only column of plain lines."""

DELIMITERS = ",;\t|"
HEAD = 1 << 16
"""Bytes that are looked at to find the delimiter, and read at a time from a pipe."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a table, one after the other."""

    first: int
    """Number of the first row, from 1, the header not counted."""

    rows: Sequence[dict[str, Any]]
    """What each column holds."""

    columns: Sequence[str]
    done: float
    """Bytes, or rows of Parquet, that have been read so far, of :attr:`Source.size`."""

    arrow: Any = None
    """The same as a pyarrow RecordBatch, where the table is Parquet: with its types."""


@dataclass(frozen=True)
class Source:
    """A table that can be read once."""

    name: str
    format: Format
    columns: list[str]
    """In JSON Lines, those of the first row."""

    size: int | None
    """Bytes, or rows of Parquet; None for a pipe."""

    pieces: Iterator[Piece]
    delimiter: str = ","


def format_of(path: Path) -> Format:
    """Return the format of a file by its suffix.

    Raises:
        DataError: no format has this suffix.
    """
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        known = " ".join(sorted(FORMATS))
        raise DataError(f"{path}: unknown suffix {path.suffix!r}; known here: {known}") from None


@contextmanager
def reading(path: Path | None) -> Iterator[Source]:
    """Open a table, or the plain lines of standard input where there is no path.

    Raises:
        DataError: here or while the pieces are read: the file is missing, or is not what its suffix says.
    """
    if path is None:
        pipe = sys.stdin.buffer
        yield Source("standard input", "lines", [LINES], None, _lines("standard input", pipe))
        return
    format = format_of(path)
    try:
        if format == "parquet":
            with _parquet(path) as source:
                yield source
            return
        with path.open("rb") as file:
            size = path.stat().st_size
            if format == "jsonl":
                yield _jsonl(str(path), file, size)
            elif format == "lines":
                yield Source(str(path), format, [LINES], size, _lines(str(path), file))
            else:
                with _decoded(file) as text:
                    yield _delimited(str(path), text, size, format)
    except FileNotFoundError as error:
        if error.filename != str(path):
            raise
        raise DataError(f"{path}: no such file") from None
    except (IsADirectoryError, PermissionError) as error:
        raise DataError(f"{error.filename}: {error.strerror}") from None


def delimiter_of(head: str) -> str:
    """Return the delimiter that divides the first lines of a CSV file most evenly; a comma where none does.

    Args:
        head: Its beginning; the last line may be cut.
    """
    if head[:4].lower() == "sep=" and len(head) > 4:
        return head[4]
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in DELIMITERS:
        records = [each for each in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter) if each]
        records = records[:-1] if len(records) > 2 else records
        width = len(records[0]) if records else 1
        even = sum(len(each) == width for each in records)
        scores[delimiter] = (even if width > 1 else 0, width)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best][0] else ","


def _delimited(name: str, text: io.TextIOWrapper, size: int, format: Format) -> Source:
    with _errors(name):
        head = text.read(HEAD)
    text.seek(0)
    delimiter = "\t" if format == "tsv" else delimiter_of(head)
    if head[:4].lower() == "sep=":
        text.readline()
    csv.field_size_limit(sys.maxsize)
    with _errors(name):
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        columns = next((each for each in reader if each), [])
    if not columns:
        raise DataError(f"{name}: empty; the first line names the columns")
    if twice := [each for each in columns if columns.count(each) > 1]:
        raise DataError(f"{name}:1: two columns are named {twice[0]!r}")
    return Source(name, format, columns, size, _csv_pieces(name, text.buffer, reader, columns), delimiter)


def _csv_pieces(name: str, file: Any, reader: Any, columns: list[str]) -> Iterator[Piece]:
    first = 1
    records = (each for each in reader if each)
    while True:
        with _errors(name):
            rows = [_csv_row(name, reader.line_num, columns, each) for each in islice(records, ROWS)]
        if not rows:
            return
        yield Piece(first, rows, columns, file.tell())
        first += len(rows)


def _csv_row(name: str, line: int, columns: list[str], values: list[str]) -> dict[str, str]:
    if len(values) != len(columns):
        found = f"{len(values)} fields, the header has {len(columns)}"
        raise DataError(f'{name}:{line}: {found}; put "..." around a text that holds the delimiter')
    return dict(zip(columns, values, strict=True))


def _jsonl(name: str, file: BinaryIO, size: int) -> Source:
    pieces = _jsonl_pieces(name, file)
    first = next(pieces, None)
    if first is None:
        raise DataError(f"{name}: empty; each line holds one object")

    def all_pieces() -> Iterator[Piece]:
        yield first
        yield from pieces

    return Source(name, "jsonl", list(first.columns), size, all_pieces())


def _jsonl_pieces(name: str, file: BinaryIO) -> Iterator[Piece]:
    lines = ((at, line) for at, line in enumerate(file, 1) if line.strip())
    first = 1
    while rows := [_json_row(name, at, line) for at, line in islice(lines, ROWS)]:
        yield Piece(first, rows, list(rows[0]), file.tell())
        first += len(rows)


def _json_row(name: str, line: int, text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text.decode("utf-8-sig" if line == 1 else "utf-8"))
    except ValueError as error:
        raise DataError(f"{name}:{line}: not JSON ({str(error)[:80]})") from None
    if not isinstance(found, dict):
        raise DataError(f"{name}:{line}: each line holds one object, found {type(found).__name__}")
    return found


def _lines(name: str, file: BinaryIO) -> Iterator[Piece]:
    """Yield what has come so far, so that a pipe that goes on for days is answered line by line."""
    first, done, rest = 1, 0, b""
    read = getattr(file, "read1", file.read)
    while True:
        found = read(HEAD)
        done += len(found)
        *whole, rest = (rest + found).split(b"\n")
        if not found and rest:
            whole, rest = [rest], b""
        rows = [{LINES: _line(name, first + at, line)} for at, line in enumerate(whole)]
        if rows:
            yield Piece(first, rows, [LINES], done)
            first += len(rows)
        if not found:
            return


def _line(name: str, at: int, line: bytes) -> str:
    try:
        return line.decode("utf-8-sig" if at == 1 else "utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataError(f"{name}:{at}: not UTF-8 ({error.reason}); save it as UTF-8") from None


@contextmanager
def _parquet(path: Path) -> Iterator[Source]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise DataError(f"{path}: Parquet needs pyarrow; `pip install pyarrow`") from None
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            yield Source(str(path), "parquet", columns, file.metadata.num_rows, _parquet_pieces(file, columns))
    except pa.ArrowException as error:
        raise DataError(f"{path}: not Parquet ({' '.join(str(error).split())[:120]})") from None


def _parquet_pieces(file: Any, columns: list[str]) -> Iterator[Piece]:
    first = 1
    for batch in file.iter_batches(ROWS):
        yield Piece(first, batch.to_pylist(), columns, first + batch.num_rows - 1, batch)
        first += batch.num_rows


def _decoded(file: BinaryIO) -> io.TextIOWrapper:
    head = file.read(2)
    file.seek(0)
    encoding = "utf-16" if head in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return io.TextIOWrapper(file, encoding, newline="")


@contextmanager
def _errors(name: str) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: not UTF-8 ({error.reason}); save it as UTF-8") from None
    except csv.Error as error:
        raise DataError(f'{name}: not CSV ({error}); put "..." around a text and write a " inside it as ""') from None
