"""The fields of a request: what is sent is what the server takes.

One place knows them all. Where a server names one as unsupported, forbidden or out of its bounds, it is renamed, left
out or moved to the bound, for the rest of the run and for all later ones with this server and model.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from promptmix.core.records import Question
from promptmix.llm.endpoints.bounds import bound_of, speaks_of_bounds
from promptmix.llm.endpoints.meanings import FILTER, NO_MODEL
from promptmix.llm.endpoints.refusals import Refusal
from promptmix.llm.request import Sampling, schema, seed

How = Literal["left out", "renamed to", "at most", "at least"]
Body = dict[str, Any]


class Change(NamedTuple):
    """What became of one field of a request."""

    field: str
    how: How
    value: str | float | None = None
    """The new name, or the bound; None where the field is left out."""

    def __str__(self) -> str:
        """Say it in words: ``max_tokens renamed to max_completion_tokens``."""
        return f"{self.field} {self.how}{'' if self.value is None else f' {self.value}'}"

    def applied(self, body: Mapping[str, Any]) -> Body:
        """Return a body with this change."""
        if self.field not in body:
            return dict(body)
        rest, value = {name: each for name, each in body.items() if name != self.field}, body[self.field]
        match self.how:
            case "left out":
                return rest
            case "renamed to":
                return rest | {str(self.value): value}
            case "at most":
                return rest | {self.field: min(value, self.value)}
            case "at least":
                return rest | {self.field: max(value, self.value)}


NEEDED = {"model", "messages", "prompt"}
SCORES = {"logprobs", "top_logprobs"}
"""Fields without which a request for scores is useless: bounds are moved, but they are never left out."""

LIMITS = {"max_tokens", "max_completion_tokens"}
"""Of what an answer may cost. The last of them is never left out: no limit is worse than no answer."""

DISPENSABLE = ("top_p", "seed", "stop", "response_format", "temperature")
"""Which of several fields that exclude each other is left out, first the one that matters least."""

SUSPECTS = ("response_format", "seed", "top_p", "stop", "temperature")
"""Which fields are left out one after another where a server does not say what is wrong; most lack the first."""

ALIASES = {
    "response_format": r"response_?(?:format|schema)|json_?schema|\bschema\b|guided|structured[ _]outputs?|grammar|"
    r"generate json|failed_generation",
    "max_tokens": r"max_?tokens|max_?output_?tokens|max_new_tokens",
    "max_completion_tokens": r"max_completion_tokens|max_?output_?tokens",
    "top_p": r"top[_-]?p\b|nucleus",
    "stop": r"(?<![\w-])stop(?![\w-])|stop_?sequences?",
    "logprobs": r"(?<!top_)log_?probs?",
    "top_logprobs": r"top_log_?probs?|log_?probs?",
}
OF_THE_PROMPT = re.compile(
    r"context[ _](?:length|window|size)|(?:input|prompt)[^.]{0,40}too (?:long|many|large)|maximum context",
    re.IGNORECASE,
)
NOT_TAKEN = re.compile(
    r"unsupported|not[ _]supported|n.t support|not support|not permitted|not allowed|not available|not implemented|"
    r"not recogni|unrecogni|unknown|unexpected|extra[ _](?:inputs|fields|forbidden)|forbidden|cannot find|"
    r"only the default|deprecated|cannot both|can.t be used|cannot be used|mutually exclusive|only one of|"
    r"literal_error|no such|invalid|too many states|not a valid|disabled|unavailable|failed to|unmarshal|"
    r"not be present|must not|cannot contain|removed|not accept|n.t accept|not defined|reserved|不支持|无效",
    re.IGNORECASE,
)
REPEATED = 4  # words in a row that a refusal shares with the prompt are the prompt's
BOTH = re.compile(r"both|mutually|only one of|together|either", re.IGNORECASE)
STATUSES = {400, 403, 404, 415, 422, 500, 501}


class Fields:
    """The fields that one server takes for one model; safe for threads."""

    def __init__(
        self,
        model: str,
        extra: Mapping[str, Any] | None = None,
        known: Iterable[Change] = (),
        learned: Callable[[Sequence[Change], Change, Refusal], None] = lambda *_: None,
    ) -> None:
        """Start from what is known.

        Args:
            model: The name that the server knows.
            extra: Fields that params.yaml adds to every request; they are sent as they are.
            known: Changes that an earlier run found necessary.
            learned: Called with all changes, the new one, and what the server said, whenever one is added.
        """
        self._model, self._extra, self._learned = model, dict(extra or {}), learned
        self._changes = tuple(known)
        self._lock = threading.Lock()

    def body(self, key: str, question: Question, sampling: Sampling) -> Body:
        """Return a question as the JSON body of OpenAI's protocol, in the form that the server takes."""
        return self._applied(request_body(self._model, key, question, sampling) | self._extra)

    def changed(self, key: str, question: Question, sampling: Sampling) -> list[str]:
        """Say in words what is changed in the request for a question; empty where nothing is."""
        if not self._changes:
            return []
        body, words = request_body(self._model, key, question, sampling) | self._extra, []
        for change in self._changes:
            after = change.applied(body)
            if after != body:
                words.append(str(change))
            body = after
        return words

    def adapt(self, refusal: Refusal, sent: Body, question: tuple[str, Question, Sampling]) -> bool:
        """Change what a server objects to; returns whether the question is worth sending again."""
        with self._lock:
            if self.body(*question) != sent:  # another request has met the same objection meanwhile
                return True
            change = objection(refusal, sent, self._extra)
            if change is None:
                return False
            if change in self._changes:  # did not help
                change = Change(change.field, "left out")
                if change.field in SCORES | LIMITS:
                    return False
            self._changes = (*self._changes, change)
            self._learned(self._changes, change, refusal)
            return True

    def suspects(self, sent: Body) -> list[str]:
        """Return the fields of a body that a server may not take although it does not say so, most suspect first."""
        return [name for name in SUSPECTS if name in sent and name not in self._extra]

    def leave_out(self, names: Sequence[str], refusal: Refusal) -> None:
        """Learn that fields have to be left out, because a request without them was answered."""
        with self._lock:
            for change in (Change(name, "left out") for name in names):
                self._changes = (*self._changes, change)
                self._learned(self._changes, change, refusal)

    def _applied(self, body: Body) -> Body:
        for change in self._changes:
            body = change.applied(body)
        return body


def request_body(model: str, key: str, question: Question, sampling: Sampling) -> Body:
    """Return a question as the JSON body of OpenAI's protocol; what is None is left to the server."""
    body: Body = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": seed(key),
        "stop": list(sampling.stop) or None,
    }
    if form := schema(question, sampling):
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": form},
        }
    if sampling.form == "chat":
        scores = {"logprobs": True, "top_logprobs": sampling.top_logprobs} if sampling.top_logprobs else {}
        body |= {"messages": [{"role": "user", "content": question.text}], **scores}
    else:
        body |= {"prompt": question.text, "logprobs": sampling.top_logprobs or None}
    return {name: value for name, value in body.items() if value is not None}


def objection(refusal: Refusal, body: Mapping[str, Any], extra: Mapping[str, Any]) -> Change | None:
    """Return the change that a server asks for; None where it complains about something else.

    Fields of params.yaml's ``llm.extra`` are the user's own, and those that a request cannot do without are not
    touched.
    """
    if refusal.status not in STATUSES or OF_THE_PROMPT.search(refusal.words):
        return None
    # The number beside the switch: of `logprobs: true, top_logprobs: 20` it is the second that has a bound.
    switches = {name for name, value in body.items() if value is True and f"top_{name}" in body}
    own = refusal._replace(words=_own_words(refusal.words, body))
    fields = _named(own, [name for name in body if name not in {*NEEDED, *extra, *switches}])
    if not fields:
        return None
    if len(fields) > 1 and BOTH.search(own.words):
        fields = [name for name in DISPENSABLE if name in fields][:1] or fields
    return _change(fields[0], body, own)


def _own_words(words: str, body: Mapping[str, Any]) -> str:
    """Return a server's words without the model's name and without what it repeats of the prompt."""
    name = re.escape(str(body.get("model") or ""))
    words = re.sub(rf"(?<![\w-]){name}(?![\w-])", " ", words, flags=re.IGNORECASE) if name else words
    messages = body.get("messages") or [{"content": body.get("prompt")}]
    prompt = " ".join(re.findall(r"\w+", " ".join(str(each.get("content")) for each in messages).lower()))
    said = list(re.finditer(r"\w+", words))
    repeated: set[int] = set()
    for start in range(len(said) - REPEATED + 1):
        run = " ".join(match[0].lower() for match in said[start : start + REPEATED])
        # The last word may be cut off.
        if f" {run}" in f" {prompt}":
            repeated.update(range(start, start + REPEATED))
    for match in (said[place] for place in sorted(repeated, reverse=True)):
        words = f"{words[: match.start()]} {words[match.end() :]}"
    return words


def _named(refusal: Refusal, present: Sequence[str]) -> list[str]:
    """Return the fields that a refusal is about: those it names apart from its words, else those in its words."""
    apart = [name for name in present if any(_is(name, field) for field in refusal.fields)]
    if apart or NEEDED & {*refusal.fields}:
        return apart
    said = f"{refusal.codes} {refusal.words}"
    if FILTER.search(said) or NO_MODEL.search(said):
        return []
    if not NOT_TAKEN.search(refusal.words) and not speaks_of_bounds(refusal.words):
        return []
    positions = {name: _position(name, refusal.words) for name in present}
    return sorted((name for name in present if positions[name] >= 0), key=lambda name: positions[name])


def _is(name: str, field: str) -> bool:
    return name == field or bool(re.fullmatch(ALIASES.get(name, re.escape(name)), field, re.IGNORECASE))


def _position(name: str, words: str) -> int:
    """Return where words name a field; -1 where they do not."""
    pattern = ALIASES.get(name) or (rf"(?<![a-z_-]){re.escape(name)}(?![a-z_-])")
    found = re.search(pattern, words, re.IGNORECASE)
    return found.start() if found else -1


def _change(name: str, body: Mapping[str, Any], refusal: Refusal) -> Change | None:
    words, value = refusal.words, body[name]
    instead = re.search(r"\b(max_\w*tokens)\b['\"`]?(?: parameter)? instead", words)
    if instead and name != instead[1]:
        return Change(name, "renamed to", instead[1])
    bound = None if name in ("seed", "top_p") else bound_of(value, words, may_be_zero=name != "temperature")
    if bound is not None:
        return Change(name, *bound)
    if name in SCORES:
        return None
    if name == "max_tokens" and NOT_TAKEN.search(words):
        return Change(name, "renamed to", "max_completion_tokens")
    return None if LIMITS & body.keys() == {name} else Change(name, "left out")
