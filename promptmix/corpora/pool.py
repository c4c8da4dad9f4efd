"""The texts without labels: from any format or plain lines, cleaned, none of them a text of a labeled split."""

from collections.abc import Iterable, Sequence

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.core.records import PoolText, folded
from promptmix.corpora.base import FileRecord, SourceText, Table

LINES = "txt"
"""Suffix of a file of plain lines, one text each; texts with labels cannot be in one."""


def read_lines(name: str, data: bytes) -> Table:
    """Read a file of one text a line; lines without anything are passed over.

    Raises:
        DataError: the file is not UTF-8.
    """
    lines = decoded(name, data, DataError).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    records = [FileRecord(f"{name}:{number}", [line]) for number, line in enumerate(lines, 1) if line.strip()]
    return Table(name, ("text",), records)


def clean_pool(
    name: str, texts: Sequence[SourceText] | None, labeled: Iterable[str], notes: list[str]
) -> list[PoolText] | None:
    """Return each text once, without those of the labeled splits; texts are equal as in train and test.

    An id is the text's place in its file, counted from 0 before anything is dropped.

    Args:
        name: Name of the data set, first part of every id.
        texts: In file order; None where there is no such file, and the result is None too.
        labeled: The texts of all labeled splits.
        notes: Gets a line for what was dropped.
    """
    if texts is None:
        return None
    known, width, in_splits = {folded(text) for text in labeled}, max(5, len(str(len(texts) - 1))), 0
    kept: dict[str, PoolText] = {}
    for number, (text, _) in enumerate(texts):
        if (same := folded(text)) in known:
            in_splits += 1
        elif same not in kept:
            kept[same] = PoolText(id=f"{name}/unlabeled/{number:0{width}}", text=text)
    if in_splits:
        notes.append(f"{in_splits} unlabeled text(s) dropped: they are in train, validation or test too")
    if repeats := len(texts) - in_splits - len(kept):
        notes.append(f"{repeats} unlabeled text(s) dropped: same text as an earlier one")
    return list(kept.values())
