"""The gate: closed for everybody, paced by what the server gave, wider again with every answer."""

import threading
import time

import pytest

from promptmix.llm.engine.rate_limit import Closed, Gate


def through(gate: Gate, count: int) -> list[float]:
    """Send questions through by as many threads; returns when each passed, in seconds from now."""
    began, passed = time.monotonic(), list[float]()

    def go() -> None:
        with gate.passage(10):
            passed.append(time.monotonic() - began)

    threads = [threading.Thread(target=go) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(passed)


def test_a_wide_gate_holds_nobody_up() -> None:
    assert through(Gate(50), 50)[-1] < 0.5


def test_a_refusal_closes_the_gate_for_everybody_and_halves_it_once() -> None:
    gate = Gate(16)
    sent = time.monotonic()
    for _ in range(5):  # five that were in flight together are one refusal
        gate.refused(sent, 0.3)
    assert gate.width == 8
    assert through(gate, 3)[0] >= 0.28
    gate.refused(time.monotonic(), 0.0)
    assert gate.width == 4


def test_answers_widen_the_gate_by_one_a_round_unless_they_became_slow() -> None:
    gate = Gate(16)
    gate.refused(time.monotonic(), None)
    for _ in range(8):
        gate.answered(0.1)
    assert gate.width in (8, 9)
    width = gate.width
    for _ in range(30):
        gate.answered(1.0)
    assert gate.width == width, "ten times slower than the fastest"


def test_the_pace_is_learned_from_what_the_server_answered() -> None:
    gate = Gate(16)
    for _ in range(10):
        gate.answered(0.001)
    time.sleep(0.2)
    gate.refused(time.monotonic(), 0.3)  # 10 answers in half a second, so 40 ms apart and not all at once
    passed = through(gate, 8)
    assert passed[0] >= 0.28
    assert 0.2 < passed[-1] - passed[0] < 0.6


def test_requests_a_minute_are_spread_evenly() -> None:
    passed = through(Gate(50, requests_per_minute=1200), 35)  # a second's worth at once, then 50 ms apart
    assert 0.5 < passed[-1] < 1.5


def test_tokens_a_minute_count_the_questions_by_their_size() -> None:
    passed = through(Gate(50, tokens_per_minute=12_000), 35)
    assert 0.5 < passed[-1] < 1.5


def test_a_shut_gate_lets_nobody_through() -> None:
    gate = Gate(1)
    gate.pause(60)
    threading.Timer(0.1, gate.shut).start()
    with pytest.raises(Closed), gate.passage(1):
        pass
