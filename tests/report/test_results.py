"""A result is a result: an arm without texts of its own has no number anywhere, and says why."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from promptmix.report import csv_rows, figures
from promptmix.report.details import collect_details, without_result
from promptmix.report.results import Results
from promptmix.report.summary import summarize
from promptmix.report.tables import results_table
from tests.support.made_up import MADE_WITH, results, without_test

NOTHING = {"relabeled": "nothing was written"}


def lacking(*seeds: dict[str, str]) -> Results:
    """Return results whose seeds have arms without a result."""
    every = results()
    return replace(every, runs=[replace(run, no_result=each) for run, each in zip(every.runs, seeds, strict=True)])


def section(every: Results) -> dict[str, Any]:
    found: dict[str, Any] = collect_details([every], MADE_WITH)["datasets"]["colors"]
    return found


def row(every: Results, arm: str) -> Sequence[str]:
    lines = results_table(collect_details([every], MADE_WITH)).splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if f"`{arm}`" in line][-1]


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        ([NOTHING, NOTHING], "nothing was written"),
        ([{}, NOTHING], "nothing was written with seed 1"),
        ([NOTHING, {"relabeled": "relabeling left no text"}],
         "nothing was written with seed 0; relabeling left no text with seed 1"),
    ],
)  # fmt: skip
def test_an_arm_without_texts_says_why_in_place_of_every_number(seeds: Sequence[dict[str, str]], said: str) -> None:
    """One seed of several is enough: a mean over the others could not be compared with other arms."""
    every = lacking(*seeds)
    numbers = section(every)
    assert numbers["arms"]["relabeled"] == {"no_result": said, "test_texts": 4, "train_texts": 6.5}
    assert list(numbers["differences"]) == ["teacher - few_shot"]
    assert summarize(collect_details([every], MADE_WITH)) == {"colors": {"few_shot": 0.625, "teacher": 0.75}}
    assert row(every, "relabeled") == ["colors", "`relabeled`", said, "–", "6.5", "4", "2"]
    assert {row["arm"] for row in csv_rows.accuracy_rows([every])} == {"few_shot", "teacher"}
    assert {row["arm"] for row in csv_rows.confusion_rows([every])} == {"few_shot"}


def test_other_arms_keep_their_numbers() -> None:
    assert section(lacking(NOTHING, NOTHING))["arms"]["few_shot"] == section(results())["arms"]["few_shot"]


def test_the_figures_say_it_where_the_number_would_be() -> None:
    every = lacking(NOTHING, NOTHING)
    ax: Any = figures.accuracy_figure([every], MADE_WITH).axes[0]
    assert ax.get_xticklabels()[1].get_text() == "nothing was\nwritten\nrelabeled"
    _, matrix = figures.confusion_figure(every, MADE_WITH).axes
    assert [text.get_text() for text in matrix.texts] == ["nothing was\nwritten"]


def test_one_line_names_all_arms_without_a_result_and_why() -> None:
    both = {"few_shot": "nothing was written", **NOTHING}
    every = [lacking(both, both), replace(lacking(NOTHING, {}), dataset="shapes"), replace(results(), dataset="flat")]
    assert without_result(collect_details(every, MADE_WITH)) == (
        "few_shot, relabeled of colors (nothing was written); relabeled of shapes (nothing was written with seed 0)"
    )
    assert without_result(collect_details([results()], MADE_WITH)) == ""


# no test texts


def test_without_test_texts_the_table_says_so_and_shows_validation_as_validation() -> None:
    every = without_test(results())
    assert row(every, "relabeled") == ["colors", "`relabeled`", "no test texts", "0.500 ± 0.000", "–", "6.5", "0", "2"]
    assert "| validation accuracy |" in " ".join(results_table(collect_details([every], MADE_WITH)).split())
    assert "validation" not in results_table(collect_details([results()], MADE_WITH))


def test_without_test_texts_no_number_is_one_of_a_test() -> None:
    every = without_test(results())
    numbers = section(every)
    assert numbers["arms"]["few_shot"] == {
        "test_texts": 0, "validation_accuracy": 0.5, "validation_accuracy_std": 0.0, "train_texts": 3.0,
    }  # fmt: skip
    assert numbers["differences"] == {}
    assert summarize(collect_details([every], MADE_WITH)) == {"colors": {}}
    assert {row["split"] for row in csv_rows.accuracy_rows([every])} == {"validation"}
    assert without_result(collect_details([every], MADE_WITH)) == ""


def test_a_test_set_of_one_text_is_scored_without_an_interval() -> None:
    every = results()
    runs = [replace(run, test={arm: some[:1] for arm, some in run.test.items()}, teacher=[]) for run in every.runs]
    found = section(replace(every, test=every.test[:1], runs=runs))
    assert (found["arms"]["few_shot"]["accuracy"], found["arms"]["few_shot"]["test_texts"]) == (1.0, 1)
    assert list(found["differences"]["relabeled - few_shot"]) == ["accuracy", "by_seed"]
