"""How long a server asks to wait, wherever and however it says so."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.llm.endpoints.refusals import read_refusal
from promptmix.llm.endpoints.waits import pause_of

WRITTEN: dict[str, Callable[[datetime], str]] = {
    "ISO 8601": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "seconds": lambda moment: str(int(moment.timestamp())),
    "milliseconds": lambda moment: str(int(moment.timestamp() * 1000)),
}
"""Ways to write a moment."""


def asked(headers: Mapping[str, str], body: Any = "slow down", status: int = 429) -> float | None:
    return read_refusal(status, headers, json.dumps({"error": body}).encode()).pause


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30s"}, 30.0), ({"retry-after": "1 minute"}, 60.0), ({"retry-after": "120, 120"}, 120.0),
        ({"retry-after": "PT1M30S"}, 90.0), ({"retry-after": "-1"}, 0.0), ({"retry-after": ""}, None),
        ({"ratelimit-reset": "30"}, 30.0), ({"x-ratelimit-reset": "31"}, 31.0), ({"x-ms-retry-after-ms": "2500"}, 2.5),
        ({"x-ratelimit-reset-requests": "32s"}, 32.0),
        ({"x-ratelimit-remaining-requests": "0.0", "x-ratelimit-reset-requests": "5s"}, 5.0),
        ({"x-ratelimit-remaining-requests": "9", "x-ratelimit-reset-requests": "5s"}, None),
        ({"retry-after": "99999999999999"}, None), ({"retry-after": "inf"}, None), ({"retry-after": "nan"}, None),
        ({"retry-after": "400 days"}, None), ({"retry-after": "9" * 30}, None), ({"retry-after": "9" * 20_000}, None),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_a_pause_is_read_from_any_header(headers: dict[str, str], seconds: float | None) -> None:
    assert asked(headers) == seconds


@pytest.mark.parametrize("form", WRITTEN)
def test_a_moment_is_no_number_of_seconds(form: str) -> None:
    moment = WRITTEN[form](datetime.now(UTC) + timedelta(hours=2))
    for headers in ({"retry-after": moment}, {"anthropic-ratelimit-requests-reset": moment}):
        assert asked(headers) == pytest.approx(7200, abs=60)
    assert asked({}, {"message": "x", "metadata": {"headers": {"X-RateLimit-Reset": moment}}}) == pytest.approx(
        7200, abs=60
    )


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"message": "x", "retryAfter": 12}, 12.0), ({"message": "x", "retry_after_ms": 2500}, 2.5),
        ({"message": "x", "retry_after_seconds": "13"}, 13.0), ({"details": [{"retryDelay": {"seconds": 31}}]}, 31.0),
        ("Try again later in 1 hour and 30 minutes", 5400.0), ("try again in 1 minute, 5 seconds.", 65.0),
        ("Wait for 2 minutes", 120.0), ("please wait 3 business days", None),
    ],
    ids=str,
)  # fmt: skip
def test_a_pause_is_read_from_any_body(body: Any, seconds: float | None) -> None:
    assert asked({}, body) == seconds


def test_limits_that_are_shown_beside_an_answer_or_another_refusal_ask_for_no_pause() -> None:
    assert pause_of({"x-ratelimit-reset": "30"}) is None
    assert pause_of({"x-ratelimit-reset": "30", "x-ratelimit-remaining": "0"}) == 30.0
    assert asked({"x-ratelimit-reset": "30"}, "bad field", 400) is None


@pytest.mark.parametrize("words", ["1" * 20_000, "again " + "1m" * 9_000, "again " * 5_000, "again in " + "1 " * 9_000])
def test_long_words_are_searched_in_no_time(words: str) -> None:
    began = time.process_time()
    asked({"retry-after": words}, {"message": words, "retryDelay": words})
    assert time.process_time() - began < 0.5


@given(st.text(max_size=60) | st.floats().map(str) | st.integers().map(str))
def test_no_words_of_a_header_are_beyond_reading(words: str) -> None:
    found = asked({"retry-after": words, "x-ratelimit-reset": words}, {"message": words, "retryDelay": words})
    assert found is None or 0 <= found <= 366 * 86_400
