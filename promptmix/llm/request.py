"""How an answer is sampled, and the key under which it is kept."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from promptmix.core.records import Completion, Question


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

    texts: int = 0
    """How many texts the answer lists as JSON, where the endpoint can hold it to that; 0 for free text."""


class Asks(Protocol):
    """Whoever answers questions: a client, or a stand-in that only counts."""

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        """Return one completion for each question, in their order."""


def request(identity: dict[str, str], question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return all that can change the answer, and nothing that cannot (id, limits, order, shared part)."""
    how = {name: value for name, value in sampling._asdict().items() if name != "texts"}
    asked = {"model": identity, "text": question.text, "draw": question.draw, "sampling": how}
    form = schema(question, sampling)
    return asked | ({"schema": form} if form else {})


def schema(question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return the JSON schema that the answer is held to: a list of texts, one of the choices, or none (empty)."""
    if question.choices:
        return _object("choice", {"type": "string", "enum": list(question.choices)})
    if sampling.texts:
        count = {"minItems": sampling.texts, "maxItems": sampling.texts}
        return _object("texts", {"type": "array", "items": {"type": "string"}, **count})
    return {}


def _object(name: str, form: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: form}, "required": [name], "additionalProperties": False}


def key(request: dict[str, Any]) -> str:
    """Hash a request; equal requests have equal keys on every machine."""
    return hashlib.sha256(
        json.dumps(request, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()


def seed(key: str) -> int:
    """Return the sampling seed of a question: decided by its key, so equal draws repeat and different ones differ."""
    return int(key[:8], 16) >> 1
