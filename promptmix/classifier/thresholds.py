"""From which confidence on a classifier's label is the language model's, proven on texts that it was not trained on.

Ten confidences are tried: those that keep 100, 90 … 10 % of the held-out texts, chosen without a look at the labels.
For each, the bound of Clopper and Pearson (1934) is exact: where k of n texts agree, the share that does is at least
the quantile of Beta(k, n - k + 1) at the error. As one of ten is chosen, each has a tenth of the 5 % as its error
(Bonferroni), so that a threshold is wrong for at most one in twenty sets of held-out texts.
"""

import math
from collections.abc import Sequence

import numpy as np

from promptmix.classifier.bundle import Threshold

AGREEMENTS = (0.90, 0.95, 0.99)
ERROR = 0.05
TRIED = 10
"""Confidences that one is chosen from."""


def find_thresholds(confidences: Sequence[float], agrees: Sequence[bool]) -> tuple[list[Threshold], str]:
    """Return the smallest confidence that is proven for each agreement, and what the figures hold for.

    Args:
        confidences: Of held-out texts, 0 to 1, by a classifier that was not trained on them.
        agrees: Whether it gave the label of the language model, in the same order.

    Returns:
        One threshold for each of 90, 95 and 99 %; none where even texts that all agree would be too few for 90 %.
    """
    texts, needed = len(confidences), [texts_needed(agreement) for agreement in AGREEMENTS]
    if texts < needed[0]:
        return [], (
            f"{texts} held-out texts have a label of the language model, too few for a threshold: if all agreed,"
            f" {needed[0]} would do for 90 %, {needed[1]} for 95 %, {needed[2]} for 99 %"
        )
    sure, right = np.asarray(confidences), np.asarray(agrees, bool)
    ordered = np.sort(sure)[::-1]
    tried = sorted({float(ordered[math.ceil(texts * tenth / TRIED) - 1]) for tenth in range(1, TRIED + 1)})
    found = [_smallest(agreement, tried, sure, right) for agreement in AGREEMENTS]
    return found, (
        f"each holds with {1 - ERROR:.0%} certainty (exact one-sided bound on {texts} held-out texts, corrected for the"
        f" choice among {TRIED}) for texts like those and the float32 model"
    )


def texts_needed(agreement: float) -> int:
    """Return how many held-out texts would prove an agreement if the labels of all were equal."""
    return math.ceil(math.log(ERROR / TRIED) / math.log(agreement))


def lower_bound(right: int, texts: int, error: float) -> float:
    """Return the share that is exceeded with certainty 1 - ``error``, given ``right`` of ``texts``; 0 where none is."""
    from scipy.stats import beta

    return float(beta.ppf(error, right, texts - right + 1)) if right else 0.0


def _smallest(agreement: float, tried: Sequence[float], sure: np.ndarray, right: np.ndarray) -> Threshold:
    for confidence in tried:
        kept = sure >= confidence
        if lower_bound(int(right[kept].sum()), int(kept.sum()), ERROR / TRIED) >= agreement:
            # Rounded down: a text at the threshold itself stays above it.
            share = math.floor(confidence * 1e6) / 1e6
            coverage = round(float((sure >= share).mean()), 4)
            return Threshold(agreement=agreement, confidence=share, coverage=coverage, texts=len(sure))
    return Threshold(agreement=agreement, confidence=None, coverage=0.0, texts=len(sure))
