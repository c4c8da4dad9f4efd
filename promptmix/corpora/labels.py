"""The names of classes: which of them nobody could tell apart, and which are worth a word to the user."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

from promptmix.core.errors import DataError
from promptmix.core.records import INVISIBLE
from promptmix.corpora.base import SourceRow, first_few
from promptmix.corpora.columns import is_number

SEPARATOR = re.compile(r"\s*[,;|/+&]\s*")
SHOWN = 3
"""Conflicts that a message shows; the others are counted."""


def check_spellings(rows: Iterable[SourceRow]) -> None:
    """Refuse labels whose spellings only differ as :func:`spelled_alike` says.

    Raises:
        DataError: there are such labels; one line with both places of the first few.
    """
    first: dict[str, SourceRow] = {}
    again: dict[str, tuple[SourceRow, SourceRow]] = {}
    for row in rows:
        other = first.setdefault(spelled_alike(row.label), row)
        if other.label != row.label:
            again.setdefault(row.label, (row, other))
    if again:
        pairs = list(again.values())
        shown = "; ".join(_told_apart(*pair) for pair in pairs[:SHOWN])
        more = f"; and {len(pairs) - SHOWN} more" if len(pairs) > SHOWN else ""
        raise DataError(f"{pairs[0][0].place}: one label in two spellings: {shown}{more}; write both alike")


def label_notes(labels: Collection[str]) -> Iterator[str]:
    """Yield what is worth a word about the labels of train."""
    if all(is_number(label) or label.lower() in ("true", "false") for label in labels):
        found = first_few(sorted(labels))
        yield f"labels are {found}, which tell the language model nothing; names do, as in a column label_text"
    names = set(labels)
    if joined := [repr(label) for label in sorted(labels) if _is_joined(label, names)]:
        yield f"label(s) {first_few(joined)} look like several labels in one; each is a class of its own here"


def _is_joined(label: str, names: set[str]) -> bool:
    parts = SEPARATOR.split(label)
    return len(parts) > 1 and names.issuperset(parts) and label not in parts


def spelled_alike(label: str) -> str:
    """Return what spellings of one label have in common.

    They may differ in case, spaces, ``_`` and ``-``, invisible characters, Unicode form and the ``.0`` of a number; a
    ``-`` at an end, as in A- and -1, is part of a name.
    """
    visible = INVISIBLE.sub("", label)
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).strip("_ ")
    plain = re.sub(r"([+-]?\d+)\.0+", r"\1", plain) if is_number(plain) else plain.replace("\u2010", "-")
    # Between two digits something stays, so that 1-2 and 12 are two.
    return re.sub(
        r"(?<=\d)[\s_-]+(?=\d)", " ", re.sub(r"(?<=[^\W\d])[\s_-]+(?=\w)|(?<=\w)[\s_-]+(?=[^\W\d])", "", plain)
    )


def _told_apart(row: SourceRow, other: SourceRow) -> str:
    """Return two labels and their places; labels that look alike, by their code points."""
    alike = _seen(row.label) == _seen(other.label)
    here, there = (ascii(each.label) if alike else repr(each.label) for each in (row, other))
    return f"{here} at {row.place} and {there} at {other.place}"


def _seen(label: str) -> str:
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", label))
