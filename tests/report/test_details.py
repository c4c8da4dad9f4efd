"""What stands behind the numbers: every pair of arms that is compared, recall by class, calibration."""

import json
from dataclasses import replace

from promptmix.core.records import Prediction
from promptmix.report.details import details, differences
from tests.support.made_up import first_seed_only, results, without_teacher


def test_every_arm_is_compared_with_every_other_and_the_teacher_with_each() -> None:
    every = results()
    runs = [replace(run, test={**run.test, "mixed": run.test["few_shot"]}) for run in every.runs]
    found = differences(replace(every, runs=runs))
    arms = [("mixed", "few_shot"), ("relabeled", "few_shot"), ("relabeled", "mixed")]
    assert list(found) == [*arms, ("teacher", "few_shot"), ("teacher", "mixed"), ("teacher", "relabeled")]
    assert found["mixed", "few_shot"].mean == 0


def test_the_teacher_is_compared_on_the_texts_that_it_was_asked_of() -> None:
    """One of two right, then both; relabeled has all of them right."""
    assert differences(results())["teacher", "relabeled"].by_seed == (-0.5, 0.0)
    assert "teacher" not in {of for of, _ in differences(without_teacher(results()))}


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
    every = without_teacher(results())
    sure = [Prediction(id="a", gold="red", predicted="red", probabilities={"red": 0.75, "blue": 0.25})]
    runs = [replace(run, test={"few_shot": sure}) for run in every.runs]
    arm = details([replace(every, runs=runs)])["colours"]["arms"]["few_shot"]
    assert arm["calibration_error_by_seed"] == [0.25, 0.25]


def test_every_test_text_is_told_to_be_right_or_wrong_by_seed() -> None:
    """With them two commits can be compared text by text."""
    right = details([results()])["colours"]["arms"]["few_shot"]["right_by_seed"]
    assert [seed.count("1") for seed in right] == [2, 3]
    assert {len(seed) for seed in right} == {4}


def test_equal_inputs_give_equal_bytes() -> None:
    assert json.dumps(details([results()])) == json.dumps(details([results()]))
