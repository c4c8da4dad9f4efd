"""One reader of replies: the body of any server that speaks OpenAI's protocol, or nearly, becomes an answer."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from promptmix.llm.endpoints.refusals import masked
from promptmix.llm.endpoints.streams import is_stream, joined
from promptmix.llm.endpoints.tokens import alternatives, token_text
from promptmix.llm.endpoints.usage import token_counts
from promptmix.llm.reading import spoken
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer, TokenCounts

LENGTH = re.compile(r"length|max_|token_limit|window|incomplete|truncat")
FILTERED = re.compile(r"filter|safety|recitation|prohibited|blocklist|spii|guardrail|refus|sensitive|moderat")
BROKEN = re.compile(r"error|insufficient|abort|time_?d?_?out|cancel|malformed|interrupt|overload|disconnect|fail")


class MalformedReply(Exception):  # noqa: N818  # becomes a RequestFailed
    """A reply that does not follow the protocol."""


class BrokenReply(MalformedReply):
    """A reply in which the server says that it could not go on; what came of it had to be paid for."""

    def __init__(self, message: str, usage: TokenCounts) -> None:
        """Say why, and what was paid."""
        super().__init__(message)
        self.usage = usage


def parse_body(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a reply is; of a stream of events, the reply that they make up.

    Raises:
        MalformedReply: it is no object.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        body = joined(text) if is_stream(text) else json.loads(text)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    if not isinstance(body, dict):
        raise MalformedReply(f"a reply that is not a JSON object and begins {masked(text, 100)!r}")
    return body


def read_answer(body: Mapping[str, Any], sampling: Sampling, prompt: str) -> Answer:
    """Return the answer in a reply; ``prompt`` is the text that was sent, for servers that count no tokens.

    Its text is what the model said without its thoughts. ``finish`` is ``refused``, with a ``reason``, where a filter
    or the model itself refused.

    Raises:
        MalformedReply: there is no choice in it.
        BrokenReply: the server says that it broke the answer off.
    """
    choices = body.get("choices")
    if not isinstance(choices, Sequence) or not choices or not isinstance(choices[0], Mapping):
        raise MalformedReply(f"a reply without choices ({masked(_shown(body), 100)})")
    choice, finish = choices[0], _finish(choices[0])
    said, refused = _said(choice)
    usage = token_counts(body.get("usage"), prompt, said)
    if refused:
        return refusal_answer(refused, usage)
    if BROKEN.search(finish):
        raise BrokenReply(f"its finish_reason is {finish}", usage)
    text, in_thought = spoken(said)
    for end in sampling.stop:  # a server that knows no stop strings goes on
        text = text.partition(end)[0]
    logprobs = choice.get("logprobs")
    answer: Answer = {
        "text": text.encode("utf-8", "replace").decode(),  # no file can hold a lone surrogate
        "finish": "length" if in_thought or _is_cut(finish, usage, sampling) else "stop",
        "usage": usage,
        "alternatives": _next_tokens(logprobs),
    }
    steps = _steps(logprobs) if sampling.form == "chat" and sampling.top_logprobs else []
    return answer | ({"steps": steps} if steps else {})


def refusal_answer(reason: str, usage: Mapping[str, int]) -> Answer:
    """Return what is stored of a prompt that gets no answer."""
    return {"text": "", "finish": "refused", "reason": masked(reason), "usage": dict(usage), "alternatives": {}}


def _shown(body: Any) -> str:
    try:
        return json.dumps(body, ensure_ascii=False)
    except (ValueError, RecursionError):
        return "nested too deeply"


def _finish(choice: Mapping[str, Any]) -> str:
    finish = choice.get("finish_reason")
    return finish[:60].lower() if isinstance(finish, str) else ""


def _said(choice: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a choice says, thoughts in it included, and the words of a refusal (empty where there is none)."""
    message = choice.get("message") or choice.get("delta") or {}
    if not isinstance(message, Mapping):
        message = {"content": message}
    text = _content(message.get("content"))
    if not text.strip():
        text = _content(choice.get("text")) or _arguments(message)
    if FILTERED.search(finish := _finish(choice)):
        return text, f"the server's filter stopped the answer (finish_reason {finish})"
    refusal = _refusal(message)
    return text, f"the model refused: {refusal}" if refusal and not text.strip() else ""


def _refusal(message: Mapping[str, Any]) -> str:
    """Return the words in which a model refuses: beside its content, or a part of it."""
    content = message.get("content")
    parts = [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    found = [message.get("refusal"), *(part.get("refusal") for part in parts)]
    return " ".join(words.strip() for words in found if isinstance(words, str)).strip()


def _content(content: Any) -> str:
    """Return the text of a message's content: a string, or parts, of which thoughts are left out."""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        return ""
    parts = [part if isinstance(part, str) else _part(part) for part in content]
    return "".join(parts)


def _part(part: Any) -> str:
    if not isinstance(part, Mapping) or part.get("type", "text") not in ("text", "output_text", "input_text"):
        return ""
    text = part.get("text") or part.get("content")
    text = text.get("value") if isinstance(text, Mapping) else text
    return text if isinstance(text, str) else ""


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of the calls that a model makes in place of an answer."""
    listed = message.get("tool_calls")
    calls = [call for call in listed if isinstance(call, Mapping)] if isinstance(listed, list) else []
    called = [call.get("function") or call.get("custom") for call in calls] + [message.get("function_call")]
    found = [call.get("arguments") or call.get("input") for call in called if isinstance(call, Mapping)]
    return "\n".join(each if isinstance(each, str) else _shown(each) for each in found if each)


def _is_cut(finish: str, usage: Mapping[str, int], sampling: Sampling) -> bool:
    """Tell whether the answer ended at its longest: said by the server, or seen where it does not say how it ended."""
    return bool(LENGTH.search(finish)) or (not finish and usage["completion_tokens"] >= sampling.max_tokens)


def _next_tokens(logprobs: Any) -> dict[str, float]:
    """Return the possible first tokens of an answer, whichever of the two forms the server uses."""
    if not isinstance(logprobs, Mapping):
        return {}
    content, tops = logprobs.get("content"), logprobs.get("top_logprobs")
    if isinstance(content, list) and content and isinstance(content[0], Mapping):
        return _of_position(content[0])
    return alternatives(tops[0]) if isinstance(tops, list) and tops else {}


def _of_position(position: Mapping[str, Any]) -> dict[str, float]:
    """Return the alternatives at one position of the chat form; a server that shows none shows no probabilities."""
    return alternatives(position.get("top_logprobs") or position.get("top_probs"))


def _steps(logprobs: Any) -> list[dict[str, Any]]:
    """Return every token of an answer in the chat form, and what could have come in its place."""
    content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
    steps = []
    for position in content if isinstance(content, list) else []:
        if isinstance(position, Mapping) and isinstance(position.get("token"), str):
            found = _of_position(position)
            tops = position.get("top_logprobs")
            tops = [each.get("token") for each in tops if isinstance(each, Mapping)] if isinstance(tops, list) else []
            shown = [token for token in tops if isinstance(token, str)]
            steps.append({"token": token_text(position["token"], position.get("bytes"), shown), "alternatives": found})
    return steps
