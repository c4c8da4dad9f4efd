"""What stands behind the numbers: every pair of arms that is compared, recall by class, calibration."""

import json
from dataclasses import replace

from promptmix.details import details, differences
from promptmix.records import Prediction
from tests.made_up import first_seed_only, results


def test_arms_are_compared_with_few_shot_and_relabeled_with_mixed() -> None:
    every = results()
    runs = [replace(run, test={**run.test, "mixed": run.test["few_shot"]}) for run in every.runs]
    found = differences(replace(every, runs=runs))
    assert list(found) == [("relabeled", "few_shot"), ("mixed", "few_shot"), ("relabeled", "mixed")]
    assert found["mixed", "few_shot"].mean == 0


def test_without_few_shot_nothing_is_compared_with_it() -> None:
    every = results()
    runs = [replace(run, test={"relabeled": run.test["relabeled"]}) for run in every.runs]
    assert differences(replace(every, runs=runs)) == {}


def test_a_difference_is_told_with_its_seeds_bounds_and_support() -> None:
    """Accuracies 0.5 and 0.75 against 1 and 1."""
    found = details([results()])["colours"]["differences"]["relabeled - few_shot"]
    assert (found["accuracy"], found["by_seed"]) == (0.375, [0.5, 0.25])
    assert found["low"] < 0.375 < found["high"]
    assert found["supported"] == (found["low"] > 0)
    assert "low" not in details([first_seed_only(results())])["colours"]["differences"]["relabeled - few_shot"]


def test_recall_is_told_by_class_over_seeds() -> None:
    """Red: one of two right, then both; green always, blue never."""
    arm = details([results()])["colours"]["arms"]["few_shot"]
    assert arm["recall"] == {"blue": 0.0, "green": 1.0, "red": 0.75}
    assert arm["recall_std"] == {"blue": 0.0, "green": 0.0, "red": 0.3536}
    assert "calibration_error_by_seed" not in arm


def test_calibration_is_told_by_seed_where_predictions_have_probabilities() -> None:
    every = results()
    sure = [Prediction(id="a", gold="red", predicted="red", probabilities={"red": 0.75, "blue": 0.25})]
    runs = [replace(run, test={"few_shot": sure}) for run in every.runs]
    arm = details([replace(every, runs=runs)])["colours"]["arms"]["few_shot"]
    assert arm["calibration_error_by_seed"] == [0.25, 0.25]


def test_equal_inputs_give_equal_bytes() -> None:
    assert json.dumps(details([results()])) == json.dumps(details([results()]))
