"""What is kept of an answer, and what it cost."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

Answer = dict[str, Any]
"""``text``, ``finish``, ``usage`` and ``alternatives`` of one answer, as in :class:`promptmix.core.records.Completion`;
``usage`` also counts ``cached_tokens`` where the endpoint tells them."""

TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")


class Entry(NamedTuple):
    """One answer as it is kept."""

    key: str
    request: Mapping[str, Any]
    answer: Answer
    dollars: float = 0.0
    """What it cost; 0 where nobody knows."""
    seconds: float = 0.0
    """From question to answer; 0 where nobody knows."""

    @property
    def paid(self) -> "Paid":
        """What it cost."""
        return Paid(str(self.request["model"]["name"]), self.answer["usage"], self.dollars, self.seconds)


class Paid(NamedTuple):
    """What one reply cost, kept or not."""

    model: str
    usage: Mapping[str, int]
    dollars: float
    seconds: float = 0.0


class Spent(NamedTuple):
    """What was paid through this store, over all runs; answers that were merged in are not counted."""

    tokens: int
    dollars: float


def digest(answer: str) -> str:
    """Return the checksum of an answer as it is kept."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()
