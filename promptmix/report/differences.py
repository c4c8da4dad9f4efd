"""How much two classifiers differ in test accuracy, and how sure that is when a few seeds label the same texts.

The interval is 95 % by construction. Simulated with three seeds, it held the true difference in 95 % of 2,000 cases,
and in 92 % where seeds differed strongly (tests/report/test_differences.py; a two-level percentile bootstrap: 83 %). It
is not corrected for multiple comparisons: among twenty equal pairs, expect one or two intervals that exclude 0.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Prediction
from promptmix.report.results import Results

LEVEL = 0.95

Hits = NDArray[np.float64]
"""Which predictions are right, of shape (n seeds, t texts): 1 or 0, or means of these over several classifiers."""


class Interval(NamedTuple):
    """Bounds of a difference of accuracies, -1 to 1."""

    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether all values in it have the same sign."""
        return self.low > 0 or self.high < 0


class Difference(NamedTuple):
    """Accuracy of one classifier minus that of another, -1 to 1."""

    by_seed: tuple[float, ...]
    mean: float
    interval: Interval | None
    """Where the difference lies at ``LEVEL``; None for one seed or one text, which tells nothing about others."""


def pairwise_differences(results: Results) -> dict[tuple[str, str], Difference]:
    """Compare every two arms, and the teacher with each arm on the texts that the teacher labeled.

    A key is a pair: the accuracy of its first minus that of its second; of two arms, the first comes later in
    params.yaml.
    """
    return {(of, to): paired_difference(mine, theirs) for of, to, mine, theirs in _pairs(results)}


def correct(predictions: Sequence[Sequence[Prediction]]) -> Hits:
    """Return which predictions are right, by seed and text; all seeds have the same texts in the same order."""
    return np.array([[p.predicted == p.gold for p in seed] for seed in predictions], np.float64)


def paired_difference(of: Hits, to: Hits) -> Difference:
    """Compare two classifiers, paired by seed and by text.

    Shapes: n seeds, t texts.

    Seeds and texts are two samples, and another draw of either would give another difference. The squared standard
    errors of the mean over seeds and over texts are added, and the interval is Student's, with the degrees of freedom
    of Welch and Satterthwaite: close to n - 1 where seeds vary most, close to t - 1 where texts do. The noise of single
    predictions is in both parts, so the interval errs on the wide side. Three seeds allow no bootstrap over seeds: they
    have ten different resamples, whose percentiles never leave the range of the three; nor a permutation test, whose
    p-value cannot fall below 0.25.

    Args:
        of: What one classifier got right, [n x t].
        to: The same for the other one, on the same texts in the same order.
    """
    gains = of - to  # [n x t], -1 to 1
    by_seed, by_text = gains.mean(axis=1), gains.mean(axis=0)
    interval = _interval(by_seed, by_text) if min(gains.shape) > 1 else None
    return Difference(tuple(by_seed.tolist()), float(by_seed.mean()), interval)


def _pairs(results: Results) -> Iterator[tuple[str, str, Hits, Hits]]:
    hits = {arm: correct([run.test[arm] for run in results.runs]) for arm in results.measured()}
    for to, of in combinations(hits, 2):
        yield of, to, hits[of], hits[to]
    if results.has_teacher:
        places = {text.id: place for place, text in enumerate(results.test)}
        labeled = np.array([[places[p.id] for p in run.teacher] for run in results.runs])  # [n x texts of the teacher]
        teacher = correct([run.teacher for run in results.runs])
        for arm, of_all in hits.items():
            yield "teacher", arm, teacher, np.take_along_axis(of_all, labeled, axis=1)


def _interval(*means: NDArray[np.float64]) -> Interval:
    """Return the interval of a mean with several sources of variance, each given as the means over all others."""
    from scipy import stats

    middle = float(means[0].mean())
    parts = [(float(each.var(ddof=1)) / len(each), len(each) - 1) for each in means]  # squared s.e., degrees of freedom
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return Interval(middle, middle)
    freedom = variance**2 / sum(part**2 / of_part for part, of_part in parts)
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(variance)
    return Interval(max(middle - half, -1.0), min(middle + half, 1.0))
