"""The results as tables, computed by hand from the made-up run of two seeds."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from promptmix.core.errors import DataError
from promptmix.core.records import Example
from promptmix.report.details import Details, collect_details
from promptmix.report.results import MadeWith, Results
from promptmix.report.tables import markdown_table, plus_minus, results_table, update_between_markers
from tests.support.made_up import MADE_WITH, first_seed_only, results, without_teacher

CAPTION = """\
Texts written and relabeled by Big LLM (Q4); student small encoder (fine-tuned); 1 shot a class; seeds 0, 1. \
Mean ± sample standard deviation over seeds [95 % interval over seeds and test texts]; bold: the 95 % interval \
excludes 0 (no correction for multiple comparisons)."""
COLUMNS = [
    "data set", "trained on", "test accuracy", "difference to `few_shot` [95 %]", "training texts", "test texts",
    "seeds",
]  # fmt: skip
ROWS = [
    ["colors", "`few_shot`", "0.625 ± 0.177", "–", "3", "4", "2"],
    ["colors", "`relabeled`", "1.000 ± 0.000", "+0.375 [-0.377, +1.000]", "6.5", "4", "2"],
    [
        "colors",
        "`teacher`, the LLM itself, on its test texts",
        "0.750 ± 0.354",
        "+0.000 [+0.000, +0.000]",
        "–",
        "2",
        "2",
    ],
]


def detailed(every: Results) -> Details:
    made_with = replace(MADE_WITH, seeds=[run.seed for run in every.runs])
    return collect_details([every], made_with)


def rows_of(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, without its caption and rule."""
    head, _, *rows = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in (head, *rows)]


def test_the_table_reads_as_agreed() -> None:
    table = results_table(detailed(results()))
    assert table.split("\n\n")[0] == CAPTION
    assert rows_of(table) == [COLUMNS, *ROWS]


def test_the_table_can_be_made_again_from_the_file_alone() -> None:
    table = results_table(json.loads(json.dumps(detailed(results()))))
    assert rows_of(table) == [COLUMNS, *ROWS]


def test_arms_can_be_compared_with_more_than_one() -> None:
    """A difference is that of the row's arm, whichever way it is in the file."""
    head, few_shot, relabeled, teacher = rows_of(results_table(detailed(results()), ("few_shot", "relabeled")))
    column = head.index("difference to `relabeled` [95 %]")
    cells = [few_shot[column], relabeled[column], teacher[column]]
    assert cells == ["-0.375 [-1.000, +0.377]", "–", "-0.250 [-1.000, +1.000]"]


def test_the_table_of_one_seed_has_no_deviation() -> None:
    table = results_table(detailed(first_seed_only(results())))
    assert table.splitlines()[0].endswith("; 1 shot a class; seed 0.")
    assert "±" not in table


def test_without_a_teacher_there_is_no_such_row() -> None:
    assert "teacher" not in results_table(detailed(without_teacher(results())))


def test_a_row_says_of_its_arm_what_the_arm_says_of_itself() -> None:
    table = results_table(numbers(human=(0.5, 0, 0), an_arm_of_another_commit=(0.5, 0, 0)))
    assert [row[1] for row in rows_of(table)[1:]] == ["`human`, as many real texts", "`an_arm_of_another_commit`"]


def with_texts_for(arm: str, *labels: str, of: Results) -> Results:
    """Let an arm have added one text for each of these classes alone."""
    added = [Example(id=f"g{n}", text=f"text {n}", label=label) for n, label in enumerate(labels)]
    return replace(of, runs=[replace(run, train={**run.train, arm: [*run.shots, *added]}) for run in of.runs])


def test_arms_that_added_no_text_for_some_classes_are_named_below_the_table() -> None:
    """An arm that adds none by design is not; three classes are named at most."""
    one = first_seed_only(results())
    assert results_table(detailed(one)).splitlines()[-1].startswith("| colors")
    found = results_table(detailed(with_texts_for("relabeled", "green", of=one))).split("\n\n")
    assert len(found) == 3
    assert found[2] == "colors: relabeled added no text for 2 of 3 classes (red, blue)"
    many = replace(one, labels=("red", "green", "blue", "cyan", "teal"))
    found = results_table(detailed(with_texts_for("relabeled", "green", of=many))).split("\n\n")
    assert found[2].endswith(" added no text for 4 of 5 classes (red, blue, cyan, …)")


def test_a_markdown_table_has_words_to_the_left_and_numbers_to_the_right() -> None:
    lines = markdown_table(["run", "kind", "n"], [["a", "b", "0.500"]], words=2).splitlines()
    assert lines == ["| run   | kind   |     n |", "|:------|:-------|------:|", "| a     | b      | 0.500 |"]


@pytest.mark.parametrize(
    ("texts", "cell"),
    [(60.0, "60"), (12, "12"), (6.5, "6.5"), (36.3333, "36.3"), (36.96, "37.0"), (1234567.0, "1234567")],
)
def test_training_texts_are_counted_whole_or_to_a_tenth(texts: float, cell: str) -> None:
    details = numbers(few_shot=(0.5, 0, 0))
    details["datasets"]["colors"]["arms"]["few_shot"]["train_texts"] = texts
    assert rows_of(results_table(details))[1][-3] == cell


def numbers(**gains: tuple[float, float, float]) -> Details:
    """Return details of arms by accuracy, and the bounds of their difference to few_shot."""
    arms = {arm: {"accuracy": accuracy, "test_texts": 4, "train_texts": 3.0} for arm, (accuracy, *_) in gains.items()}
    differences: dict[str, Any] = {
        f"{arm} - few_shot": {"accuracy": accuracy - 0.5, "low": low, "high": high, "excludes_zero": low * high > 0}
        for arm, (accuracy, low, high) in gains.items()
        if arm != "few_shot"
    }
    return {**collect_details([], MADE_WITH), "datasets": {"colors": {"arms": arms, "differences": differences}}}


def bold(table: str) -> Sequence[str]:
    return re.findall(r"\*\*(.*?)\*\*", table)


def test_a_difference_is_bold_where_its_interval_excludes_0() -> None:
    """The highest accuracy is not: that it is the highest has not been tested."""
    details = numbers(few_shot=(0.5, 0, 0), mixed=(0.9, -0.1, 0.9), relabeled=(0.8, 0.2, 0.4), eda=(0.3, -0.3, -0.1))
    assert bold(results_table(details)) == ["+0.300 [+0.200, +0.400]", "-0.200 [-0.300, -0.100]"]


def test_nothing_is_bold_with_one_seed() -> None:
    table = results_table(detailed(first_seed_only(results())))
    assert rows_of(table)[2][3] == "+0.500"
    assert not bold(table)


def test_two_language_models_are_both_named() -> None:
    made_with = MadeWith("Writer (7B)", "Judge (70B)", "BERT (fine-tuned)", 2, [5])
    expected = (
        "Texts written by Writer (7B), relabeled by Judge (70B); student BERT (fine-tuned); 2 shots a class; seed 5."
    )
    assert str(made_with) == expected


def test_exact_numbers_and_those_of_the_file_read_alike() -> None:
    """0.66450124 is 0.6645 in the file; from there it is 0.664, though from here 0.665."""
    assert plus_minus(0.66450124, None) == plus_minus(0.6645, None)


def test_only_the_text_between_the_markers_is_replaced() -> None:
    before = "# Title\n\n<!-- results -->\nold\nrows\n<!-- /results -->\nend\n"
    after = update_between_markers(before, "new")
    assert after == "# Title\n\n<!-- results -->\n\nnew\n\n<!-- /results -->\nend\n"
    assert update_between_markers(after, "new") == after


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
        "no place for the results table: write <!-- results --> and <!-- /results --> once each, on lines of their own"
    )
    with pytest.raises(DataError) as caught:
        update_between_markers(text, "new")
    assert str(caught.value) == expected
