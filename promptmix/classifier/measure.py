"""How good predictions are, counted a piece at a time: accuracy, F1, coverage, confusion."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from promptmix.classifier.predictor import Classified

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

STEPS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
"""Confidences at which coverage is shown."""


class ClassScore(NamedTuple):
    """How one class is found; shares are 0 where their denominator is."""

    label: str
    precision: float
    recall: float
    f1: float
    texts: int
    """Texts whose true label it is."""


class Coverage(NamedTuple):
    """What happens when texts below a confidence are left out."""

    confidence: float
    share: float
    """Share of the texts that stay."""

    accuracy: float | None
    """Of those that stay; None where none do."""


class Measured:
    """Counts of true and predicted labels; memory does not grow with the number of texts."""

    def __init__(self, labels: Sequence[str]) -> None:
        """Start with no texts.

        Args:
            labels: All classes, in the order of the tables.
        """
        self.labels = list(labels)
        self.pairs: Counter[tuple[str, str]] = Counter()
        self._kept = Counter[float]()
        self._kept_right = Counter[float]()

    def add(self, true: Iterable[str], predictions: Iterable[Classified]) -> None:
        """Count some texts."""
        for label, found in zip(true, predictions, strict=True):
            self.pairs[label, found.label] += 1
            for step in STEPS:
                if found.confidence >= step:
                    self._kept[step] += 1
                    self._kept_right[step] += label == found.label

    @property
    def texts(self) -> int:
        """Number of texts."""
        return self.pairs.total()

    @property
    def right(self) -> int:
        """Number of texts with the true label."""
        return sum(count for (true, found), count in self.pairs.items() if true == found)

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the accuracy by Wilson's score (1927); needs a text."""
        n, share = self.texts, self.right / self.texts
        center = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        return max(0.0, center - half), min(1.0, center + half)

    def classes(self) -> list[ClassScore]:
        """Return the scores of all classes that occur, as a true label or a predicted one."""
        true, found = Counter[str](), Counter[str]()
        for (each_true, each_found), count in self.pairs.items():
            true[each_true] += count
            found[each_found] += count
        return [self._score(label, true[label], found[label]) for label in self.labels if true[label] or found[label]]

    def macro_f1(self) -> float:
        """Return the mean F1 of those classes."""
        scores = self.classes()
        return sum(score.f1 for score in scores) / len(scores)

    def coverage(self) -> list[Coverage]:
        """Return share and accuracy of what stays at each of :data:`STEPS`."""
        return [
            Coverage(
                step,
                self._kept[step] / self.texts,
                self._kept_right[step] / self._kept[step] if self._kept[step] else None,
            )
            for step in STEPS
        ]

    def confused(self) -> tuple[str, str, int] | None:
        """Return the commonest mistake as true label, predicted label, number; None where there is none."""
        wrong = {pair: count for pair, count in self.pairs.items() if pair[0] != pair[1]}
        pair = max(wrong, key=lambda each: (wrong[each], each), default=None)
        return (*pair, wrong[pair]) if pair else None

    def _score(self, label: str, true: int, found: int) -> ClassScore:
        right = self.pairs[label, label]
        precision, recall = right / found if found else 0.0, right / true if true else 0.0
        return ClassScore(label, precision, recall, 2 * right / (true + found), true)
