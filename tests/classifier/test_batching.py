"""Requests share one predictor: in order, together while it is busy, and refused where too many wait."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from promptmix.classifier.batching import TOGETHER, Batching, BusyError
from promptmix.classifier.predictor import Classified


class Slow:
    """Waits until it is let go; labels each text with itself, and fails for ``bad``."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.runs: list[list[str]] = []

    def predict(self, texts: Sequence[str]) -> list[Classified]:
        self.runs.append(list(texts))
        self.go.wait(10)
        if "bad" in texts:
            raise ValueError("bad")
        return [Classified(text, 1.0) for text in texts]


def run(batching: Batching, slow: Slow, *requests: list[str]) -> list[Any]:
    async def all_of_them() -> list[Any]:
        tasks = []
        for texts in requests:
            tasks.append(asyncio.create_task(batching.predict(texts)))
            await asyncio.sleep(0.05)
        slow.go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(all_of_them())


def test_requests_that_come_meanwhile_are_labeled_together_and_get_their_own() -> None:
    slow = Slow()
    batching = Batching(slow, 1000)  # type: ignore[arg-type]  # what it uses of a predictor
    found = run(batching, slow, ["a"], ["b", "c"], [], ["d"])
    assert [[each.label for each in one] for one in found] == [["a"], ["b", "c"], [], ["d"]]
    assert slow.runs == [["a"], ["b", "c", "d"]]


def test_a_run_does_not_grow_without_end() -> None:
    slow = Slow()
    batching = Batching(slow, 1000)  # type: ignore[arg-type]  # what it uses of a predictor
    run(batching, slow, ["a"], ["b"] * TOGETHER, ["c"])
    assert [len(each) for each in slow.runs] == [1, TOGETHER, 1]


def test_a_request_is_refused_where_too_many_texts_wait() -> None:
    slow = Slow()
    batching = Batching(slow, 2)  # type: ignore[arg-type]  # what it uses of a predictor
    found = run(batching, slow, ["a"], ["b", "c", "d"], ["e"])
    assert [len(each) for each in found[:2]] == [1, 3]
    assert isinstance(found[2], BusyError)


def test_a_run_that_fails_ends_its_requests_and_not_the_next() -> None:
    slow = Slow()
    batching = Batching(slow, 1000)  # type: ignore[arg-type]  # what it uses of a predictor
    failed, good = run(batching, slow, ["bad"], ["b"])
    with pytest.raises(ValueError, match="bad"):
        raise failed
    assert good[0].label == "b"
