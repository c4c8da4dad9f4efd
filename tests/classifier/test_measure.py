"""Scores of predictions, worked by hand."""

import pytest

from promptmix.classifier.measure import Measured
from promptmix.classifier.predictor import Classified


def measured() -> Measured:
    """Return 4 texts: a found as a twice, once as b; b found as b."""
    found = Measured(["a", "b", "c"])
    found.add(["a", "a"], [Classified("a", 0.95), Classified("b", 0.6)])
    found.add(["a", "b"], [Classified("a", 0.7), Classified("b", 0.8)])
    return found


def test_the_interval_is_wilsons() -> None:
    """3 of 4, z² = 3.8415: center (0.75 + 0.48018) / 1.96036 = 0.62753, half width 0.32675."""
    assert measured().interval() == pytest.approx((0.30064, 0.95441), abs=2e-4)


def test_classes_have_precision_recall_and_f1() -> None:
    """a: 2 of 2 found right, 2 of 3 found; b: 1 of 2 and 1 of 1; c does not occur."""
    a, b = measured().classes()
    assert (a.label, a.texts, b.label, b.texts) == ("a", 3, "b", 1)
    assert (a.precision, a.recall, a.f1) == pytest.approx((1, 2 / 3, 0.8))
    assert (b.precision, b.recall, b.f1) == pytest.approx((0.5, 1, 2 / 3))
    assert measured().macro_f1() == pytest.approx((0.8 + 2 / 3) / 2)


def test_coverage_is_what_stays_at_a_confidence() -> None:
    steps = {step.confidence: (step.share, step.accuracy) for step in measured().coverage()}
    assert steps[0.5] == (1.0, 0.75)
    assert steps[0.7] == (0.75, 1.0)
    assert steps[0.95] == (0.25, 1.0)
    assert steps[0.99] == (0.0, None)


def test_the_commonest_mistake_is_named() -> None:
    assert measured().confused() == ("a", "b", 1)
    assert Measured(["a"]).confused() is None
