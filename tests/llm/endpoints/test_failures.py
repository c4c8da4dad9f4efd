"""What follows from a refusal."""

import json
from typing import Any

import pytest

from promptmix.llm.endpoints.failures import FailureKind, RequestFailed, malformed, refused
from promptmix.llm.endpoints.refusals import read_refusal, refusal_inside
from promptmix.llm.endpoints.replies import MalformedReply, read_answer
from promptmix.llm.request import Sampling


def failure(status: int, words: str, **headers: str) -> RequestFailed:
    data = json.dumps({"error": {"message": words}}).encode()
    return refused(read_refusal(status, headers, data), "chat/completions", "http://here/v1")


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (400, "Model is overloaded", FailureKind.RATE_LIMITED), (498, "Flex tier capacity exceeded",
         FailureKind.RATE_LIMITED), (420, "Enhance your calm", FailureKind.RATE_LIMITED),
        (403, "Rate limit exceeded", FailureKind.RATE_LIMITED), (404, "The model is loading", FailureKind.LOADING),
        (400, "Model m is currently being loaded", FailureKind.LOADING),
        (404, "model 'm' not found, try pulling it first", FailureKind.FATAL),
        (400, "Your prompt 'is overloaded' was flagged by moderation", FailureKind.REFUSED),
        (404, "No endpoints available matching your guardrail restrictions and data policy", FailureKind.FATAL),
        (400, "failed loading the image", FailureKind.REFUSED),
    ],
    ids=str,
)  # fmt: skip
def test_a_busy_or_a_loading_server_is_asked_again(status: int, words: str, kind: FailureKind) -> None:
    assert failure(status, words).kind is kind


def test_only_what_is_asked_again_can_ask_to_wait_for_too_long() -> None:
    flagged = failure(400, "Your prompt 'remind me again in 2 days' was flagged by moderation")
    assert flagged.kind is FailureKind.REFUSED
    assert failure(500, "try again in 2 days").kind is FailureKind.FATAL


@pytest.mark.parametrize("wait", ["99999999999999", "inf", "1e300", "1764100000000", "1764100000"])
def test_no_wait_is_beyond_a_message(wait: str) -> None:
    assert "\n" not in failure(429, "slow", **{"retry-after": wait}).message


FILTERED: dict[str, Any] = {
    "MiniMax": {"choices": None, "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}},
    "no choice": {"choices": [], "base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}},
    "Zhipu": {"error": {"code": "1301", "message": "unsafe or sensitive content in the input"}},
    "a code": {"error": {"message": "blocked", "code": "content_policy_violation"}},
    "Azure": {
        "choices": [],
        "prompt_filter_results": [{"content_filter_results": {"violence": {"filtered": True, "severity": "high"}}}],
    },
    "Gemini": {"promptFeedback": {"blockReason": "SAFETY"}},
}


@pytest.mark.parametrize("body", FILTERED.values(), ids=FILTERED)
def test_a_filter_inside_a_reply_refuses_the_prompt(body: dict[str, Any]) -> None:
    found = refusal_inside(body, {})
    assert found
    assert refused(found, "chat/completions", "http://here/v1").kind is FailureKind.REFUSED


@pytest.mark.parametrize(
    "finish",
    ["insufficient_system_resource", "network_error", "abort", "timeout", "cancelled", "malformed_function_call",
     "error", "engine_overloaded"],
)  # fmt: skip
def test_a_broken_answer_is_asked_again_and_was_paid(finish: str) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 4}
    body = {"choices": [{"message": {"content": "half a te"}, "finish_reason": finish}], "usage": usage}
    assert refusal_inside(body, {}) is None
    with pytest.raises(MalformedReply) as error:
        read_answer(body, Sampling("chat", 1.0, 1.0, 40), "a prompt")
    failed = malformed(error.value, "http://here/v1")
    assert (failed.kind, failed.usage) == (FailureKind.RETRY, usage)
    assert finish in failed.message


def test_an_error_beside_half_an_answer_is_a_failure_that_was_paid() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 4}
    error = {"code": 502, "message": "Provider disconnected"}
    body = {"choices": [{"message": {"content": "half a te"}, "finish_reason": "error"}], "usage": usage}
    found = refusal_inside(body | {"error": error}, {})
    assert found
    failed = refused(found, "chat/completions", "http://here/v1")
    assert (failed.kind, failed.usage) == (FailureKind.LOADING, usage)
    assert "disconnected" in failed.message
