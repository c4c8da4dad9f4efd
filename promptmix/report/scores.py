"""How good predictions are: accuracy, macro F1, recall, confusion, calibration; and mean and deviation over seeds."""

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from promptmix.core.records import Prediction

PLACES = 4
"""Decimal places of every number in metrics/ and plots/."""

NO_CLASS = ""
"""Stands for the class of a prediction that named none; no class is called so."""


class Score(NamedTuple):
    """How good one classifier's predictions of one set of texts are; all shares are 0 to 1."""

    texts: int
    accuracy: float
    macro_f1: float
    """Mean F1 over the classes that have texts; a class that is never predicted counts as 0."""

    recall: dict[str, float]
    """By class, for the classes that have texts, sorted by name."""


class MeanStd(NamedTuple):
    """Mean and sample standard deviation (n - 1); the deviation of a single value is None."""

    mean: float
    std: float | None


def accuracy(predictions: Sequence[Prediction]) -> float:
    """Return the share of right predictions, of at least one; naming no class is wrong."""
    return sum(p.predicted == p.gold for p in predictions) / len(predictions)


def score(predictions: Sequence[Prediction]) -> Score:
    """Score the predictions of one classifier; a text without a predicted class counts as wrong.

    Raises:
        ValueError: there are no predictions.
    """
    from sklearn.metrics import precision_recall_fscore_support

    if not predictions:
        raise ValueError("no predictions to score")
    labels = sorted({p.gold for p in predictions})
    _, recall, f1, _ = precision_recall_fscore_support(
        *_gold_and_predicted(predictions), labels=labels, zero_division=0
    )
    return Score(
        texts=len(predictions),
        accuracy=accuracy(predictions),
        macro_f1=statistics.fmean(f1.tolist()),
        recall=dict(zip(labels, recall.tolist(), strict=True)),
    )


def calibration_error(predictions: Sequence[Prediction], bins: int = 15) -> float | None:
    """Return the expected calibration error: how far confidence is from accuracy, 0 to 1.

    Confidence is the probability of the predicted class. Texts are sorted into ``bins`` of equal width by it, and the
    distances between mean confidence and accuracy are averaged, weighted by the number of texts. None where a class
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


def confusion_shares(predictions: Sequence[Prediction], labels: Sequence[str]) -> list[list[float]]:
    """Return by gold class (row) which share of its texts was predicted as each class (column), both as ``labels``.

    A row sums to 1 unless texts were left without a class; the row of a class without texts is 0.
    """
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(*_gold_and_predicted(predictions), labels=[*labels, NO_CLASS], normalize="true")
    shares: list[list[float]] = matrix[:-1, :-1].tolist()
    return shares


def mean_and_std(values: Sequence[float]) -> MeanStd:
    """Return mean and sample standard deviation of one number over seeds, at least one."""
    return MeanStd(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def _gold_and_predicted(predictions: Sequence[Prediction]) -> tuple[list[str], list[str]]:
    return [p.gold for p in predictions], [p.predicted or NO_CLASS for p in predictions]
