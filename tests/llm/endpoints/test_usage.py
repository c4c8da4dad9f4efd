"""Tokens as servers count them, or do not."""

from typing import Any

import pytest

from promptmix.llm.endpoints.replies import read_answer
from promptmix.llm.request import Sampling

ESTIMATE = {"prompt_tokens": 5, "completion_tokens": 2, "estimated": 1}


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, ESTIMATE),
        ({"prompt_tokens": -1, "completion_tokens": None}, ESTIMATE), ({"total_tokens": 9}, ESTIMATE),
        ({"prompt_tokens": 10, "total_tokens": 50}, {"prompt_tokens": 10, "completion_tokens": 40}),
        ({"prompt_tokens": 10}, {"prompt_tokens": 10, "completion_tokens": 2, "estimated": 1}),
        ({"input_tokens": 10, "output_tokens": 50}, {"prompt_tokens": 10, "completion_tokens": 50}),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 5000}},
         {"prompt_tokens": 10, "completion_tokens": 5, "cached_tokens": 10}),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_counted_is_never_too_little(usage: Any, counts: dict[str, int]) -> None:
    body = {"choices": [{"message": {"content": "the van"}, "finish_reason": "stop"}], "usage": usage}
    assert read_answer(body, Sampling("chat", 1.0, 1.0, 40), "a prompt of 20 bytes")["usage"] == counts
