"""What is sent is what the server takes: each objection, in the words of many servers, changes one field."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Question
from promptmix.llm.endpoints.fields import Change, Fields, objection, request_body
from promptmix.llm.endpoints.refusals import Refusal, read_refusal
from promptmix.llm.request import Sampling

QUESTION = Question(id="q", text="hello", shared=0, draw=0)
LONG = Sampling("chat", 1.0, 0.95, 8000, texts=4)
WRITING = Sampling("chat", 1.0, 0.95, 256, ("\n\n",), texts=4)
SCORING = Sampling("completion", 0.0, 1.0, 1, top_logprobs=20)
CHATTING = Sampling("chat", 0.0, 1.0, 24, top_logprobs=20)
KEY = "00000002"


def refusal(words: str, status: int = 400, **more: Any) -> Refusal:
    return read_refusal(status, {}, json.dumps({"error": {"message": words, **more}}).encode())


@pytest.mark.parametrize(
    ("sampling", "words", "change"),
    [
        (WRITING, "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
         Change("max_tokens", "renamed to", "max_completion_tokens")),
        (SCORING, "'temperature' does not support 0.0 with this model. Only the default (1) value is supported.",
         Change("temperature", "left out")),
        (WRITING, "`temperature` and `top_p` cannot both be specified for this model.", Change("top_p", "left out")),
        (WRITING, 'Invalid JSON payload received. Unknown name "seed": Cannot find field.', Change("seed", "left out")),
        (WRITING, "data/temperature must be <= 0.5", Change("temperature", "at most", 0.5)),
        (WRITING, "at /stop: unexpected property", Change("stop", "left out")),
        (WRITING, "This model does not accept seed", Change("seed", "left out")),
        (WRITING, "property 'seed' is not defined in the schema", Change("seed", "left out")),
        (WRITING, "不支持参数 seed", Change("seed", "left out")),
        (WRITING, "Unrecognized request argument supplied: seed", Change("seed", "left out")),
        (WRITING, "Unsupported parameter: 'stop' is not supported with this model.", Change("stop", "left out")),
        (WRITING, "The specified schema produces a constraint that has too many states for serving.",
         Change("response_format", "left out")),
        (WRITING, "Invalid schema for response_format: 'minItems' is not permitted.",
         Change("response_format", "left out")),
        (WRITING, "max_tokens must be less than or equal to 128", Change("max_tokens", "at most", 128)),
        (LONG, "max_tokens is too large: 8,000. This model supports at most 4,096 completion tokens.",
         Change("max_tokens", "at most", 4096)),
        (LONG, "max_tokens is too large: this model supports at most 4.096 tokens",
         Change("max_tokens", "at most", 4096)),
        (LONG, "max_tokens (8000) exceeds 2^12", Change("max_tokens", "at most", 4096)),
        (LONG, "max_tokens must be at most 4k", Change("max_tokens", "at most", 4000)),
        (LONG, "Range of max_tokens should be [1,128]", Change("max_tokens", "at most", 128)),
        (SCORING, "max_tokens below 16 is not allowed", Change("max_tokens", "at least", 16)),
        (LONG, "max_tokens must be less than 8000", Change("max_tokens", "at most", 7999)),
        (LONG, "max_tokens must be less than 4096", Change("max_tokens", "at most", 4095)),
        (WRITING, "max_tokens is too large: 256. This model supports at most 200 completion tokens.",
         Change("max_tokens", "at most", 200)),
        (SCORING, "Expected a value >= 16 for max_tokens, but got 1 instead: below minimum value",
         Change("max_tokens", "at least", 16)),
        (SCORING, "Cannot request more than 5 logprobs.", Change("logprobs", "at most", 5)),
        (SCORING, "20 is greater than the maximum of 1 - 'logprobs'", Change("logprobs", "at most", 1)),
        (CHATTING, "Requested sample logprobs of 20, which is greater than max allowed: 5",
         Change("top_logprobs", "at most", 5)),
        (SCORING, "`temperature` must be strictly positive", Change("temperature", "at least", 0.01)),
        (WRITING, "`top_p` must be > 0.0 and < 0.9", Change("top_p", "left out")),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_an_objection_changes_the_field_that_it_names(sampling: Sampling, words: str, change: Change) -> None:
    assert objection(refusal(words), request_body("m", KEY, QUESTION, sampling), {}) == change


@pytest.mark.parametrize(
    ("sampling", "words", "more"),
    [
        (WRITING, "This model's maximum context length is 512 tokens. However, you requested 700 tokens. Please reduce "
         "the length of the messages or completion.", {}),
        (WRITING, "The model `m` does not exist", {}),
        (WRITING, "Your prompt 'set the temperature to 20 degrees' was flagged by moderation and is not allowed", {}),
        (WRITING, "The model `doubao-seed-1-6` does not exist or is not supported", {}),
        (WRITING, "No such model: bytedance/seed-oss-36b", {}),
        (WRITING, "Model: seed is unknown", {"code": "model_not_found"}),
        (WRITING, "max_tokens must be at most 4,096", {}),
        (WRITING, "API key not valid. Please pass a valid API key.", {}),
        (WRITING, "The response was filtered due to the prompt triggering a policy. temperature", {"param": "prompt"}),
        (SCORING, "This is a chat model and not supported in the v1/completions endpoint.", {"param": "model"}),
        (SCORING, "You are not allowed to request logprobs from this model", {}),
        (CHATTING, "logprobs is not supported", {"param": "logprobs"}),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_other_complaints_change_nothing(sampling: Sampling, words: str, more: dict[str, Any]) -> None:
    assert objection(refusal(words, **more), request_body("m", KEY, QUESTION, sampling), {}) is None


def test_a_field_that_is_named_apart_from_the_words_is_found_at_any_depth() -> None:
    body = request_body("m", KEY, QUESTION, WRITING)
    detail = {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]}
    for shape in ({"message": detail}, detail, [detail]):
        said = read_refusal(422, {}, json.dumps(shape).encode())
        assert objection(said, body, {}) == Change("seed", "left out")


def test_the_users_own_fields_are_sent_as_they_are() -> None:
    body = request_body("m", KEY, QUESTION, WRITING) | {"reasoning_effort": "low"}
    assert objection(refusal("Unknown parameter: reasoning_effort"), body, {"reasoning_effort": "low"}) is None
    assert Fields("m", {"top_p": 0.5}).body(KEY, QUESTION, WRITING)["top_p"] == 0.5


def test_a_change_is_learned_once_kept_and_part_of_what_is_stored() -> None:
    learned: list[list[Change]] = []
    fields = Fields("m", learned=lambda changes, *_: learned.append(list(changes)))
    sent, question = fields.body(KEY, QUESTION, WRITING), (KEY, QUESTION, WRITING)
    said = refusal("Unsupported parameter: 'top_p' is not supported with this model.")
    assert fields.adapt(said, sent, question)
    assert fields.adapt(said, sent, question), "another request in flight has met the same objection"
    assert learned == [[Change("top_p", "left out")]]
    assert "top_p" not in fields.body(KEY, QUESTION, WRITING)
    assert fields.changed(*question) == ["top_p left out"]
    assert fields.changed(KEY, QUESTION, Sampling("chat", 1.0, None, 9)) == []
    assert "top_p" not in Fields("m", known=learned[0]).body(KEY, QUESTION, WRITING)


@pytest.mark.parametrize(
    "words", ["max_tokens must be <= 200", "max_tokens is not supported, max_completion_tokens neither"]
)
def test_the_last_limit_of_tokens_is_never_left_out(words: str) -> None:
    fields, tries = Fields("m"), 0
    while fields.adapt(refusal(words), fields.body(KEY, QUESTION, WRITING), (KEY, QUESTION, WRITING)):
        tries += 1
        assert tries < 5
    assert {"max_tokens", "max_completion_tokens"} & fields.body(KEY, QUESTION, WRITING).keys()


def test_what_a_server_repeats_of_the_prompt_or_the_model_names_no_field() -> None:
    question = Question(id="q", text="Write: please set the temperature to 20 degrees, and stop", shared=0, draw=0)
    body = request_body("seed-36", KEY, question, WRITING)
    for words in (
        "invalid input 'please set the temperature to 20 degrees, and'",
        "unexpected end at: set the temperature to 20 degr",
        "seed-36 is not supported here",
    ):
        assert objection(refusal(words), body, {}) is None, words
    assert objection(refusal("unsupported field: temperature"), body, {}) == Change("temperature", "left out")


def test_a_field_that_a_refusal_names_apart_is_changed_whatever_its_words() -> None:
    body = request_body("m", KEY, QUESTION, WRITING)
    said = refusal("not supported for model safety reasons", param="seed")
    assert objection(said, body, {}) == Change("seed", "left out")


def test_a_value_of_none_is_not_sent() -> None:
    assert request_body("m", KEY, QUESTION, Sampling("chat", None, None, 9)).keys() == {
        "model", "max_tokens", "seed", "messages",
    }  # fmt: skip


@given(st.text(max_size=200), st.sampled_from([400, 403, 404, 422, 500]), st.sampled_from([WRITING, SCORING, CHATTING]))
def test_no_words_of_a_server_break_the_request(words: str, status: int, sampling: Sampling) -> None:
    body = request_body("m", KEY, QUESTION, sampling)
    change = objection(refusal(words, status), body, {})
    after = change.applied(body) if change else body
    assert {"model", "messages"} <= after.keys() or {"model", "prompt"} <= after.keys()
