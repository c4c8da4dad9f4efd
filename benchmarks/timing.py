"""Times several ways of doing one thing in turns, so that all of them see the same machine."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

ROUNDS = 3

T = TypeVar("T")


def in_turns(ways: Mapping[str, Callable[[int], T]]) -> tuple[dict[str, list[float]], dict[str, list[T]]]:
    """Run every way once per round with the round's number, from 0; return seconds and results by round."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, list[T]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            results[name].append(way(number))
            seconds[name].append(time.perf_counter() - start)
    return seconds, results


def spread(values: Sequence[float], unit: str = "") -> str:
    """Return median, lowest and highest of some values."""
    return f"{statistics.median(values):.4g}{unit} ({min(values):.4g} to {max(values):.4g})"


def mean_std(values: Sequence[float], sign: str = "") -> str:
    """Return mean and sample standard deviation (n - 1) of some values; with ``sign`` "+", a plus is shown."""
    deviation = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.fmean(values):{sign}.3f}{deviation} (n = {len(values)})"


def ratios(slow: Sequence[float], fast: Sequence[float]) -> str:
    """Return how many times as fast the second is, by round: median, lowest and highest."""
    return spread([a / b for a, b in zip(slow, fast, strict=True)], " times")
