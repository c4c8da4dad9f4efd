"""Texts without scores: the probability of what a model would write next lies on no candidate's name."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

TRIAL = 12  # texts after which it is decided whether scores are to be had


class Unscored(NamedTuple):
    """Why a text has no scores."""

    why: Literal["unscored", "refused"]
    """``unscored``: none of the tokens shown goes on with a candidate's name. ``refused``: the server's filter."""

    shown: str
    """What was shown instead: tokens, or the server's reason."""


Row = Mapping[str, float] | Unscored
"""The log-probability of each label of one text."""


class NothingScored(Exception):  # noqa: N818  # not an error where answers can be asked for instead
    """Of the first texts, (almost) none has scores."""

    def __init__(self, rows: Sequence[Row]) -> None:
        """Keep what became of these texts."""
        super().__init__(len(rows))
        self.tried = len(rows)
        missing = [row for row in rows if isinstance(row, Unscored)]
        shown = [row.shown for row in missing if row.why == "unscored"]
        shown = shown or [f"refusals ({row.shown[:100]})" for row in missing]
        self.shown = max(shown, key=shown.count, default="")


def require_scores(rows: Sequence[Row]) -> None:
    """Raise NothingScored where at most one text in twelve has scores, refused ones aside unless all are."""
    asked = [row for row in rows if not isinstance(row, Unscored) or row.why != "refused"] or rows
    if asked and sum(not isinstance(row, Unscored) for row in asked) <= len(asked) // TRIAL:
        raise NothingScored(rows)


def shown_instead(alternatives: Mapping[str, float]) -> str:
    """Say which tokens were shown, the first few of them."""
    if not alternatives:
        return "no log-probabilities"
    likeliest = sorted(alternatives, key=lambda token: (-alternatives[token], token))
    return ", ".join(map(repr, likeliest[:4]))


def log_sum(logs: Iterable[float]) -> float:
    """Return the logarithm of a sum of probabilities, which are given as logarithms."""
    logs = list(logs)
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs))
