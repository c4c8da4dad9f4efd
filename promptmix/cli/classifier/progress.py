"""How far a table is: a bar in a terminal, and now and then a line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from promptmix.classifier.tables import Piece, Source

EVERY = 10.0
"""Seconds between two lines of a log."""


class Progress(Protocol):
    """Is told of each piece that is done."""

    def __call__(self, piece: Piece) -> None:
        """Show it."""


@contextmanager
def progress(source: Source, *, bar: bool) -> Iterator[Progress]:
    """Show on standard error how much of a table is done.

    Args:
        source: The table.
        bar: False where the labels themselves go to the terminal.
    """
    if not sys.stderr.isatty():
        yield _log(source)
        return
    from tqdm import tqdm

    unit = "row" if source.format == "parquet" else "B"
    with tqdm(total=source.size, unit=unit, unit_scale=True, desc="predict", disable=not bar) as shown:

        def show(piece: Piece) -> None:
            shown.update(piece.done - shown.n)
            shown.set_postfix_str(f"{piece.first + len(piece.rows) - 1:,} rows")

        yield show


def _log(source: Source) -> Progress:
    last = time.monotonic()

    def show(piece: Piece) -> None:
        nonlocal last
        if time.monotonic() - last > EVERY:
            last = time.monotonic()
            share = f" ({piece.done / source.size:.0%})" if source.size else ""
            sys.stderr.write(f"{source.name}: {piece.first + len(piece.rows) - 1:,} rows{share}\n")

    return show
