"""The whole pipeline in a copy of this repository: real DVC, a real small LLM, real students.

The copy is run once; every test starts from what that run left, in any order of tests.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from promptmix.arms import ARMS
from promptmix.llm.endpoints.server import serve
from promptmix.models.pretrained import Pretrained
from tests.support.copies import Copy

SMALL: dict[str, Any] = {
    "seeds": [0],
    "arms": ["few_shot", "relabeled"],
    "llm.model": "smollm2-135m-instruct",
    "generate.prompt": "mixup_completion",
    "generate.per_class": 1,
    "generate.max_prompts_per_class": 3,
    "generate.max_tokens": 40,
    "generate.json_schema": False,
    "teacher.test_texts": 3,
    "distill.student": "linear_probe",
}


class FirstRun(NamedTuple):
    """A copy that was run once and committed, and what that run printed, requested and changed."""

    copy: Copy
    said: str
    asked: tuple[int, int]
    changed: set[str]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, small_llm: Pretrained, small_encoder: Pretrained) -> FirstRun:
    copy = Copy(tmp_path_factory.mktemp("repository"))
    copy.params(**SMALL)
    copy.pace(threads=1)
    copy.commit()
    said = copy.promptmix("run")
    found = FirstRun(copy, said, copy.asked(), copy.changed())
    copy.commit()
    return found


def set_back(copy: Copy) -> None:
    """Restore the copy to its last commit."""
    if copy.changed():
        copy.run("git", "clean", "-qfd")
        copy.run("git", "checkout", "-q", ".")
        copy.ok("dvc", "checkout", "--quiet", "--force")


@pytest.fixture
def copy(first: FirstRun) -> Iterator[Copy]:
    yield first.copy
    set_back(first.copy)


class WholeRun(NamedTuple):
    """What a run of all arms left behind."""

    rows: dict[str, list[dict[str, Any]]]
    """The lines of each training file, and of the files that they are made of."""

    metrics: Any
    asked: int
    """Answers of the language model that the run used, recorded ones included."""

    cost: str
    """The table that `promptmix cost` prints after the run."""


@pytest.fixture(scope="module")
def whole(first: FirstRun) -> WholeRun:
    """A run of all stages and arms with near partners, after which the copy is as it was."""
    copy = first.copy
    copy.params(**{"generate.partner": "nearest", "arms": list(ARMS)})
    copy.repro("--force")
    data = copy.folder / "data"
    rows = {arm: lines(data / f"train/demo/0/{arm}.jsonl") for arm in ARMS}
    rows["generated"] = lines(data / "generated/demo/0/generated.jsonl")
    rows["contrast"] = lines(data / "generated/demo/0/contrast/generated.jsonl")
    rows |= {"shots": lines(data / "shots/demo/0.jsonl"), "labels": lines(data / "relabeled/demo/0/relabeled.jsonl")}
    found = WholeRun(rows, copy.metrics(), sum(copy.asked()), copy.promptmix("cost"))
    set_back(copy)
    return found


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_pipeline_runs_from_a_fresh_copy_to_the_table(first: FirstRun) -> None:
    requested, recorded = first.asked
    assert requested > 12
    assert recorded == 0
    metrics = first.copy.metrics()
    assert {dataset: list(numbers) for dataset, numbers in metrics.items()} == {
        "demo": ["few_shot", "relabeled", "teacher"]
    }
    assert all(0 <= accuracy <= 1 for accuracy in metrics["demo"].values())
    assert first.changed <= {"dvc.lock", "metrics", "plots", "README.md"}
    assert "`relabeled`" in (first.copy.folder / "README.md").read_text()
    assert f"{requested} requested now, 0 recorded before" in first.said
    assert "`relabeled`" in first.said, "the table is printed"


def test_a_second_run_has_nothing_to_do(copy: Copy) -> None:
    assert "up to date" in copy.repro()
    assert copy.asked() == (0, 0)
    assert copy.changed() == set()


def test_every_line_of_every_reply_is_accounted_for(copy: Copy) -> None:
    folder = copy.folder / "data/generated/demo/0"
    read = {name: lines(folder / f"{name}.jsonl") for name in ("prompts", "completions", "generated", "rejected")}
    written = sum(len(completion["text"].splitlines()) for completion in read["completions"])
    assert len(read["generated"]) + len(read["rejected"]) == written
    assert [p["id"] for p in read["prompts"]] == [c["prompt_id"] for c in read["completions"]]


@pytest.mark.slow
def test_recorded_answers_give_the_same_files_with_no_language_model(copy: Copy) -> None:
    names = ("dvc.lock", "metrics/summary.json", "metrics/details.json")
    before = [(copy.folder / name).read_bytes() for name in names]
    copy.promptmix("answers", "record")
    copy.promptmix("run", "--replay", PROMPTMIX_STORE=".cache/empty.sqlite")
    requested, recorded = copy.asked()
    assert requested == 0
    assert recorded > 12
    assert [(copy.folder / name).read_bytes() for name in names] == before


@pytest.mark.slow
def test_a_student_setting_requests_nothing_and_its_way_back_restores_every_number(copy: Copy) -> None:
    """DVC's run cache must not bring back the metrics and leave the README's table of another run."""
    before = (copy.folder / "README.md").read_text(), copy.metrics()
    copy.params(**{"distill.C": 0.001})
    said = copy.repro()
    assert copy.asked() == (0, 0)
    assert not re.search(r"Running stage '(generate|relabel|teacher)", said)
    assert copy.metrics() != before[1]
    copy.params(**{"distill.C": 1.0})
    assert "cached - skipping run" in copy.repro()
    assert ((copy.folder / "README.md").read_text(), copy.metrics()) == before


@pytest.mark.slow
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


@pytest.mark.slow
def test_every_arm_has_an_accuracy(whole: WholeRun) -> None:
    scores = whole.metrics["demo"]
    assert set(scores) == {*ARMS, "teacher"}
    assert all(0 <= accuracy <= 1 for accuracy in scores.values())


@pytest.mark.slow
def test_the_cost_of_a_run_counts_the_questions_that_the_run_sends(whole: WholeRun) -> None:
    """After the run each of them is recorded, also for texts without mixing and with near partners."""
    rows = re.findall(r"^(\S+)(?: demo-0)? +(\d+) +(\d+) +0 +0 ", whole.cost, re.MULTILINE)
    assert [stage for stage, *_ in rows] == ["generate", "contrast", "relabel", "teacher", "all"], whole.cost
    assert all(questions == recorded for _, questions, recorded in rows)
    assert int(rows[-1][1]) == whole.asked


def test_an_added_seed_runs_alone(copy: Copy) -> None:
    copy.params(seeds=[0, 7])
    said = copy.run("dvc", "repro", "--dry", "--allow-missing").stdout
    assert re.findall(r"Running stage '(\S+)'", said) == [
        "sample@demo-7"
    ]  # a dry run ends where a file is not there yet
    assert "Stage 'generate@demo-0' didn't change" in said


def test_dvcs_own_commands_work(copy: Copy) -> None:
    copy.params(seeds=[0, 7])
    assert "generate@demo-7" in copy.ok("dvc", "dag")
    assert "seeds" in copy.ok("dvc", "params", "diff")
    assert "demo.relabeled" in copy.ok("dvc", "metrics", "show")
    assert "demo.relabeled" in copy.ok("dvc", "exp", "show", "--no-pager", "--csv")
    assert "index.html" in copy.ok("dvc", "plots", "show")
    copy.run("git", "checkout", "-q", ".")
    copy.ok("dvc", "checkout")
    assert copy.changed() <= {"dvc_plots"}


@pytest.mark.slow
def test_zero_shots_another_server_and_another_seed_run_to_the_end(copy: Copy, small_llm: Pretrained) -> None:
    """B1, B2; the same pipeline against an OpenAI-compatible server (llama.cpp's own); no number of seed 0 is left."""
    options = ["seeds=[7]", "sample.shots=0", "llm.endpoint=openai", "llm.model=whatever", "relabel.method=answer"]
    words = [word for option in options for word in ("-S", option)]
    with serve(small_llm, 1) as url:
        said = copy.promptmix("run", *words, OPENAI_BASE_URL=f"{url}/v1", OPENAI_API_KEY="any")
    assert "git checkout params.yaml" in said
    details = copy.details()
    arms = details["datasets"]["demo"]["arms"]
    assert details["made_with"]["seeds"] == [7]
    assert arms["few_shot"]["train_texts"] == 0
    assert arms["relabeled"]["train_texts"] > 0
    assert "accuracy_std" not in arms["relabeled"]
    assert "seed 7" in (copy.folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"generate.per_class": -1}, "generate.per_class: Input should be greater than or equal to 1, got -1"),
        ({"generate.perclass": 5}, "generate.perclass: unknown key, got 5"),
        ({"sample.shots": 40}, "sample.shots asks for 40"),
        ({"llm.endpoint": "bundled", "llm.model": "gpt5"}, "model 'gpt5' is unknown; known here:"),
        ({"datasets": ["nowhere"]}, "data/raw/nowhere"),
    ],
    ids=str,
)
def test_a_bad_value_ends_in_one_line_that_says_what_to_do(copy: Copy, change: dict[str, Any], said: str) -> None:
    copy.params(**change)
    done = copy.run("python", "-m", "promptmix", "run")
    assert done.returncode != 0
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
