"""How an answer is sampled, and the key under which it is kept."""

import hashlib
import json
from typing import Any, NamedTuple

from promptmix.records import Question


class Sampling(NamedTuple):
    """Everything besides the words that decides an answer."""

    form: str
    """``chat``: one user message. ``completion``: the text is continued."""

    temperature: float
    top_p: float
    max_tokens: int
    """Longest answer, in tokens."""

    stop: tuple[str, ...] = ()
    """Strings that end the answer; not part of it."""

    alternatives: int = 0
    """How many possible next tokens are returned with their log-probabilities; 0 for none."""


def request(identity: dict[str, str], question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return all that can change the answer, and nothing that cannot (id, limits, order, shared part)."""
    return {"model": identity, "text": question.text, "draw": question.draw, "sampling": sampling._asdict()}


def key(request: dict[str, Any]) -> str:
    """Hash a request; equal requests have equal keys on every machine."""
    return hashlib.sha256(
        json.dumps(request, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()


def seed(key: str) -> int:
    """Return the sampling seed of a question: decided by its key, so equal draws repeat and different ones differ."""
    return int(key[:8], 16) >> 1
