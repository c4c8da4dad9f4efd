"""Scores, worked by hand, and against scikit-learn."""

import math

import pytest
from sklearn.metrics import confusion_matrix, f1_score, recall_score

from promptmix.core import seeds
from promptmix.core.records import Prediction
from promptmix.report.scores import calibration_error, confusion, score, spread, wilson
from tests.support.made_up import GOLD, LABELS, predictions


def test_scores_of_four_texts_worked_by_hand() -> None:
    """Two of four are right. F1: red 2·1/(2 + 1), green 2·1/(1 + 3), blue 0, so macro F1 is (2/3 + 1/2 + 0)/3."""
    found = score(predictions(GOLD, ["red", "green", "green", "green"]))
    assert found.texts == 4
    assert found.accuracy == 0.5
    assert found.macro_f1 == pytest.approx((2 / 3 + 1 / 2) / 3)
    assert found.recall == {"blue": 0.0, "green": 1.0, "red": 0.5}


def test_a_text_without_a_predicted_class_counts_as_wrong() -> None:
    """Recall of red is 1/2, and no class is charged with a false prediction: F1 of red 2·1/(2 + 1), of green 1."""
    found = score(predictions(["red", "red", "green"], ["red", None, "green"]))
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.macro_f1 == pytest.approx((2 / 3 + 1) / 2)


def test_a_class_without_texts_has_no_part_in_macro_f1() -> None:
    """Blue is predicted but has no text: red has F1 2·1/(2 + 1), green 1, and the mean is over these two."""
    found = score(predictions(["red", "red", "green"], ["red", "blue", "green"]))
    assert found.macro_f1 == pytest.approx((2 / 3 + 1) / 2)
    assert list(found.recall) == ["green", "red"]


def test_no_predictions_have_no_score() -> None:
    with pytest.raises(ValueError, match="no predictions to score"):
        score([])


@pytest.mark.parametrize("seed", range(10))
def test_scores_agree_with_scikit_learn(seed: int) -> None:
    rng = seeds.rng("test", "scoring", seed)
    gold, said = ([LABELS[n] for n in rng.integers(0, 3, 20)] for _ in range(2))
    found = score(predictions(gold, said))
    present = sorted(set(gold))
    expected = f1_score(gold, said, labels=present, average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(expected)
    assert list(found.recall) == present
    assert list(found.recall.values()) == pytest.approx(recall_score(gold, said, labels=present, average=None))
    counts = confusion(predictions(gold, said))
    assert [[counts[g, s] for s in LABELS] for g in LABELS] == confusion_matrix(gold, said, labels=LABELS).tolist()


def test_confusion_counts_texts_without_a_predicted_class() -> None:
    found = confusion(predictions(["red", "red", "blue"], ["red", None, None]))
    assert found == {("red", "red"): 1, ("red", None): 1, ("blue", None): 1}


def test_spread_over_seeds_has_n_minus_1_below_the_line() -> None:
    """Of 1, 2 and 6 the mean is 3 and the squares of the differences sum to 4 + 1 + 9 = 14."""
    assert spread([1, 2, 6]) == pytest.approx((3, math.sqrt(14 / 2), 3))


def test_one_seed_shows_no_spread() -> None:
    assert spread([0.5]) == (0.5, None, 1)


def test_the_wilson_interval_of_the_textbook_example() -> None:
    """5 of 20 at z = 2: middle (5 + 2)/(20 + 4) = 7/24, half width 2·sqrt(20·1/4·3/4 + 1)/24 = 2·sqrt(4.75)/24."""
    half = 2 * math.sqrt(4.75) / 24
    assert wilson(5, 20, z=2) == pytest.approx((7 / 24 - half, 7 / 24 + half))


def test_the_wilson_interval_has_a_width_even_where_no_or_every_text_hits() -> None:
    """At 0 hits the bounds are 0 and z²/(n + z²)."""
    assert wilson(0, 5, z=2) == pytest.approx((0, 4 / 9))
    assert wilson(5, 5, z=2) == pytest.approx((5 / 9, 1))


def said(confidence: float, *, right: bool) -> Prediction:
    rest = {"blue": 1 - confidence}
    return Prediction(
        id="a", gold="red" if right else "green", predicted="red", probabilities={"red": confidence, **rest}
    )


def test_the_calibration_error_worked_by_hand() -> None:
    """Bin 0.8: confidence 0.79 and accuracy 1/2; bin 0.6: 0.55 and 1. Errors 0.29 of 2 texts and 0.45 of 1."""
    found = calibration_error([said(0.78, right=True), said(0.80, right=False), said(0.55, right=True)])
    assert found == pytest.approx((2 * 0.29 + 0.45) / 3)


def test_whoever_is_as_often_right_as_sure_is_calibrated() -> None:
    assert calibration_error([said(0.75, right=n > 0) for n in range(4)]) == pytest.approx(0)
    assert calibration_error([said(1.0, right=True)] * 3) == 0
    assert calibration_error([said(0.0, right=False)]) == 0


def test_without_probabilities_there_is_no_calibration_error() -> None:
    assert calibration_error(predictions(GOLD, GOLD)) is None
    assert calibration_error([Prediction(id="a", gold="red", predicted=None, probabilities={"red": 1.0})]) is None
