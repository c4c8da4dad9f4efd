"""The whole pipeline in a copy of this repository: real DVC, a real small LLM, real students.

The copy is run once; every test starts from what that run left, in any order of tests.
"""

import re
from typing import Any

import pytest

from promptmix.llm.endpoints.server import serve
from promptmix.models.pretrained import Pretrained
from tests.support.copies import Copy
from tests.support.first_run import FirstRun


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
    read = {
        name: copy.lines(f"data/generated/demo/0/{name}.jsonl")
        for name in ("prompts", "completions", "generated", "rejected")
    }
    written = sum(len(completion["text"].splitlines()) for completion in read["completions"])
    assert len(read["generated"]) + len(read["rejected"]) == written
    assert [p["id"] for p in read["prompts"]] == [c["prompt_id"] for c in read["completions"]]


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
        ({"distill.backbone": "smollm2-135m-instruct"}, "is a language model; an encoder is needed there"),
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
