"""One reader of replies: the body of any server that speaks OpenAI's protocol, or nearly, becomes an answer."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from promptmix.llm.endpoints.refusals import masked
from promptmix.llm.endpoints.tokens import alternatives, token_text
from promptmix.llm.reading import spoken
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer

LENGTH = {"length", "max_tokens", "max_output_tokens", "model_length", "token_limit"}
FILTERED = re.compile(r"filter|safety|recitation|prohibited|blocklist|spii|guardrail|refus|sensitive|moderat")
BYTES_A_TOKEN = 4  # where a server does not count its tokens
MOST_TOKENS = 10**9  # of one reply; some servers count nonsense


class MalformedReply(Exception):  # noqa: N818  # becomes a RequestFailed
    """A reply that does not follow the protocol."""


def parse_body(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a reply is; of a stream of events, the reply that they make up.

    Raises:
        MalformedReply: it is no object.
    """
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        if text.startswith(("data:", "event:", ": ")):
            return _joined([json.loads(each) for each in _events(text)])
        body = json.loads(text)
    except (ValueError, RecursionError, AttributeError, TypeError):
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
    """
    choices = body.get("choices")
    if not isinstance(choices, Sequence) or not choices or not isinstance(choices[0], Mapping):
        raise MalformedReply(f"a reply without choices ({masked(json.dumps(body, ensure_ascii=False), 100)})")
    choice = choices[0]
    said, refused = _said(choice)
    usage = _usage(body.get("usage"), prompt, said)
    if refused:
        return refusal_answer(refused, usage)
    text, in_thought = spoken(said)
    for end in sampling.stop:  # a server that knows no stop strings goes on
        text = text.partition(end)[0]
    logprobs = choice.get("logprobs")
    answer: Answer = {
        "text": text.encode("utf-8", "replace").decode(),  # no file can hold a lone surrogate
        "finish": "length" if in_thought or _is_cut(choice, usage, sampling) else "stop",
        "usage": usage,
        "alternatives": _next_tokens(logprobs),
    }
    steps = _steps(logprobs) if sampling.form == "chat" and sampling.top_logprobs else []
    return answer | ({"steps": steps} if steps else {})


def refusal_answer(reason: str, usage: Mapping[str, int]) -> Answer:
    """Return what is stored of a prompt that gets no answer."""
    return {"text": "", "finish": "refused", "reason": masked(reason), "usage": dict(usage), "alternatives": {}}


def _events(text: str) -> Iterator[str]:
    for line in text.splitlines():
        content = line.removeprefix("data:").strip()
        if line.startswith("data:") and content != "[DONE]":
            yield content


def _joined(chunks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return one reply of the chunks of a stream."""
    whole: dict[str, Any] = {}
    text, finish = "", None
    for chunk in chunks:
        whole |= {name: value for name, value in chunk.items() if value is not None}
        for choice in chunk.get("choices") or []:
            part = choice.get("delta") or choice.get("message") or {}
            text += str(part.get("content") or choice.get("text") or "")
            finish = choice.get("finish_reason") or finish
    if not chunks:
        raise MalformedReply("a stream without events")
    if "choices" in whole:
        whole["choices"] = [{"message": {"content": text}, "text": text, "finish_reason": finish}]
    return whole


def _said(choice: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a choice says, thoughts in it included, and the words of a refusal (empty where there is none)."""
    message = choice.get("message") or choice.get("delta") or {}
    if not isinstance(message, Mapping):
        message = {"content": message}
    text = _content(message.get("content"))
    if not text.strip():
        text = _content(choice.get("text")) or _arguments(message)
    finish = str(choice.get("finish_reason") or "").lower()
    if FILTERED.search(finish):
        return text, f"the server's filter stopped the answer (finish_reason {finish})"
    refusal = message.get("refusal")
    if not text.strip() and isinstance(refusal, str) and refusal.strip():
        return text, f"the model refused: {refusal}"
    return text, ""


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
    return text if isinstance(text, str) else ""


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of the calls that a model makes in place of an answer."""
    calls = [call.get("function") for call in message.get("tool_calls") or [] if isinstance(call, Mapping)]
    calls.append(message.get("function_call"))
    found = [call.get("arguments") for call in calls if isinstance(call, Mapping)]
    return "\n".join(each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in found if each)


def _usage(usage: Any, prompt: str, said: str) -> dict[str, int]:
    """Return the tokens as the server counts them, else estimated by their bytes, and then marked so."""
    usage = usage if isinstance(usage, Mapping) else {}
    counts = {name: _count(usage.get(name)) for name in ("prompt_tokens", "completion_tokens")}
    if counts["prompt_tokens"] is None:
        counts = {"prompt_tokens": _estimated(prompt), "completion_tokens": _estimated(said), "estimated": 1}
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    return {name: count or 0 for name, count in counts.items()} | ({"cached_tokens": cached} if cached else {})


def _count(value: Any) -> int | None:
    try:
        return min(max(0, int(float(value))), MOST_TOKENS)
    except (TypeError, ValueError, OverflowError):
        return None


def _estimated(text: str) -> int:
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_A_TOKEN)


def _is_cut(choice: Mapping[str, Any], usage: Mapping[str, int], sampling: Sampling) -> bool:
    """Tell whether the answer ended at its longest: said by the server, or seen where it does not say how it ended."""
    finish = str(choice.get("finish_reason") or "").lower()
    return finish in LENGTH or (not finish and usage["completion_tokens"] >= sampling.max_tokens)


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
            shown = [str(each.get("token")) for each in position.get("top_logprobs") or [] if isinstance(each, Mapping)]
            steps.append({"token": token_text(position["token"], position.get("bytes"), shown), "alternatives": found})
    return steps
