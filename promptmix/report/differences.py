"""How sure the difference between two classifiers is, when a few seeds label the same test texts."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Prediction
from promptmix.report.scores import Interval

LEVEL = 0.95
RESAMPLES = 999

Hits = NDArray[np.float64]
"""Which predictions are right, of shape (n seeds, t texts): 1 or 0, or means of these over several classifiers."""


class Difference(NamedTuple):
    """Accuracy of one classifier minus that of another, as shares of -1 to 1."""

    by_seed: tuple[float, ...]
    mean: float
    interval: Interval | None
    """Where the difference lies at ``LEVEL``; None for one seed or one text, which says nothing about others."""

    @property
    def supported(self) -> bool:
        """Tell whether the interval leaves no doubt about the sign."""
        return self.interval is not None and excludes_zero(*self.interval)

    @property
    def reversed(self) -> "Difference":
        """The second minus the first."""
        interval = self.interval and Interval(0 - self.interval.high, 0 - self.interval.low)  # 0 - x is never -0.0
        return Difference(tuple(0 - gain for gain in self.by_seed), 0 - self.mean, interval)


def excludes_zero(low: float, high: float) -> bool:
    """Tell whether an interval leaves no doubt about the sign of what lies in it."""
    return low > 0 or high < 0


def right(predictions: Sequence[Sequence[Prediction]]) -> Hits:
    """Return which predictions are right, by seed and text; all seeds are of the same texts in the same order."""
    return np.array([[p.predicted == p.gold for p in seed] for seed in predictions], np.float64)


def difference(of: Hits, to: Hits, rng: np.random.Generator) -> Difference:
    """Compare two classifiers, paired by seed and by text.

    Shapes: n seeds, t texts.

    Seeds and texts are two samples, and another draw of either would give another difference. The spread over texts is
    bootstrapped (each text with its mean over seeds, so pairs stay together); the spread over seeds is the sample's,
    because three seeds allow no resampling: they have ten different resamples, whose percentiles never leave the range
    of the three, and a permutation test of three signs cannot fall below p = 0.25. Both variances are added and the
    interval is Student's, with the degrees of freedom of Welch and Satterthwaite: close to n - 1 where seeds differ
    most, close to t - 1 where texts do. The chance of single predictions counts in both, so it errs on the wide side.

    Args:
        of: What one classifier got right, [n x t].
        to: The same of the other one, on the same texts in the same order.
        rng: Source of the resamples.
    """
    gains = of - to  # [n x t], -1 to 1
    by_seed = gains.mean(axis=1)
    interval = _interval(by_seed, gains.mean(axis=0), rng) if min(gains.shape) > 1 else None
    return Difference(tuple(by_seed.tolist()), float(by_seed.mean()), interval)


def _interval(by_seed: NDArray[np.float64], by_text: NDArray[np.float64], rng: np.random.Generator) -> Interval:
    from scipy import stats

    of_seeds = float(by_seed.var(ddof=1)) / len(by_seed)
    resampled = stats.bootstrap(
        (by_text,), np.mean, n_resamples=RESAMPLES, batch=100, vectorized=True, method="percentile", rng=rng
    )
    of_texts = float(resampled.standard_error) ** 2
    middle, variance = float(by_seed.mean()), of_seeds + of_texts
    if variance == 0:
        return Interval(middle, middle)
    freedom = variance**2 / (of_seeds**2 / (len(by_seed) - 1) + of_texts**2 / max(len(by_text) - 1, 1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * math.sqrt(variance)
    return Interval(max(middle - half, -1.0), min(middle + half, 1.0))
