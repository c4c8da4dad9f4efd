"""The results as tables, worked by hand from the made-up run of two seeds."""

import json
import re
from dataclasses import replace

import pytest

from promptmix.core.errors import DataError
from promptmix.report import tables
from promptmix.report.results import MadeWith
from promptmix.report.summary import Summary, summarize
from tests.support.made_up import MADE_WITH, first_seed_only, results, without_teacher

TABLE = """\
Texts written and relabeled by Big LLM (Q4); student small encoder (fine-tuned); 1 shot a class; seeds 0, 1. \
Mean ± sample standard deviation over seeds; in brackets where a difference lies, by the spread over seeds and test \
texts; in bold where its sign is beyond doubt.

| data set | trained on | test accuracy | difference to `few_shot` [95 %] | difference to `relabeled` [95 %] \
| test macro F1 | calibration error | validation accuracy | training texts | test texts | seeds |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| colours | `few_shot` | 0.625 ± 0.177 | – | -0.375 [-1.000, +0.286] | 0.472 ± 0.118 | – | 0.500 ± 0.000 | 3 | 4 | 2 |
| colours | `relabeled` | 1.000 ± 0.000 | +0.375 [-0.286, +1.000] | – | 1.000 ± 0.000 | – | 0.500 ± 0.000 \
| 6.5 | 4 | 2 |
| colours | the LLM itself, as teacher (2 test texts, compared on these) | 0.750 ± 0.354 | +0.000 [+0.000, +0.000] \
| -0.250 [-1.000, +1.000] | 0.750 ± 0.354 | – | – | – | 2 | 2 |"""


def test_the_table_of_one_seed_speaks_of_no_spread() -> None:
    made_with = replace(MADE_WITH, seeds=(0,))
    text = tables.table(summarize([first_seed_only(results())], made_with))
    assert text.splitlines()[0].endswith("; 1 shot a class; seed 0.")
    assert "±" not in text


def test_without_a_teacher_there_is_no_such_row() -> None:
    numbers = summarize([without_teacher(results())], MADE_WITH)
    assert list(numbers["colours"]) == ["few_shot", "relabeled", "generation"]
    assert "teacher" not in tables.table(numbers)


def test_without_validation_texts_no_validation_accuracy_is_told() -> None:
    every = results()
    runs = [replace(run, validation={arm: [] for arm in run.validation}) for run in every.runs]
    numbers = summarize([replace(every, runs=runs)], MADE_WITH)
    assert "validation_accuracy" not in numbers["colours"]["few_shot"]
    assert "| -0.375 [-1.000, +0.286] | 0.472 ± 0.118 | – | – | 3 |" in tables.table(numbers)


def test_the_table_reads_as_agreed() -> None:
    assert tables.table(summarize([results()], MADE_WITH)) == TABLE


def test_the_table_can_be_made_again_from_the_file_alone() -> None:
    assert tables.table(json.loads(json.dumps(summarize([results()], MADE_WITH)))) == TABLE


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


def section(**gains: tuple[float, float, float]) -> Summary:
    """Return numbers of arms by accuracy, and the bounds of their difference to few_shot."""
    parts = {
        arm: {"accuracy": accuracy, "macro_f1": 0.5, "test_texts": 4, "seeds": 2, "train_texts": 3.0}
        | ({"gain": accuracy - 0.5, "gain_low": low, "gain_high": high} if arm != "few_shot" else {})
        for arm, (accuracy, low, high) in gains.items()
    }
    return {**summarize([], MADE_WITH), "colours": parts}


def bold(numbers: Summary) -> list[str]:
    return re.findall(r"\*\*(.*?)\*\*", tables.table(numbers))


def test_a_difference_is_bold_where_its_interval_does_not_hold_0() -> None:
    """The highest accuracy is not: that it is the highest has not been tested."""
    numbers = section(few_shot=(0.5, 0, 0), mixed=(0.9, -0.1, 0.9), relabeled=(0.8, 0.2, 0.4), eda=(0.3, -0.3, -0.1))
    assert bold(numbers) == ["+0.300 [+0.200, +0.400]", "-0.200 [-0.300, -0.100]"]


def test_one_seed_supports_nothing() -> None:
    text = tables.table(summarize([first_seed_only(results())], replace(MADE_WITH, seeds=(0,))))
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
