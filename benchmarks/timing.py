"""Two ways of doing one thing, timed in turns, so that both see the same machine."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

ROUNDS = 3


def in_turns(ways: Mapping[str, Callable[[], Any]]) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Run every way once a round; return the seconds of each round, and what each way gave last."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    gave = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            gave[name] = way()
            seconds[name].append(time.perf_counter() - start)
    return seconds, gave


def spread(values: list[float], unit: str = "") -> str:
    """Return median, lowest and highest of some values."""
    return f"{statistics.median(values):.4g}{unit} ({min(values):.4g} to {max(values):.4g})"


def ratios(slow: list[float], fast: list[float]) -> str:
    """Return how many times as fast the second is, round by round."""
    return spread([a / b for a, b in zip(slow, fast, strict=True)], " times")
