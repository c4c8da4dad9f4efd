"""The numbers of metrics/details.json, computed by hand from the made-up run of two seeds."""

import json
from dataclasses import replace
from typing import Any

import pytest

from promptmix.core.records import Prediction
from promptmix.report.details import classifiers, collect_details, difference_between
from promptmix.report.results import Results
from tests.support.made_up import MADE_WITH, first_seed_only, results, without_teacher


def section(every: Results) -> dict[str, Any]:
    found: dict[str, Any] = collect_details([every], MADE_WITH)["datasets"]["colors"]
    return found


def test_the_file_says_what_its_numbers_were_made_with() -> None:
    found = collect_details([results()], MADE_WITH)
    assert list(found) == ["made_with", "datasets"]
    assert found["made_with"] == {
        "writer": "Big LLM (Q4)",
        "relabeler": "Big LLM (Q4)",
        "student": "small encoder (fine-tuned)",
        "shots": 1,
        "seeds": [0, 1],
    }
    assert list(found["datasets"]["colors"]) == ["arms", "teacher", "generation", "differences"]


def test_an_arm_has_mean_and_sample_standard_deviation_over_seeds() -> None:
    """Accuracies 0.5 and 0.75 differ by 0.25, so their deviation is 0.25/√2 = 0.1768; macro F1 is 7/18 and 10/18."""
    found = section(results())["arms"]["few_shot"]
    assert {key: value for key, value in found.items() if not key.startswith(("recall", "right"))} == {
        "accuracy": 0.625,
        "accuracy_std": 0.1768,
        "macro_f1": 0.4722,
        "macro_f1_std": 0.1179,
        "test_texts": 4,
        "validation_accuracy": 0.5,
        "validation_accuracy_std": 0.0,
        "train_texts": 3.0,
    }


def test_without_validation_texts_there_is_no_validation_accuracy() -> None:
    every = results()
    runs = [replace(run, validation={arm: [] for arm in run.validation}) for run in every.runs]
    assert "validation_accuracy" not in section(replace(every, runs=runs))["arms"]["few_shot"]


def test_recall_is_given_by_class_over_seeds() -> None:
    """Red: one of two right, then both; green always, blue never."""
    arm = section(results())["arms"]["few_shot"]
    assert arm["recall"] == {"blue": 0.0, "green": 1.0, "red": 0.75}
    assert arm["recall_std"] == {"blue": 0.0, "green": 0.0, "red": 0.3536}
    assert "calibration_error" not in arm


def test_calibration_is_given_where_predictions_have_probabilities() -> None:
    every = without_teacher(results())
    sure = [Prediction(id="a", gold="red", predicted="red", probabilities={"red": 0.75, "blue": 0.25})]
    runs = [replace(run, test={"few_shot": sure}) for run in every.runs]
    arm = section(replace(every, runs=runs))["arms"]["few_shot"]
    assert (arm["calibration_error"], arm["calibration_error_by_seed"]) == (0.25, [0.25, 0.25])


def test_every_test_text_is_marked_as_right_or_wrong_by_seed() -> None:
    """With these marks two commits can be compared text by text."""
    right = section(results())["arms"]["few_shot"]["right_by_seed"]
    assert [seed.count("1") for seed in right] == [2, 3]
    assert {len(seed) for seed in right} == {4}


def test_the_teacher_is_scored_on_its_own_texts() -> None:
    """One of two right, then both: 0.5 and 1; with nothing predicted as blue, F1 is 1 for red and 0 for blue."""
    teacher = section(results())["teacher"]
    assert (teacher["accuracy"], teacher["macro_f1"], teacher["test_texts"]) == (0.75, 0.75, 2)
    assert list(classifiers(section(results()))) == ["few_shot", "relabeled", "teacher"]
    assert list(classifiers(section(without_teacher(results())))) == ["few_shot", "relabeled"]


def test_generation_is_counted_as_means_over_seeds() -> None:
    """Tokens: 2·120 + 4·31 = 364 for 4 texts, and 4·120 + 4·31 = 604 for 4 texts: 91 and 151 a text."""
    found = section(results())["generation"]
    rejected = {reason: count for reason, count in found.pop("rejected").items() if count}
    assert rejected == {"blank": 1.5, "duplicate": 0.5}
    assert found == {
        "prompts": 3.0,
        "texts_kept": 4.0,
        "lines_rejected": 2.0,
        "tokens_in": {"generate": 300.0, "relabel": 120.0, "teacher": 60.0, "contrast": 0.0},
        "tokens_out": {"generate": 60.0, "relabel": 4.0, "teacher": 2.0, "contrast": 0.0},
        "prompt_and_completion_tokens_per_kept_text": 121.0,
        "relabeled_share": 0.125,
        "dropped_share": 0.125,
    }


def test_every_reason_to_reject_a_line_has_its_key_even_where_no_line_was_rejected_for_it() -> None:
    """So that the keys of two commits are the same."""
    assert section(results())["generation"]["rejected"]["cut_off"] == 0


def test_a_difference_has_its_seeds_and_bounds() -> None:
    """Accuracies 0.5 and 0.75 against 1 and 1."""
    found = section(results())["differences"]["relabeled - few_shot"]
    assert (found["accuracy"], found["by_seed"]) == (0.375, [0.5, 0.25])
    assert found["low"] < 0.375 < found["high"]
    assert found["excludes_zero"] == (found["low"] > 0)


def test_one_seed_has_no_deviation_and_no_bounds() -> None:
    found = section(first_seed_only(results()))
    assert found["differences"]["relabeled - few_shot"] == {"accuracy": 0.5, "by_seed": [0.5]}
    assert not [key for part in classifiers(found).values() for key in part if key.endswith("_std")]


def test_a_difference_is_found_whichever_way_it_was_taken() -> None:
    found = section(results())
    one, other = (difference_between(found, *pair) for pair in (("relabeled", "few_shot"), ("few_shot", "relabeled")))
    assert (other["accuracy"], other["by_seed"]) == (-0.375, [-0.5, -0.25])
    assert (other["low"], other["high"], other["excludes_zero"]) == (-one["high"], -one["low"], one["excludes_zero"])
    assert difference_between(found, "few_shot", "few_shot") == {}


def test_nothing_turned_is_no_minus_0() -> None:
    nothing = {"accuracy": 0.0, "by_seed": [0.0], "low": 0.0, "high": 0.0, "excludes_zero": False}
    assert "-" not in json.dumps(difference_between({"differences": {"b - a": nothing}}, "a", "b"))


@pytest.mark.parametrize("every", [results(), first_seed_only(results())])
def test_equal_inputs_give_equal_bytes(every: Results) -> None:
    assert json.dumps(collect_details([every], MADE_WITH)) == json.dumps(collect_details([every], MADE_WITH))
