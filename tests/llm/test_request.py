"""Requests: a key holds what can change an answer and nothing else, and stays the same from version to version."""

import json
from typing import Any

import pytest

from promptmix.core.records import Question
from promptmix.llm.request import Pending, Sampling, key, request, seed

MODEL = {"name": "m", "endpoint": "bundled", "files": "abc"}


def asked(**changes: Any) -> str:
    question = Question(id="q", text="hello", shared=2, draw=0)
    sampling = Sampling("chat", 1.0, 0.9, 10)
    return key(
        request(
            MODEL | changes.get("model", {}),
            question.model_copy(update=changes.get("question", {})),
            sampling._replace(**changes.get("sampling", {})),
        )
    )


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"name": "other"}}, {"model": {"files": "other digest"}}, {"model": {"endpoint": "openai"}},
        {"question": {"text": "hello "}}, {"question": {"draw": 1}},
        {"sampling": {"temperature": 0.9}}, {"sampling": {"top_p": 1.0}}, {"sampling": {"max_tokens": 11}},
        {"sampling": {"form": "completion"}}, {"sampling": {"stop": ("x",)}}, {"sampling": {"top_logprobs": 5}},
        {"sampling": {"texts": 3}}, {"question": {"choices": ("a", "b")}},
    ],
    ids=str,
)  # fmt: skip
def test_whatever_can_change_an_answer_changes_its_key(change: dict[str, Any]) -> None:
    assert asked(**change) != asked()


def test_what_cannot_change_an_answer_is_not_in_its_key() -> None:
    assert asked(question={"id": "another", "shared": 0}) == asked()


def test_the_sampling_seed_follows_the_key_and_fits_32_bits() -> None:
    assert seed("ffffffff00") == 2**31 - 1
    assert seed("0000000200") == 1


def test_the_key_of_a_request_is_that_of_the_answers_stored_so_far() -> None:
    """Another name or order of a field would orphan every stored answer, and change every pack."""
    question = Question(id="q", text="hello", shared=2, draw=0)
    asked = request(MODEL, question, Sampling("chat", 1.0, 0.9, 10, top_logprobs=5))
    assert json.dumps(asked) == (
        '{"model": {"name": "m", "endpoint": "bundled", "files": "abc"}, "text": "hello", "draw": 0, "sampling":'
        ' {"form": "chat", "temperature": 1.0, "top_p": 0.9, "max_tokens": 10, "stop": [], "alternatives": 5}}'
    )
    assert key(asked) == "9b99622c6c95f9c54f74a893aa82b43ae57444713571aeb3d25d5683116649b6"


def test_the_ceiling_of_a_request_counts_every_byte_and_the_longest_answer() -> None:
    pending = Pending("k", Question(id="q", text="Größe", shared=0, draw=0), Sampling("chat", 1.0, 1.0, 10))
    assert pending.ceiling == 7 + 64 + 10
