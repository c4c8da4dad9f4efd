"""What is not as one would expect is said, and nothing else."""

from dataclasses import replace

from promptmix.report.details import collect_details
from promptmix.report.notes import notes
from promptmix.report.results import Results
from tests.support.made_up import MADE_WITH, results, without_test


def said(*every: Results) -> list[str]:
    return list(notes(every, collect_details(every, MADE_WITH)))


def test_ordinary_results_need_no_note() -> None:
    assert said(results()) == []


def test_results_without_test_texts_glyphs_or_texts_are_noted() -> None:
    untested = replace(without_test(results()), dataset="mine")
    odd = replace(results(), labels=("red", "green", "blue", "𒀀"), dataset="odd")
    lacking = [replace(run, no_result={"relabeled": "nothing was written"}) for run in results().runs]
    runs = [replace(run, validation={arm: [] for arm in run.validation}) for run in untested.runs]
    bare = replace(untested, dataset="bare", runs=runs)
    assert said(untested, bare, odd, replace(results(), runs=lacking)) == [
        "mine has no test texts; the accuracy in its table is that of validation texts",
        "bare has no test texts and no validation texts; no accuracy is measured",
        "odd: no font has 𒀀 of its class names; figures show [12000]",
        "odd: relabeled added no text for 1 of 4 classes with some seed (𒀀)",
        "no result: relabeled of colors (nothing was written)",
    ]
