"""A reply that comes as a stream of events is read as if it had come at once."""

import json
from typing import Any

import pytest

from promptmix.llm.endpoints.refusals import refusal_inside
from promptmix.llm.endpoints.replies import MalformedReply, parse_body, read_answer
from promptmix.llm.request import Sampling

CHAT = Sampling("chat", 0.0, 1.0, 40, top_logprobs=2)
END = "data: [DONE]\n\n"


def event(delta: Any, finish: str | None = None, **more: Any) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return f"data: {json.dumps({'choices': [choice]}, ensure_ascii=False)}\n\n"


def read(events: str) -> dict[str, Any]:
    return read_answer(parse_body(events.encode()), CHAT, "a prompt")


def test_parts_of_content_are_joined_without_thoughts() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Hmm"}]}
    events = event({"content": [thought]}) + event({"content": [{"type": "text", "text": "la"}]})
    assert read(events + event({"content": "te"}, "stop"))["text"] == "late"


def test_a_refusal_calls_and_log_probabilities_are_not_lost() -> None:
    assert read(event({"refusal": "I can"}) + event({"refusal": "not."}, "stop"))["reason"].endswith("I cannot.")
    calls = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in ("la", "te")]
    assert read(event(calls[0]) + event(calls[1], "tool_calls"))["text"] == "late"
    shown = [{"token": "la", "logprob": -0.1, "top_logprobs": [{"token": "la", "logprob": -0.1}]}]
    answer = read(event({"content": "la"}, logprobs={"content": shown}) + event({"content": "la"}, "stop",
                  logprobs={"content": shown}))  # fmt: skip
    assert answer["alternatives"] == {"la": -0.1}
    assert len(answer["steps"]) == 2


def test_a_stream_that_stops_in_its_middle_is_cut() -> None:
    assert read(event({"content": "la"}))["finish"] == "length"
    assert read(event({"content": "la"}) + 'data: {"choices": [{"del')["finish"] == "length"
    assert read(event({"content": "late"}) + END)["finish"] == "stop"


@pytest.mark.parametrize("start", ["id: 1\n", ":ok\n\n", ": ping\r\n\r\n", "retry: 10\n", "event: message\n"])
@pytest.mark.parametrize("text", ["a\u2028b", "a\x85b", "a\x0bb\x0c"])
def test_any_first_line_and_any_character_is_read(start: str, text: str) -> None:
    assert read(start + event({"content": text}, "stop") + END)["text"] == text


def test_an_error_in_the_middle_is_a_failure() -> None:
    error = {"code": "server_error", "message": "Provider disconnected"}
    last = {"error": error, "choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]}
    for end in (f"data: {json.dumps(last)}\n\n", f"event: error\ndata: {json.dumps(error)}\n\n"):
        found = refusal_inside(parse_body((event({"content": "half a te"}) + end).encode()), {})
        assert found
        assert "disconnected" in found.words


@pytest.mark.parametrize("events", ["data: x", "data: 1\n\n", ":ok\n\n", "id: 1\n\n", "data: [[]]\n\n"])
def test_a_stream_without_events_is_no_reply(events: str) -> None:
    with pytest.raises(MalformedReply):
        parse_body(events.encode())
