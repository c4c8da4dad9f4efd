"""Requests to a language model: what decides an answer, the key under which it is stored, who answers."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from promptmix.core.records import Completion, Question

TEMPLATE = 64  # tokens that a chat template or a server may add to a prompt

FIRST_QUESTION = "greeting"
"""Begins the id of a question that only finds out what a model can do."""

Scoring = Literal["completion", "chat"]
"""Where a model shows its possible next tokens: as it continues a text, or of its replies in a chat."""


class Sampling(NamedTuple):
    """Everything besides the words that decides an answer."""

    form: str
    """``chat``: one user message. ``completion``: the text is continued."""

    temperature: float | None
    """None: the field is not sent, and the server decides; ``top_p`` likewise."""

    top_p: float | None
    max_tokens: int
    """Longest answer, in tokens."""

    stop: tuple[str, ...] = ()
    """Strings that end the answer; not part of it."""

    top_logprobs: int = 0
    """How many possible next tokens are returned with their log-probabilities, in a chat for every token of the answer;
    0 for none."""

    texts: int = 0
    """How many texts the answer lists as JSON, where the endpoint can enforce that; 0 for free text."""


class Pending(NamedTuple):
    """A question that has no answer yet, and the key under which its answer will be stored."""

    key: str
    question: Question
    sampling: Sampling

    @property
    def ceiling(self) -> int:
        """An upper bound of the tokens of prompt and answer: a token is at least one byte."""
        return len(self.question.text.encode("utf-8", "replace")) + TEMPLATE + self.sampling.max_tokens


class Asks(Protocol):
    """Whoever answers questions: a client, or a stand-in that only counts."""

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        """Return one completion for each question, in their order."""


class Kept:
    """Asks somebody, and keeps all completions in the order of the questions."""

    def __init__(self, client: Asks) -> None:
        """Ask nothing yet."""
        self.completions: list[Completion] = []
        self._client = client

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
        """Ask as the client does."""
        found = list(self._client.ask(questions, sampling))
        self.completions += found
        return found


def request(identity: dict[str, Any], question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return everything that can change the answer, and nothing that cannot (id, limits, order, shared part)."""
    how = {name: value for name, value in sampling._asdict().items() if name != "texts"}
    # Keys of stored answers depend on this older name.
    how["alternatives"] = how.pop("top_logprobs")
    decisive = {"model": identity, "text": question.text, "draw": question.draw, "sampling": how}
    form = schema(question, sampling)
    return decisive | ({"schema": form} if form else {})


def schema(question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return the JSON schema of the answer: one of the choices, a list of texts, or none (empty)."""
    if question.choices:
        return _object("choice", {"type": "string", "enum": list(question.choices)})
    if sampling.texts:
        count = {"minItems": sampling.texts, "maxItems": sampling.texts}
        return _object("texts", {"type": "array", "items": {"type": "string"}, **count})
    return {}


def _object(name: str, form: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: form}, "required": [name], "additionalProperties": False}


def key(request: dict[str, Any]) -> str:
    """Hash a request; equal requests have equal keys on every machine.

    What a server made of it (``changes``, fields that it does not take) is stored with the request and not hashed: it
    is known only after the first try, and the answer is the one to this request all the same.
    """
    wanted = {name: value for name, value in request.items() if name != "changes"}
    return hashlib.sha256(json.dumps(wanted, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def seed(key: str) -> int:
    """Return the sampling seed of a request, derived from its key: equal draws repeat, different ones differ."""
    return int(key[:8], 16) >> 1
