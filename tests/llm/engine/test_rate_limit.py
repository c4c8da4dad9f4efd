"""The rate limiter: blocks everybody, learns the pace from what the server allowed, speeds up with every answer."""

import threading
from contextlib import ExitStack
from itertools import pairwise

import pytest

from promptmix.llm.engine.rate_limit import LimiterClosed, RateLimiter


class Clock:
    """A clock that only waiting moves; waiting for a slot to be freed, which nobody here frees, is an error."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        return self.now

    def wait(self, changed: threading.Condition, seconds: float) -> None:
        assert seconds < 60, "waits for requests in flight"
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock, most: int, requests: float | None = None, tokens: float | None = None) -> RateLimiter:
    return RateLimiter(most, requests, tokens, clock.time, clock.wait)


def starts(limiter: RateLimiter, clock: Clock, count: int) -> list[float]:
    """Send requests that stay in flight together; returns when each started, in seconds from now."""
    began, started = clock.now, list[float]()
    with ExitStack() as in_flight:
        for _ in range(count):
            in_flight.enter_context(limiter.slot(10))
            started.append(clock.now - began)
    return started


def test_without_limits_nobody_waits(clock: Clock) -> None:
    assert starts(limiter(clock, 50), clock, 50) == [0.0] * 50


def test_a_refusal_blocks_everybody_and_halves_the_number_in_flight_once(clock: Clock) -> None:
    limit = limiter(clock, 16)
    sent, clock.now = clock.now, clock.now + 0.1
    for _ in range(5):  # five that were in flight together count as one
        limit.limited(sent, 0.3)
    assert limit.limit == 8
    assert starts(limit, clock, 3) == pytest.approx([0.3] * 3)
    limit.limited(clock.now, 0.0)
    assert limit.limit == 4


def test_a_request_sent_before_the_last_refusal_halves_nothing_again(clock: Clock) -> None:
    limit = limiter(clock, 16)
    sent, clock.now = clock.now, clock.now + 1
    limit.limited(clock.now, 0.0)
    limit.limited(sent, 2.0)
    assert limit.limit == 8
    assert starts(limit, clock, 1) == [2.0], "but its pause counts"


def test_no_more_than_the_limit_are_in_flight() -> None:
    """Real threads; one that started beside more than two others would see it."""
    limit, inside, seen = RateLimiter(3), list[int](), list[int]()

    def go() -> None:
        for _ in range(20):
            with limit.slot(1):
                inside.append(1)
                seen.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=go) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 240
    assert max(seen) <= 3


def test_a_full_limiter_waits_for_a_slot(clock: Clock) -> None:
    with pytest.raises(AssertionError, match="waits for requests in flight"):
        starts(limiter(clock, 3), clock, 4)


def test_answers_raise_the_number_in_flight_by_one_a_round_unless_they_became_slow(clock: Clock) -> None:
    limit = limiter(clock, 16)
    limit.limited(clock.now, None)
    for _ in range(9):
        limit.answered(0.1)
    assert limit.limit == 9
    for _ in range(30):
        limit.answered(1.0)
    assert limit.limit == 9, "ten times slower than the fastest"


def test_the_pace_is_learned_from_what_the_server_answered(clock: Clock) -> None:
    """10 answers in 0.2 s and a pause of 0.3 s: 50 ms each, so 40 ms when tried 25 % faster; 2 % less for an answer."""
    limit = limiter(clock, 16)
    for _ in range(10):
        limit.answered(0.001)
    clock.now += 0.2
    limit.limited(clock.now, 0.3)
    assert starts(limit, clock, 8) == pytest.approx([0.3 + 0.04 * n for n in range(8)])
    limit.answered(0.001)
    starts(limit, clock, 1)
    assert starts(limit, clock, 1) == pytest.approx([0.04 * 0.98])


def test_a_refusal_that_names_no_pause_teaches_no_pace(clock: Clock) -> None:
    limit = limiter(clock, 16)
    limit.answered(0.001)
    clock.now += 10
    limit.limited(clock.now, None)
    assert starts(limit, clock, 3) == pytest.approx([0.5] * 3)


def test_requests_per_minute_are_spread_evenly(clock: Clock) -> None:
    """1,200 a minute: a second's worth at once, then 50 ms apart."""
    started = starts(limiter(clock, 50, requests=1200), clock, 35)
    assert started[:21] == [0.0] * 21
    assert [later - earlier for earlier, later in pairwise(started[20:])] == pytest.approx([0.05] * 14)


def test_tokens_per_minute_count_requests_by_their_size(clock: Clock) -> None:
    """12,000 a minute are 20 requests of 10 tokens a second."""
    assert starts(limiter(clock, 50, tokens=12_000), clock, 35)[-1] == pytest.approx(14 * 0.05)


@pytest.mark.parametrize(("asked", "waited"), [(60.0 - 1, 59.0), (0.25, 0.25)])
def test_a_pause_holds_everybody_up_and_changes_no_pace(clock: Clock, asked: float, waited: float) -> None:
    limit = limiter(clock, 16)
    limit.pause(asked)
    assert starts(limit, clock, 3) == [waited] * 3
    assert limit.limit == 16


def test_a_closed_limiter_lets_nobody_through_not_even_who_waits(clock: Clock) -> None:
    limit = RateLimiter(1, clock=clock.time, wait=lambda changed, seconds: limit.close())
    limit.pause(30)
    with pytest.raises(LimiterClosed), limit.slot(1):
        pass


def test_after_a_time_out_no_more_is_in_flight_than_was_answered_meanwhile_and_the_servers_queue_may_drain(
    clock: Clock,
) -> None:
    limit = limiter(clock, 16)
    sent, clock.now = clock.now, clock.now + 8
    for _ in range(4):
        limit.answered(2.0)
    for _ in range(12):  # all that were in flight together count as one
        limit.timed_out(sent, 8.0)
    assert limit.limit == 2
    assert starts(limit, clock, 1) == pytest.approx([16.0]), (
        "twelve at a rate of four in 8 s, and twice as long at most"
    )


def test_one_request_that_hangs_among_many_answers_slows_nobody_down(clock: Clock) -> None:
    limit = limiter(clock, 16)
    sent, clock.now = clock.now, clock.now + 8
    for _ in range(40):
        limit.answered(0.2)
    limit.timed_out(sent, 8.0)
    assert limit.limit == 16
    assert starts(limit, clock, 16) == [0.0] * 16


def test_before_the_first_answer_a_failing_server_gets_one_request_at_a_time_and_all_after_it(clock: Clock) -> None:
    limit = limiter(clock, 16)
    limit.one_at_a_time()
    assert limit.limit == 1
    limit.answered(0.2)
    assert limit.limit == 16
    limit.one_at_a_time()
    assert limit.limit == 16
