"""What a server says when it refuses, wherever it says it, and what follows."""

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.llm.endpoints.failures import FailureKind, refused
from promptmix.llm.endpoints.refusals import masked, read_refusal, refusal_inside
from promptmix.llm.endpoints.waits import pause_of

SHAPES: dict[str, Any] = {
    "OpenAI's": {"error": {"message": "no luck", "type": "t", "code": None}},
    "a text": {"error": "no luck"},
    "outside of an error": {"object": "error", "message": "no luck", "type": "NotFoundError"},
    "a detail": {"detail": "no luck"},
    "details with places": {"detail": [{"loc": ["body"], "msg": "no luck"}]},
    "a list": [{"error": {"code": 400, "message": "no luck", "status": "INVALID_ARGUMENT"}}],
    "a message in a message": {"message": {"detail": [{"msg": "no luck"}]}},
    "JSON in a text": {"error": {"message": json.dumps({"error": {"message": "no luck"}})}},
    "Baidu": {"error_code": 336003, "error_msg": "no luck"},
    "Lambda": {"errorMessage": "no luck", "errorType": "V"},
    "Tencent": {"Response": {"Error": {"Code": "X", "Message": "no luck"}}},
    "short": {"err": "no luck"},
    "in data": {"data": {"error": "no luck"}},
    "a header": {"header": {"code": 1, "message": "no luck"}},
    "a status": {"status": {"code": 400, "message": "no luck"}},
    "an inner error": {"error": {"code": "x", "innererror": {"message": "no luck"}}},
    "a message without a reason": {"error": {"message": "Bad Request", "details": "no luck"}},
    "a reason beside it": {"error": {"message": "invalid", "reason": "no luck"}},
    "an unknown name": {"result": "no luck"},
    "an unknown name in an error": {"error": {"text": "no luck"}},
    "AWS": {"__type": "ValidationException", "Message": "no luck"},
}


@pytest.mark.parametrize("body", SHAPES.values(), ids=SHAPES)
def test_the_words_are_found_wherever_they_stand(body: Any) -> None:
    assert "no luck" in read_refusal(400, {}, json.dumps(body).encode()).words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"Unauthorized", "Unauthorized"),
        (b"<html><head><title>503 Service Unavailable</title></head></html>", "503 Service Unavailable"),
        (b"", "Bad Gateway"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_a_body_that_is_no_json_has_words_too(data: bytes, words: str) -> None:
    assert read_refusal(502, {}, data).words == words


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please retry in 34.074824224s.", 34.074824224), ("Please try again in 12h7m30s.", 43650.0),
        ("Please try again in 1m26.4s.", 86.4), ("try again in 20ms", 0.02), ("Try again in 7 seconds", 7.0),
        ("You exceeded your quota", None),
    ],
)  # fmt: skip
def test_a_pause_is_found_in_the_words(words: str, seconds: float | None) -> None:
    assert read_refusal(429, {}, json.dumps({"error": {"message": words}}).encode()).pause == seconds


def test_a_pause_in_a_body_is_heeded_and_a_header_comes_first() -> None:
    body = json.dumps([{"error": {"message": "slow", "details": [{"retryDelay": "34s"}]}}]).encode()
    assert read_refusal(429, {}, body).pause == 34.0
    assert read_refusal(429, {"retry-after": "3"}, body).pause == 3.0
    tomorrow = format_datetime(datetime.now(UTC) + timedelta(days=1, hours=1))
    assert (pause_of({"retry-after": tomorrow}) or 0) > 86_400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"choices": None, "error": {"message": "Provider returned error", "code": 429}}, 429),
        ({"error": {"message": "overloaded", "code": "502"}}, 502),
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, 404),
        ({"error": "upstream broke"}, 502),
        ({"choices": [{"message": {}, "finish_reason": "error", "error": {"code": 503, "message": "x"}}]}, 503),
        *[
            ({"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}], "error": error}, None)
            for error in (None, "", {}, {"code": 0, "message": ""}, {"code": 0, "message": "success"},
                          {"code": 200, "message": "OK"}, {"message": ""}, {"code": None, "message": "none"})
        ],
        ({"choices": [{"message": {"content": "half"}, "finish_reason": "stop"}], "error": {"code": 500}}, 500),
    ],
)  # fmt: skip
def test_an_error_inside_a_reply_is_the_status_that_it_names(body: dict[str, Any], status: int | None) -> None:
    found = refusal_inside(body, {})
    assert (found and found.status) == status


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, "Unauthorized", FailureKind.FATAL), (402, "Payment required", FailureKind.FATAL),
        (403, "flagged, requires moderation", FailureKind.REFUSED), (403, "Forbidden", FailureKind.FATAL),
        (400, "The response was filtered: content_filter", FailureKind.REFUSED),
        (400, "API key not valid. Please pass a valid API key.", FailureKind.FATAL),
        (400, "gpt-9 is not a valid model ID", FailureKind.FATAL), (404, "404 page not found", FailureKind.FATAL),
        (429, "Please retry in 34s.", FailureKind.RATE_LIMITED), (503, "Loading model", FailureKind.LOADING),
        (503, "try later", FailureKind.RATE_LIMITED), (502, "", FailureKind.LOADING), (524, "", FailureKind.LOADING),
        (500, "oops", FailureKind.RETRY), (529, "Overloaded", FailureKind.RATE_LIMITED),
        (400, "something else", FailureKind.REFUSED), (429, "Please try again in 12h7m30s.", FailureKind.FATAL),
    ],
)  # fmt: skip
def test_each_refusal_has_its_reaction(status: int, error: str, kind: FailureKind) -> None:
    found = read_refusal(status, {}, json.dumps({"error": {"message": error}}).encode())
    assert refused(found, "chat/completions", "http://here/v1").kind is kind


def test_a_server_without_completions_refuses_them_and_is_not_given_up() -> None:
    found = read_refusal(404, {}, b"404 page not found")
    assert refused(found, "completions", "http://here/v1").kind is FailureKind.REFUSED


def test_a_wait_of_more_than_ten_minutes_says_when_to_come_back() -> None:
    found = read_refusal(429, {"retry-after": "43650"}, b"{}")
    message = refused(found, "chat/completions", "http://here/v1").message
    assert "it asks to wait 12 h 8 min, until 20" in message
    assert "every answer is kept" in message


def test_every_key_is_masked_before_words_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "planted-azure-key")
    assert masked("x" * 290 + " planted-azure-key") == "x" * 290 + " ***"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "detail", "code", "loc", "msg", "param", "metadata"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_body_is_beyond_reading(body: Any) -> None:
    found = read_refusal(400, {}, json.dumps(body).encode())
    assert found.words
    failed = refused(found, "chat/completions", "http://here/v1")
    assert "\n" not in failed.message + failed.cause
    assert len(failed.cause) <= 64


@pytest.mark.parametrize("name", ["code", "type", "status", "reason"])
def test_a_key_that_a_server_repeats_is_in_no_cause(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-PlantedKey1234567890")
    key = "sk-PlantedKey1234567890"
    for value in (f"key {key}\nis odd", key, "x" * 50 + key):
        found = read_refusal(400, {}, json.dumps({"error": {"message": "bad", name: value}}).encode())
        failed = refused(found, "chat/completions", "http://here/v1")
        for shown in (found.codes, found.words, failed.cause, failed.message):
            assert "planted" not in shown.lower()
            assert "\n" not in shown
            assert len(shown) < 400
        assert len(failed.cause) <= 64


@pytest.mark.parametrize("data", [b"<title>" * 8000, b"<" * 40_000, b"<title" * 8000, b"1" * 50_000])
def test_a_long_page_is_read_in_no_time(data: bytes) -> None:
    began = time.process_time()
    read_refusal(502, {}, data)
    assert time.process_time() - began < 1
