"""Two ways of doing one thing, timed in turns, so that both see the same machine."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

ROUNDS = 3

T = TypeVar("T")


def in_turns(ways: Mapping[str, Callable[[int], T]]) -> tuple[dict[str, list[float]], dict[str, list[T]]]:
    """Run every way once a round, given the round's number from 0; return its seconds and what it gave, by round."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    gave: dict[str, list[T]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            gave[name].append(way(number))
            seconds[name].append(time.perf_counter() - start)
    return seconds, gave


def spread(values: Sequence[float], unit: str = "") -> str:
    """Return median, lowest and highest of some values."""
    return f"{statistics.median(values):.4g}{unit} ({min(values):.4g} to {max(values):.4g})"


def mean_std(values: Sequence[float], sign: str = "") -> str:
    """Return mean and sample standard deviation (n - 1 below the line) of some values; ``sign`` "+" shows a plus."""
    deviation = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):{sign}.3f}{deviation} (n = {len(values)})"


def ratios(slow: Sequence[float], fast: Sequence[float]) -> str:
    """Return how many times as fast the second is, round by round."""
    return spread([a / b for a, b in zip(slow, fast, strict=True)], " times")
