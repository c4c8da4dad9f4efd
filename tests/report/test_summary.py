"""The numbers of metrics/summary.json, worked by hand from the made-up run of two seeds."""

from promptmix.report.summary import summarize
from tests.support.made_up import MADE_WITH, first_seed_only, results


def test_an_arm_has_mean_and_sample_standard_deviation_over_seeds() -> None:
    """Accuracies 0.5 and 0.75 differ by 0.25, so their deviation is 0.25/√2 = 0.1768; macro F1 is 7/18 and 10/18."""
    found = summarize([results()], MADE_WITH)["colours"]["few_shot"]
    assert {key: value for key, value in found.items() if not key.startswith("to_")} == {
        "accuracy": 0.625,
        "accuracy_std": 0.1768,
        "macro_f1": 0.4722,
        "macro_f1_std": 0.1179,
        "seeds": 2,
        "test_texts": 4,
        "validation_accuracy": 0.5,
        "validation_accuracy_std": 0.0,
        "train_texts": 3.0,
    }


def test_the_teacher_is_scored_on_its_own_texts() -> None:
    """One of two right, then both: 0.5 and 1; with nothing said of blue, F1 is 1 for red and 0 for blue."""
    teacher = summarize([results()], MADE_WITH)["colours"]["teacher"]
    assert (teacher["accuracy"], teacher["macro_f1"], teacher["test_texts"]) == (0.75, 0.75, 2)


def test_generation_is_told_as_means_over_seeds() -> None:
    """Tokens: 2·120 + 4·31 = 364 for 4 texts, and 4·120 + 4·31 = 604 for 4 texts: 91 and 151 a text."""
    found = summarize([results()], MADE_WITH)["colours"]["generation"]
    assert {reason: count for reason, count in found.pop("rejected").items() if count} == {
        "blank": 1.5,
        "duplicate": 0.5,
    }
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
    assert summarize([results()], MADE_WITH)["colours"]["generation"]["rejected"]["cut_off"] == 0


def test_with_one_seed_no_spread_is_told() -> None:
    section = summarize([first_seed_only(results())], MADE_WITH)["colours"]
    assert list(section) == ["few_shot", "relabeled", "teacher", "generation"]
    assert not [key for part in section.values() for key in part if key.endswith("_std")]


def test_a_difference_stands_with_the_arm_of_the_row_whichever_way_it_was_taken() -> None:
    """Accuracies 0.5 and 0.75 against 1 and 1; the teacher has one of two right, then both, where relabeled has all."""
    section = summarize([results()], MADE_WITH)["colours"]
    few_shot, relabeled, teacher = (section[name] for name in ("few_shot", "relabeled", "teacher"))
    assert (few_shot["to_relabeled"], relabeled["gain"], teacher["to_relabeled"]) == (-0.375, 0.375, -0.25)
    assert few_shot["to_relabeled_low"] == -relabeled["gain_high"]
    assert few_shot["to_relabeled_high"] == -relabeled["gain_low"]
    assert "gain" not in few_shot
    assert "to_relabeled" not in relabeled
