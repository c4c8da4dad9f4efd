"""Texts that have two labels: refused in train, all at once; told of in splits that are only measured on."""

import unicodedata
from collections.abc import Iterable

from promptmix.core.errors import DataError
from promptmix.corpora.base import SourceRow

SHOWN = 3
"""Conflicts that a message shows; the others are counted."""

Conflict = tuple[SourceRow, SourceRow]
"""A row, and an earlier one with the same text and another label."""


def composed(text: str) -> str:
    """Return a text in the Unicode form NFC, in which equal texts are compared."""
    return unicodedata.normalize("NFC", text)


def check_one_label_a_text(rows: Iterable[SourceRow]) -> None:
    """Refuse texts that have two labels.

    Raises:
        DataError: there are such texts; one line, counted, with both places of the first few.
    """
    found = _conflicts(rows)
    if len(found) == 1:
        raise DataError(f"{found[0][0].place}: {_told(found[0], 'here')}; keep one")
    if found:
        shown = "; ".join(_told(each, f"at {each[0].place}") for each in found[:SHOWN])
        more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise DataError(f"{found[0][0].place}: {len(found)} texts have two labels: {shown}{more}; keep one of each")


def conflict_note(rows: Iterable[SourceRow], split: str = "test") -> list[str]:
    """Return a note, or none, on the texts of a split that have two labels; the split stays as it is."""
    found = _conflicts(rows)
    if not found:
        return []
    return [
        f"{len(found)} {split} text(s) with two labels, kept as they are: {_told(found[0], f'at {found[0][0].place}')}"
    ]


def _conflicts(rows: Iterable[SourceRow]) -> list[Conflict]:
    first: dict[str, SourceRow] = {}
    pairs = ((row, first.setdefault(composed(row.text), row)) for row in rows)
    return [(row, earlier) for row, earlier in pairs if row.label != earlier.label]


def _told(conflict: Conflict, place: str) -> str:
    row, earlier = conflict
    return f"{row.text[:60]!r} is {row.label!r} {place} and {earlier.label!r} at {earlier.place}"
