"""Which column of a user's table is the text, which the label, and what the new ones are called."""

from collections.abc import Sequence

from promptmix.core.errors import DataError

TEXTS = (
    *("text", "utterance", "sentence", "query", "message", "content", "question", "comment", "review"),
    *("tweet", "post", "document", "body", "input"),
)
LABELS = ("label", "intent", "category", "class", "target", "topic", "tag", "sentiment")
"""Usual names, without case and surrounding spaces; ``text`` and ``label`` go before the others."""

LONGEST_NAME = 2
"""Words in the name of an only column: more of them are a text, in a table without a header."""


def text_column(name: str, columns: Sequence[str], chosen: str | None) -> str:
    """Return the column that holds the texts: the chosen one, or the one that can be meant.

    Raises:
        DataError: the chosen one is not there, or none or several could be meant.
    """
    if len(columns) == 1 and not chosen and len(columns[0].split()) <= LONGEST_NAME:
        return columns[0]
    return _column(name, columns, chosen, TEXTS, "text")


def label_column(name: str, columns: Sequence[str], chosen: str | None) -> str:
    """Return the column that holds the labels: the chosen one, or the one that has a usual name.

    Raises:
        DataError: the chosen one is not there, or none or several could be meant.
    """
    return _column(name, columns, chosen, LABELS, "label")


def new_columns(name: str, columns: Sequence[str]) -> tuple[str, str]:
    """Return the names of the two columns that a prediction adds; none of the user's is replaced.

    Raises:
        DataError: the table has columns of all the names that they could get.
    """
    taken = {each.strip().lower() for each in columns}
    for pair in (("label", "confidence"), ("predicted_label", "predicted_confidence")):
        if not taken & set(pair):
            return pair
    raise DataError(f"{name}: has columns named label and predicted_label, or confidence of both; rename one of them")


def _column(name: str, columns: Sequence[str], chosen: str | None, usual: Sequence[str], role: str) -> str:
    found = ", ".join(repr(each[:40]) for each in columns[:12]) + (" …" if len(columns) > 12 else "")
    if chosen is not None:
        if chosen not in columns:
            raise DataError(f"{name}: no column {chosen!r}; found {found}")
        return chosen
    candidates = [each for each in columns if each.strip().lower() in usual]
    first = [each for each in candidates if each.strip().lower() == usual[0]]
    if len(first or candidates) == 1:
        return (first or candidates)[0]
    which = f"{len(candidates)} could be the {role}" if candidates else f"none is named as a {role}"
    raise DataError(f"{name}: columns {found}: {which}; name it with --{role} COLUMN")
