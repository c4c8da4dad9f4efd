"""Scores, computed by hand."""

import math

import pytest

from promptmix.core.records import Prediction
from promptmix.report.scores import accuracy, calibration_error, confusion_shares, mean_and_std, score
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


def test_accuracy_is_that_of_the_score() -> None:
    some = predictions(GOLD, ["red", None, "green", "red"])
    assert accuracy(some) == score(some).accuracy == 0.5


def test_confusion_is_in_shares_of_the_gold_class_by_the_order_of_the_labels() -> None:
    """Of two red texts one is blue; green has no text."""
    found = confusion_shares(predictions(["red", "red", "blue"], ["red", "blue", "blue"]), LABELS)
    assert found == [[0.5, 0, 0.5], [0, 0, 0], [0, 0, 1]]


def test_a_text_without_a_predicted_class_is_missing_in_its_row_of_the_confusion() -> None:
    found = confusion_shares(predictions(["red", "red", "blue"], ["red", None, None]), ["red", "blue"])
    assert found == [[0.5, 0], [0, 0]]


def test_deviation_over_seeds_divides_by_n_minus_1() -> None:
    """The mean of 1, 2 and 6 is 3, and the squared distances sum to 4 + 1 + 9 = 14."""
    assert mean_and_std([1, 2, 6]) == pytest.approx((3, math.sqrt(14 / 2)))


def test_one_seed_has_no_deviation() -> None:
    assert mean_and_std([0.5]) == (0.5, None)


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
