"""The whole pipeline with all arms, and from recorded answers, in a copy of this repository that ran once."""

import re
from typing import Any, NamedTuple

import pytest

from promptmix.arms import ARMS
from tests.support.copies import Copy
from tests.support.first_run import TEST_TEXTS, FirstRun

pytestmark = pytest.mark.slow

TRAINED = "prototypes", "synthetic_only"


class WholeRun(NamedTuple):
    """What a run of all arms left behind."""

    rows: dict[str, list[dict[str, Any]]]
    """The lines of each training file, and of the files that they are made of."""

    asked: int
    """Answers of the language model that the run used, recorded ones included."""

    cost: str
    """The table that `promptmix cost` prints after the run."""


@pytest.fixture(scope="module")
def whole(first: FirstRun) -> WholeRun:
    """A run of all stages that ask, and the texts of all arms, with near partners; then the copy is as it was.

    Students are trained for the arms that may have none or another kind; a dozen would take minutes and show no more.
    """
    copy = first.copy
    copy.params(**{"generate.partner": "nearest", "arms": list(ARMS)})
    copy.repro("assemble@demo-0", *(f"distill@demo-0-{arm}" for arm in TRAINED))
    copy.ok("dvc", "repro", "--force", "--single-item", "teacher@demo-0")  # which none of the changes concerns
    rows = {arm: copy.lines(f"data/train/demo/0/{arm}.jsonl") for arm in ARMS}
    rows["generated"] = copy.lines("data/generated/demo/0/generated.jsonl")
    rows["contrast"] = copy.lines("data/generated/demo/0/contrast/generated.jsonl")
    reasons = "data/train/demo/0/no_result.jsonl"
    rows |= {
        "no_result": copy.lines(reasons) if (copy.folder / reasons).exists() else [],
        "shots": copy.lines("data/shots/demo/0.jsonl"),
        "labels": copy.lines("data/relabeled/demo/0/relabeled.jsonl"),
    }
    rows |= {f"predicted {arm}": copy.lines(f"data/predictions/demo/0/{arm}/test.jsonl") for arm in TRAINED}
    found = WholeRun(rows, sum(copy.asked()), copy.promptmix("cost"))
    copy.set_back()
    return found


def test_recorded_answers_give_the_same_files_with_no_language_model(copy: Copy) -> None:
    """In the stages that ask; `.ci/run` repeats the committed table with all stages."""
    before = (copy.folder / "dvc.lock").read_bytes()
    copy.promptmix("answers", "record")
    asking = [f"{stage}@demo-0" for stage in ("generate", "relabel", "teacher")]
    copy.repro("--force", "--single-item", *asking, PROMPTMIX_REPLAY="1", PROMPTMIX_STORE=".cache/empty.sqlite")
    requested, recorded = copy.asked()
    assert requested == 0
    assert recorded > 12
    assert (copy.folder / "dvc.lock").read_bytes() == before, "the digests of what the stages wrote"


def test_the_texts_of_every_arm_add_up(whole: WholeRun) -> None:
    """2 shots of each of 6 classes, and what the arm adds; eda and human may find fewer than they want."""
    count = {name: len(rows) for name, rows in whole.rows.items()}
    labeled = sum(row["label"] is not None for row in whole.rows["labels"])
    assert all(row["text"].strip() and row["label"] for arm in ARMS for row in whole.rows[arm])
    assert count["shots"] == count["few_shot"] == count["prototypes"] == 12
    assert min(count["generated"], count["contrast"], labeled) > 0
    assert count["mixed"] == 12 + count["generated"]
    assert count["relabeled"] == 12 + labeled
    assert count["synthetic_only"] == labeled
    assert 12 <= count["filtered"] <= count["relabeled"]
    assert count["no_mixing"] == 12 + count["contrast"]
    assert 12 < count["eda"] <= count["mixed"]
    assert 12 < count["human"] <= count["mixed"]


def test_a_student_predicts_all_test_texts_and_only_an_arm_with_texts_of_one_class_has_no_result(
    whole: WholeRun,
) -> None:
    """The small model may give all texts one class, and ``synthetic_only`` has no others."""
    assert {len(whole.rows[f"predicted {arm}"]) for arm in TRAINED} == {TEST_TEXTS}
    one_class = {arm for arm in ARMS if len({row["label"] for row in whole.rows[arm]}) == 1}
    assert {row["arm"] for row in whole.rows["no_result"]} == one_class


def test_the_cost_of_a_run_counts_the_questions_that_the_run_sends(whole: WholeRun) -> None:
    """After the run each of them is recorded, also for texts without mixing and with near partners."""
    rows = re.findall(r"^(\S+)(?: demo-0)? +(\d+) +(\d+) +0 +0 ", whole.cost, re.MULTILINE)
    assert [stage for stage, *_ in rows] == ["generate", "contrast", "relabel", "teacher", "all"], whole.cost
    assert all(questions == recorded for _, questions, recorded in rows)
    assert int(rows[-1][1]) == whole.asked
