"""What a reply of success holds counts: an answer with any such status, and what a reply without an answer has cost."""

import json
from typing import Any

import pytest

from promptmix.core.records import Question
from promptmix.llm.endpoints.failures import RequestFailed
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.transport import Transport
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer
from tests.support.raw_server import reply, serving

USAGE = {"prompt_tokens": 7, "completion_tokens": 2}


def answer(choices: Any, status: int = 200) -> Answer:
    question = Question(id="q", text="hello", shared=0, draw=0)
    with serving(reply(json.dumps({"usage": USAGE, "choices": choices}).encode(), status)) as (url, _):
        endpoint = Hosted(Transport(f"{url}/v1", "key-planted-12345", 5.0, 1), "m", 1)
        return endpoint.answer("00000002", question, Sampling("chat", 1.0, 0.9, 10))[0]


@pytest.mark.parametrize("status", [201, 202, 203])
def test_an_answer_counts_with_any_status_of_success(status: int) -> None:
    assert answer([{"message": {"content": "hi"}, "finish_reason": "stop"}], status)["text"] == "hi"


@pytest.mark.parametrize("choices", [[], None, [1]])
def test_a_reply_without_an_answer_counts_as_it_was_paid(choices: Any) -> None:
    with pytest.raises(RequestFailed) as caught:
        answer(choices)
    assert caught.value.usage == USAGE
