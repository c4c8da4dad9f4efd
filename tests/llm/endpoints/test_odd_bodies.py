"""Every leaf of a good reply and of an error, replaced by something odd, is read or refused, never a traceback."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from promptmix.llm.endpoints.failures import refused
from promptmix.llm.endpoints.refusals import read_refusal, refusal_inside
from promptmix.llm.endpoints.replies import MalformedReply, parse_body, read_answer
from promptmix.llm.reading import json_of, spoken, strings_in
from promptmix.llm.request import Sampling

SAMPLINGS = [Sampling("chat", 0.0, 1.0, 9, top_logprobs=5), Sampling("completion", 0.0, 1.0, 1, top_logprobs=5)]
TOP = {"token": "a", "logprob": -0.1, "prob": 0.9, "bytes": [97]}
GOOD: dict[str, Any] = {
    "id": "x",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": [{"type": "text", "text": {"value": ""}}, {"type": "refusal", "refusal": ""}],
                "refusal": None,
                "tool_calls": [{"index": 0, "type": "custom", "function": {"arguments": "{}"}, "custom": {"input": 1}}],
                "function_call": {"name": "f", "arguments": "x"},
            },
            "text": "x",
            "finish_reason": "stop",
            "error": None,
            "logprobs": {"content": [{**TOP, "top_logprobs": [TOP]}], "top_logprobs": [{"a": -0.1}]},
        }
    ],
    "usage": {
        "prompt_tokens": 1,
        "completion_tokens": 1,
        "total_tokens": 2,
        "prompt_tokens_details": {"cached_tokens": 1},
    },
    "error": None,
    "prompt_filter_results": [{"content_filter_results": {"hate": {"filtered": False}}}],
    "promptFeedback": {"blockReason": None},
}
ERROR: dict[str, Any] = {
    "error": {
        "message": "x",
        "type": "t",
        "code": 1,
        "param": "seed",
        "status": "s",
        "reason": "r",
        "details": [{"retryDelay": "3s", "loc": ["body", "seed"], "msg": "m"}, {"retryDelay": {"seconds": 1}}],
        "metadata": {"raw": "{}", "headers": {"X-RateLimit-Reset": "1"}},
        "innererror": {"message": "m"},
    },
    "base_resp": {"status_code": 1, "status_msg": "m"},
    "retryAfter": 1,
}


def nested(kind: str, depth: int = 500) -> Any:
    value: Any = "a"
    for _ in range(depth):
        value = [value] if kind == "list" else {"error": value}
    return value


ODD = {
    "one": 1, "minus": -1, "true": True, "none": None, "a list": [], "an object": {}, "empty": "", "text": "x",
    "lists": nested("list"), "objects": nested("object"), "huge": 10**400, "negative huge": -(10**400),
    "infinite": float("inf"), "not a number": float("nan"), "many digits": "9" * 5000, "ones": [1], "texts": ["x"],
    "object": {"a": 1}, "escape": "bytes:',1,b'", "open": "bytes:" + "'+(" * 2000, "surrogate": "\ud800",
}  # fmt: skip


def mutated(value: Any, odd: Any) -> Iterator[Any]:
    """Yield a value with each part of it, at any depth, replaced."""
    yield odd
    for place in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        for inner in mutated(value[place], odd):
            changed = copy.copy(value)
            changed[place] = inner
            yield changed


def read_all(data: bytes, body: Any) -> None:
    """Read what came in every way in which it is read."""
    failed = refused(read_refusal(429, {}, data), "chat/completions", "http://here/v1")
    assert "\n" not in failed.message + failed.cause
    for found in (body, *parsed(data)):
        if isinstance(found, dict) and (refusal := refusal_inside(found, {})):
            refused(refusal, "chat/completions", "http://here/v1")
        for sampling in SAMPLINGS if isinstance(found, dict) else []:
            with contextlib.suppress(MalformedReply):
                json.dumps(read_answer(found, sampling, "a prompt")).encode()


def parsed(data: bytes) -> Iterator[Any]:
    for each in (data, b"data: " + data):
        try:
            yield parse_body(each)
        except MalformedReply:
            continue


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_one_odd_part_of_a_reply_or_an_error_is_no_traceback(odd: Any) -> None:
    for whole in (GOOD, ERROR, {"choices": [{"delta": GOOD["choices"][0]["message"]}]}):
        for body in mutated(whole, odd):
            read_all(json.dumps(body).encode(), body)


@pytest.mark.parametrize("data", [b"[" * 450 + b"]" * 450, b'{"error":' * 450 + b"1" + b"}" * 450, b"9" * 5000])
def test_a_deep_or_a_long_body_is_no_traceback(data: bytes) -> None:
    read_all(data, None)


@pytest.mark.parametrize("depth", [100, 400, 600, 5000])
def test_brackets_without_end_are_no_texts(depth: int) -> None:
    for reply in ("[" * depth + '"a"', "[" * depth + '"a"' + "]" * depth, '[["' * depth, '{"a":' * depth):
        texts = strings_in(json_of(spoken(reply)[0]))
        assert texts is None or all(text == "a" or text == "[[" for text in texts)
