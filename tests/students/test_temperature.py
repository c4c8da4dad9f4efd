"""A logistic regression of few texts is about as sure as it is right."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from promptmix.models.encoder import Vectors
from promptmix.students.temperature import inverse_temperature
from tests.students.test_probe import vectors
from tests.support.colors import COLORS

LABELS = list(COLORS)


def unit(seed: int, labels: list[str]) -> Vectors:
    rows = vectors(seed, labels)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def factor(rows: Vectors, labels: Sequence[str], weights: Sequence[float] | None = None) -> float:
    model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    found = inverse_temperature(model, rows, labels, weights or [1.0] * len(labels))
    assert not hasattr(model, "classes_"), "the model that was given is not trained"
    return found


def sure_and_right(texts: int, seed: int, *, scaled: bool) -> tuple[float, float]:
    """Train on this many texts of which a third has a label drawn anew, and predict 300 more."""
    draw = np.random.default_rng(seed)
    gold = [LABELS[n % 3] for n in range(texts + 300)]
    noisy = [str(draw.choice(LABELS)) if draw.random() < 1 / 3 else label for label in gold]
    rows = unit(seed, gold)
    model = LogisticRegression(C=0.1, class_weight="balanced").fit(rows[:texts], noisy[:texts])
    times = factor(rows[:texts], noisy[:texts]) if scaled else 1.0
    found = softmax(times * model.decision_function(rows[texts:]), axis=1)
    return float(found.max(axis=1).mean()), float(np.mean(model.classes_[found.argmax(axis=1)] == noisy[texts:]))


@pytest.mark.parametrize(
    ("texts", "before", "within"), [pytest.param(300, 0.1, 0.05, marks=pytest.mark.slow), (12, 0.3, 0.15)]
)
def test_confidence_is_accuracy_on_average(texts: int, before: float, within: float) -> None:
    """Over ten draws; without the factor a regression is far less sure than right."""
    plain = [sure_and_right(texts, seed, scaled=False) for seed in range(10)]
    scaled = [sure_and_right(texts, seed, scaled=True) for seed in range(10)]
    sure, right = np.mean(plain, axis=0)
    assert sure < right - before
    sure, right = np.mean(scaled, axis=0)
    assert abs(sure - right) < within


def test_two_texts_a_class_that_are_all_right_make_nothing_certain() -> None:
    labels = LABELS * 2
    rows = np.eye(4, dtype=np.float32)[[LABELS.index(label) for label in labels]]
    rows[:3] += 0.01  # equal rows would be one text
    assert 1 < factor(rows, labels) < 50


def test_the_only_text_of_a_class_is_never_held_out_and_the_others_are() -> None:
    with_a_single = ["red", "red", "red", "green", "green", "green", "blue"]
    assert factor(unit(0, with_a_single), with_a_single) > 1.5


@pytest.mark.parametrize("labels", [[], ["red"], ["red"] * 3, ["red", "red", "green"], ["red", "green"]])
def test_without_two_classes_of_two_texts_nothing_can_be_held_out(labels: list[str]) -> None:
    assert factor(vectors(0, labels or ["red"])[: len(labels)], labels) == 1.0


def test_a_text_with_soft_labels_is_held_out_as_a_whole() -> None:
    """Each text is 0.6 of its class and 0.4 of the next; it must not be known by its other half."""
    gold = [LABELS[n % 3] for n in range(60)]
    other = [LABELS[(n + 1) % 3] for n in range(60)]
    rows = unit(0, gold)
    soft = factor(
        np.repeat(rows, 2, axis=0), [label for pair in zip(gold, other, strict=True) for label in pair], [0.6, 0.4] * 60
    )
    assert soft < factor(rows, gold)
    alike = factor(np.repeat(rows, 2, axis=0), np.repeat(gold, 2).tolist(), [0.6, 0.4] * 60)
    assert alike == pytest.approx(factor(rows, gold), rel=0.01)
