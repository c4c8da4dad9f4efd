"""The numbers that leave the repository, worked by hand from the made-up run of two seeds."""

import json
import re
from dataclasses import replace

import pytest

from promptmix import tables
from promptmix.errors import DataError
from promptmix.outcomes import MadeWith
from tests.made_up import MADE_WITH, first_seed_only, relabeled, results, without_teacher

TABLE = """\
Texts written and relabeled by Big LLM (Q4); student small encoder (fine-tuned); 1 shot a class; seeds 0, 1. \
Mean ± sample standard deviation over seeds; in brackets where a difference lies, by the spread over seeds and test \
texts. Bold: differences whose sign is beyond doubt, and the best arm that is better so, `human` apart.

| data set | trained on | test accuracy | difference to `few_shot` [95 %] | test macro F1 | validation accuracy \
| training texts | test texts | seeds |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| colours | `few_shot` | 0.625 ± 0.177 | – | 0.472 ± 0.118 | 0.500 ± 0.000 | 3 | 4 | 2 |
| colours | `relabeled` | 1.000 ± 0.000 | +0.375 [-0.286, +1.000] | 1.000 ± 0.000 | 0.500 ± 0.000 | 6.5 | 4 | 2 |
| colours | the LLM itself, as teacher (2 test texts) | 0.750 ± 0.354 | – | 0.750 ± 0.354 | – | – | 2 | 2 |"""


# metrics/summary.json


def test_an_arm_has_mean_and_sample_standard_deviation_over_seeds() -> None:
    """Accuracies 0.5 and 0.75 differ by 0.25, so their deviation is 0.25/√2 = 0.1768; macro F1 is 7/18 and 10/18."""
    assert tables.summary([results()], MADE_WITH)["colours"]["few_shot"] == {
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
    teacher = tables.summary([results()], MADE_WITH)["colours"]["teacher"]
    assert (teacher["accuracy"], teacher["macro_f1"], teacher["test_texts"]) == (0.75, 0.75, 2)


def test_generation_is_told_as_means_over_seeds() -> None:
    """Tokens: 2·120 + 4·31 = 364 for 4 texts, and 4·120 + 4·31 = 604 for 4 texts: 91 and 151 a text."""
    found = tables.summary([results()], MADE_WITH)["colours"]["generation"]
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
    assert tables.summary([results()], MADE_WITH)["colours"]["generation"]["rejected"]["cut_off"] == 0


def test_with_one_seed_no_spread_is_told() -> None:
    section = tables.summary([first_seed_only(results())], MADE_WITH)["colours"]
    assert list(section) == ["few_shot", "relabeled", "teacher", "generation"]
    assert not [key for part in section.values() for key in part if key.endswith("_std")]


def test_the_table_of_one_seed_speaks_of_no_spread() -> None:
    made_with = replace(MADE_WITH, seeds=(0,))
    text = tables.table(tables.summary([first_seed_only(results())], made_with))
    assert text.splitlines()[0].endswith("; 1 shot a class; seed 0.")
    assert "±" not in text


def test_without_a_teacher_there_is_no_such_row() -> None:
    numbers = tables.summary([without_teacher(results())], MADE_WITH)
    assert list(numbers["colours"]) == ["few_shot", "relabeled", "generation"]
    assert "teacher" not in tables.table(numbers)


def test_without_validation_texts_no_validation_accuracy_is_told() -> None:
    every = results()
    runs = [replace(run, validation={arm: [] for arm in run.validation}) for run in every.runs]
    numbers = tables.summary([replace(every, runs=runs)], MADE_WITH)
    assert "validation_accuracy" not in numbers["colours"]["few_shot"]
    assert "| `few_shot` | 0.625 ± 0.177 | – | 0.472 ± 0.118 | – | 3 |" in tables.table(numbers)


# the table


def test_the_table_reads_as_agreed() -> None:
    assert tables.table(tables.summary([results()], MADE_WITH)) == TABLE


def test_the_table_can_be_made_again_from_the_file_alone() -> None:
    assert tables.table(json.loads(json.dumps(tables.summary([results()], MADE_WITH)))) == TABLE


def test_a_markdown_table_has_words_to_the_left_and_numbers_to_the_right() -> None:
    lines = [["run", "kind", "n"], ["a", "b", "1"]]
    assert tables.markdown(lines, words=2) == "| run | kind | n |\n| --- | --- | ---: |\n| a | b | 1 |"


@pytest.mark.parametrize(
    ("texts", "cell"),
    [(60.0, "60"), (12, "12"), (6.5, "6.5"), (36.3333, "36.3"), (36.96, "37.0"), (1234567.0, "1234567")],
)
def test_training_texts_are_counted_whole_or_told_to_a_tenth(texts: float, cell: str) -> None:
    numbers = section(few_shot=(0.5, 0, 0))
    numbers["colours"]["few_shot"]["train_texts"] = texts
    assert f"| – | {cell} | 4 | 2 |" in tables.table(numbers)


def section(**gains: tuple[float, float, float]) -> tables.Summary:
    """Return numbers of arms by accuracy, and the bounds of their difference to few_shot."""
    parts = {
        arm: {"accuracy": accuracy, "macro_f1": 0.5, "test_texts": 4, "seeds": 2, "train_texts": 3.0}
        | ({"gain": accuracy - 0.5, "gain_low": low, "gain_high": high} if arm != "few_shot" else {})
        for arm, (accuracy, low, high) in gains.items()
    }
    return {**tables.summary([], MADE_WITH), "colours": parts}


def bold(numbers: tables.Summary) -> list[str]:
    return re.findall(r"\*\*(.*?)\*\*", tables.table(numbers))


def test_a_difference_is_bold_where_its_interval_does_not_hold_0_and_so_is_the_best_such_arm() -> None:
    numbers = section(few_shot=(0.5, 0, 0), mixed=(0.9, -0.1, 0.9), relabeled=(0.8, 0.2, 0.4), filtered=(0.7, 0.1, 0.3))
    assert bold(numbers) == ["`relabeled`", "0.800", "+0.300 [+0.200, +0.400]", "+0.200 [+0.100, +0.300]"]


def test_a_worse_arm_may_be_so_beyond_doubt_but_is_never_the_best_one() -> None:
    assert bold(section(few_shot=(0.5, 0, 0), eda=(0.3, -0.3, -0.1))) == ["-0.200 [-0.300, -0.100]"]


def test_real_texts_are_no_rival() -> None:
    numbers = section(few_shot=(0.5, 0, 0), human=(0.9, 0.3, 0.5), mixed=(0.7, 0.1, 0.3))
    assert bold(numbers)[1:3] == ["`mixed`", "0.700"]


def test_one_seed_supports_nothing() -> None:
    text = tables.table(tables.summary([first_seed_only(results())], replace(MADE_WITH, seeds=(0,))))
    assert "| +0.500 |" in text
    assert "**" not in text


def test_two_language_models_are_both_named() -> None:
    made_with = MadeWith("Writer (7B)", "Judge (70B)", "BERT (fine-tuned)", 2, (5,))
    expected = (
        "Texts written by Writer (7B), relabeled by Judge (70B); student BERT (fine-tuned); 2 shots a class; seed 5."
    )
    assert str(made_with) == expected


def test_exact_numbers_and_those_of_the_file_read_alike() -> None:
    """0.66450124 is 0.6645 in the file; from there it is 0.664, though from here 0.665."""
    assert tables.plus_minus(0.66450124, None) == tables.plus_minus(0.6645, None)


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    before = "# Title\n\n<!-- results -->\nold\nrows\n<!-- /results -->\nend\n"
    after = tables.update_between_markers(before, "new")
    assert after == "# Title\n\n<!-- results -->\n\nnew\n\n<!-- /results -->\nend\n"
    assert tables.update_between_markers(after, "new") == after


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- results -->",
        "<!-- /results -->",
        "<!-- /results --> <!-- results -->",
        "<!-- results --> <!-- results --><!-- /results -->",
    ],
)
def test_a_text_without_a_place_for_the_table_is_refused(text: str) -> None:
    expected = (
        "the results table has no place: write <!-- results --> and <!-- /results --> once each, on lines of their own"
    )
    with pytest.raises(DataError) as caught:
        tables.update_between_markers(text, "new")
    assert str(caught.value) == expected


# the rows behind the plots


def test_moved_texts_are_counted_by_target_share_over_all_seeds() -> None:
    """At 0.5 one of two moved and one lost its label; at 0.9 none of 2 + 4."""
    low, high = tables.moved_by_share(results())
    assert (low.target_share, low.moved, low.texts, low.share_moved) == (0.5, 1, 2, 0.5)
    assert (high.target_share, high.moved, high.texts, high.share_moved) == (0.9, 0, 6, 0.0)
    assert high.low == 0 < high.high < 0.5


def test_target_shares_stand_in_ascending_order() -> None:
    every = results()
    run = replace(every.runs[0], relabeled=[text for share in (0.9, 0.55, 1.0) for text in relabeled(share, ["red"])])
    assert [row.target_share for row in tables.moved_by_share(replace(every, runs=[run]))] == [0.55, 0.9, 1.0]


def test_accuracy_has_a_row_for_every_arm_seed_and_split_and_the_teacher_last() -> None:
    rows = [tuple(row.values()) for row in tables.accuracy_rows([results()])]
    assert rows[:4] == [
        ("colours", "few_shot", 0, "validation", 0.5),
        ("colours", "few_shot", 0, "test", 0.5),
        ("colours", "few_shot", 1, "validation", 0.5),
        ("colours", "few_shot", 1, "test", 0.75),
    ]
    assert rows[8:] == [("colours", "teacher", 0, "test", 0.5), ("colours", "teacher", 1, "test", 1.0)]


def test_confusion_has_a_row_for_every_test_text_arm_and_seed() -> None:
    rows = list(tables.confusion_rows([results()]))
    assert len(rows) == 4 * 2 * 2
    assert rows[1] == {"dataset": "colours", "arm": "few_shot", "actual": "red", "predicted": "green"}
