"""How good predictions are: accuracy, macro F1, recall, confusion, and their spread over seeds."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from promptmix.core.records import Prediction


class Score(NamedTuple):
    """How good one classifier's predictions of one set of texts are; all shares are 0 to 1."""

    texts: int
    accuracy: float
    macro_f1: float
    """Mean F1 over the classes that have texts; a class that is never predicted counts with 0."""

    recall: dict[str, float]
    """By class, for the classes that have texts, sorted by name."""


class Spread(NamedTuple):
    """What several seeds gave."""

    mean: float
    std: float | None
    """Sample standard deviation (n - 1 below the line); None for one seed, which shows no spread."""

    n: int


class Interval(NamedTuple):
    """Bounds of a share, 0 to 1."""

    low: float
    high: float


def score(predictions: Sequence[Prediction]) -> Score:
    """Score the predictions of one classifier; a text without a predicted class counts as wrong.

    Raises:
        ValueError: there are no predictions.
    """
    if not predictions:
        raise ValueError("no predictions to score")
    gold = Counter(p.gold for p in predictions)
    said = Counter(p.predicted for p in predictions)
    hits = Counter(p.gold for p in predictions if p.predicted == p.gold)
    f1 = [2 * hits[label] / (gold[label] + said[label]) for label in gold]
    return Score(
        texts=len(predictions),
        accuracy=hits.total() / len(predictions),
        macro_f1=statistics.fmean(f1),
        recall={label: hits[label] / gold[label] for label in sorted(gold)},
    )


def calibration_error(predictions: Sequence[Prediction], bins: int = 15) -> float | None:
    """Return the expected calibration error: how far confidence is from accuracy, 0 to 1.

    Confidence is the probability of the predicted class. Texts are put into ``bins`` of equal width by it, and the
    distances of mean confidence and accuracy are averaged, each bin with the share of its texts. None where a class
    was predicted without a probability. Source: Guo et al. 2017 (arXiv 1706.04599), with their 15 bins.
    """
    binned: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p in predictions:
        if p.predicted not in p.probabilities:
            return None
        confidence = p.probabilities[p.predicted]
        binned[max(math.ceil(confidence * bins), 1)].append((confidence, p.predicted == p.gold))
    distances = [abs(sum(c - right for c, right in some)) for some in binned.values()]
    return sum(distances) / len(predictions)


def confusion(predictions: Sequence[Prediction]) -> Counter[tuple[str, str | None]]:
    """Count pairs of gold and predicted class; the predicted class is None where none was named."""
    return Counter((p.gold, p.predicted) for p in predictions)


def spread(values: Sequence[float]) -> Spread:
    """Return mean and sample standard deviation of one number of several seeds, at least one."""
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None, len(values))


def wilson(hits: int, n: int, z: float = 1.96) -> Interval:
    """Return the Wilson score interval of a share of ``n`` independent texts, at least one; 95 % for the default ``z``.

    Unlike mean ± z·s.e. it stays within 0 to 1 and has a width at 0 and n hits. Source: Wilson 1927, JASA 22, 209-212.
    """
    share, weight = hits / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
