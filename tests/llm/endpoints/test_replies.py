"""One reader of replies: bodies as public servers send them become answers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.llm.endpoints.replies import MalformedReply, parse_body, read_answer
from promptmix.llm.endpoints.tokens import alternatives
from promptmix.llm.request import Sampling

CHAT = Sampling("chat", 1.0, 1.0, 40)
USAGE = {"prompt_tokens": 7, "completion_tokens": 2}


def reply(message: Any, finish: Any = "stop", usage: Any = USAGE, **choice: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish, **choice}], "usage": usage}


def read(body: dict[str, Any], sampling: Sampling = CHAT) -> dict[str, Any]:
    return read_answer(body, sampling, "a prompt of 20 bytes")


THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hmm."}]}
SAID: dict[str, Any] = {
    "a text": {"content": "late"},
    "parts": {"content": [{"type": "text", "text": "la"}, {"type": "text", "text": "te"}]},
    "parts with a thought": {"content": [THOUGHT, {"type": "text", "text": "late"}]},
    "a thought in tags": {"content": "<think>Hmm.</think>late"},
    "a thought beside it": {"content": "late", "reasoning_content": "Hmm.", "reasoning": "Hmm."},
    "arguments of a call": {"content": None, "tool_calls": [{"function": {"name": "answer", "arguments": "late"}}]},
    "input of a custom call": {"content": None, "tool_calls": [{"type": "custom", "custom": {"input": "late"}}]},
    "a text with a value": {"content": [{"type": "text", "text": {"value": "late", "annotations": []}}]},
    "arguments of an old call": {"content": "", "function_call": {"name": "answer", "arguments": "late"}},
}


@pytest.mark.parametrize("message", SAID.values(), ids=SAID)
def test_what_a_model_says_is_found_without_its_thoughts(message: dict[str, Any]) -> None:
    assert read(reply(message))["text"] == "late"


@pytest.mark.parametrize(
    "finish", [None, "", "stop", "eos", "eos_token", "STOP", "end_turn", "tool_calls", "stop_sequence"]
)
def test_a_whole_answer_is_an_answer_however_the_server_says_so(finish: str | None) -> None:
    assert read(reply({"content": "late"}, finish))["finish"] == "stop"


@pytest.mark.parametrize(
    "finish",
    ["length", "MAX_TOKENS", "max_tokens", "model_length", "model_context_window_exceeded", "max_length", "incomplete",
     "truncated"],
)  # fmt: skip
def test_a_cut_answer_is_cut(finish: str) -> None:
    assert read(reply({"content": "la"}, finish))["finish"] == "length"


def test_an_answer_that_is_cut_inside_a_thought_counts_as_cut_and_says_nothing() -> None:
    answer = read(reply({"content": "<think>Hmm, la"}))
    assert (answer["text"], answer["finish"]) == ("", "length")


@pytest.mark.parametrize(
    "finish", ["content_filter", "SAFETY", "RECITATION", "PROHIBITED_CONTENT", "guardrail_intervened"]
)
def test_a_filtered_answer_is_refused(finish: str) -> None:
    answer = read(reply({"content": ""}, finish))
    assert answer["finish"] == "refused"
    assert finish.lower() in answer["reason"]


def test_a_refusal_of_the_model_is_kept_in_its_words() -> None:
    answer = read(reply({"content": None, "refusal": "I can't assist with that."}))
    assert (answer["finish"], answer["reason"]) == ("refused", "the model refused: I can't assist with that.")


def test_a_refusal_may_be_a_part_of_the_content() -> None:
    answer = read(reply({"content": [{"type": "refusal", "refusal": "I cannot."}]}))
    assert (answer["finish"], answer["reason"]) == ("refused", "the model refused: I cannot.")


@pytest.mark.parametrize("usage", [None, {}, "none", {"prompt_tokens": None}])
def test_tokens_that_the_server_does_not_count_are_estimated_and_marked(usage: Any) -> None:
    assert read(reply({"content": "late"}, usage=usage))["usage"] == {
        "prompt_tokens": 5, "completion_tokens": 1, "estimated": 1,
    }  # fmt: skip


def test_odd_counts_of_tokens_are_read() -> None:
    assert read(reply({"content": "x"}, usage={"prompt_tokens": "7", "completion_tokens": 2.0}))["usage"] == USAGE


def test_a_stop_string_ends_an_answer_also_where_the_server_does_not_know_it() -> None:
    sampling = Sampling("completion", 1.0, 1.0, 40, ("\n\n",))
    assert read({"choices": [{"text": "a\n\nb", "finish_reason": "length"}]}, sampling)["text"] == "a"


@pytest.mark.parametrize("data", [b"", b"<html>busy</html>", b"[]", b'"text"', b"\xff", b"[" * 60_000, b"data: x"])
def test_what_is_no_reply_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(MalformedReply):
        parse_body(data)


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": None}, {"choices": ["x"]}, {"hello": 1}])
def test_a_reply_without_a_choice_is_none(body: dict[str, Any]) -> None:
    with pytest.raises(MalformedReply):
        read(body)


def test_a_stream_of_events_and_a_byte_order_mark_are_read() -> None:
    chunks = [
        {"choices": [{"delta": {"content": part}, "finish_reason": end}]}
        for part, end in [("la", None), ("te", "stop")]
    ]
    events = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    for data in (events.encode(), b"\xef\xbb\xbf\n \n" + json.dumps(reply({"content": "late"})).encode()):
        assert read(parse_body(data))["text"] == "late"


@pytest.mark.parametrize(
    "shown",
    [
        {"\u0120late": -0.1, "\u010a": -3.0},
        [{"token": "\u0120late", "logprob": -0.1}, {"token": "\u010a", "logprob": -3.0}],
        {"\u2581late": -0.1, "<0x0A>": -3.0},
        {"bytes:\\x20late": -0.1, "bytes:\\x0a": -3.0},
        [{"token": "?", "bytes": list(b" late"), "logprob": -0.1}, {"token": "?", "bytes": [10], "logprob": -3.0}],
        {" late": -0.1, "\n": -3.0, "token_id:99": -0.01, "\ufffd": -0.2, "x": float("-inf"), "y": None},
    ],
)
def test_tokens_are_text_in_the_alphabet_of_any_tokenizer(shown: Any) -> None:
    assert list(alternatives(shown).items()) == [(" late", -0.1), ("\n", -3.0)]


def test_a_special_token_says_nothing_about_the_alphabet() -> None:
    end = "<\uff5cend\u2581of\u2581sentence\uff5c>"
    assert alternatives({"\u0120late": -0.1, end: -5.0}) == {" late": -0.1, end: -5.0}


def test_half_a_character_is_no_token() -> None:
    whole = "".join(map(chr, (0xE7, 0x12B, 0xA9)))  # 物, byte by byte
    assert alternatives({whole: -0.1, whole[:2]: -0.2, "\u0120a": -0.3}) == {"物": -0.1, " a": -0.3}


@pytest.mark.parametrize(
    ("logprobs", "found"),
    [
        ({"tokens": [" a"], "token_logprobs": [-0.1], "top_logprobs": [{" a": -0.1, " b": -2.0}]}, [" a", " b"]),
        ({"content": [{"token": " a", "logprob": -0.1, "top_logprobs": [{"token": " a", "logprob": -0.1}]}]}, [" a"]),
        ({"content": [{"token": " a", "logprob": -0.1}]}, []),
        ({"content": [{"token": " a", "prob": 0.9, "top_probs": [{"token": " a", "prob": 0.9}]}]}, [" a"]),
        ({"tokens": [" a"], "token_logprobs": [-0.1]}, []),
        ({"top_logprobs": [{" x": float("-inf")}]}, []), ({"top_logprobs": [None]}, []), (None, []), ("odd", []),
    ],
)  # fmt: skip
def test_next_tokens_are_read_in_every_form(logprobs: Any, found: list[str]) -> None:
    body = {"choices": [{"text": " a", "logprobs": logprobs, "finish_reason": "length"}], "usage": USAGE}
    assert list(read(body, Sampling("completion", 0.0, 1.0, 1, top_logprobs=5))["alternatives"]) == found


def test_a_chat_shows_what_could_have_come_at_every_token() -> None:
    tops = [{"token": "late", "logprob": -0.1}, {"token": "lost", "logprob": -2.0}]
    content = [
        {"token": "late", "logprob": -0.1, "top_logprobs": tops},
        {"token": "_", "logprob": 0.0, "top_logprobs": []},
    ]
    answer = read(reply({"content": "late_"}, logprobs={"content": content}), CHAT._replace(top_logprobs=2))
    assert [step["token"] for step in answer["steps"]] == ["late", "_"]
    assert answer["steps"][0]["alternatives"] == {"late": -0.1, "lost": -2.0}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "message", "content", "text", "type", "finish_reason", "usage", "logprobs", "top_logprobs",
             "token", "logprob", "bytes", "tool_calls", "function", "arguments", "delta", "prompt_tokens", "refusal"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(ANY, st.sampled_from([CHAT, CHAT._replace(top_logprobs=3), Sampling("completion", 0.0, 1.0, 1, top_logprobs=3)]))
def test_no_shape_of_a_reply_is_beyond_reading(choice: Any, sampling: Sampling) -> None:
    for body in ({"choices": [choice]}, {"choices": choice}, choice):
        if isinstance(body, dict):
            try:
                answer = read(body, sampling)
            except MalformedReply:
                continue
            json.dumps(answer).encode()
            assert answer["finish"] in ("stop", "length", "refused")
