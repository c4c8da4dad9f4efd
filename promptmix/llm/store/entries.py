"""What the response store keeps of an answer, and what it cost."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

Answer = dict[str, Any]
"""``text``, ``finish``, ``usage``, ``alternatives``, ``reason`` and ``steps`` of one answer, the last two only where
there are any, as in :class:`promptmix.core.records.Completion`. ``usage`` also counts ``cached_tokens`` where the
endpoint reports them, and has ``estimated`` where it reports no tokens."""

TokenCounts = Mapping[str, int]
"""Number of ``prompt_tokens``, ``completion_tokens`` and, where reported, ``cached_tokens`` of one reply."""

TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")


class StoredAnswer(NamedTuple):
    """One answer as it is stored."""

    key: str
    request: Mapping[str, Any]
    answer: Answer
    dollars: float = 0.0
    """What it cost; 0 where unknown."""
    seconds: float = 0.0
    """From request to answer; 0 where unknown."""

    @property
    def paid(self) -> "Paid":
        """What it cost."""
        return Paid(str(self.request["model"]["name"]), self.answer["usage"], self.dollars, self.seconds)


class Paid(NamedTuple):
    """What one reply cost, whether it was stored or not."""

    model: str
    usage: TokenCounts
    dollars: float
    seconds: float = 0.0


class Spent(NamedTuple):
    """What was paid through one store, over all runs; answers merged from elsewhere are not counted."""

    tokens: int
    dollars: float


def digest(answer: str) -> str:
    """Return the checksum of an answer's JSON text as stored."""
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()
