"""The comparison: what is read from git, what is left out and why, and how it is laid out."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest

from promptmix.cli import git
from promptmix.cli.compare.command import comparison
from promptmix.core.errors import DataError
from tests.support.structure import ROOT

PARAMS = """\
datasets: [demo]
seeds: {seeds}
arms: [few_shot, relabeled]
llm: {{model: big, budget: {budget}}}
distill: {{learning_rate: {rate}, steps: 80}}
"""
LOCK = """\
schema: '2.0'
stages:
  distill@demo-0-relabeled:
    cmd: python -m stages.distill
    params:
      params.yaml:
        distill: {{learning_rate: {rate}, steps: 80}}
    outs:
    - path: models
  distill@gone-9-relabeled:
    cmd: python -m stages.distill
    params:
      params.yaml:
        distill: {{learning_rate: 7.0, steps: 80}}
"""


def write(rate: float, few: list[float], relabeled: list[float], seeds: list[int], budget: str = "null") -> None:
    """Make the files of a finished run; accuracies by seed."""
    Path("params.yaml").write_text(PARAMS.format(seeds=seeds, rate=rate, budget=budget))
    Path("dvc.lock").write_text(LOCK.format(rate=rate))
    rows = [f"demo,{arm},{seed},{split},{accuracy + (split == 'validation') / 10}"
            for arm, accuracies in (("few_shot", few), ("relabeled", relabeled))
            for seed, accuracy in zip(seeds, accuracies, strict=True) for split in ("test", "validation")]  # fmt: skip
    Path("plots").mkdir(exist_ok=True)
    Path("plots/accuracy.csv").write_text("\n".join(["dataset,arm,seed,split,accuracy", *rows]) + "\n")


def commit(message: str) -> str:
    subprocess.run(["git", "add", "-A"], check=True)
    subprocess.run(["git", "commit", "-qm", message], check=True)
    return git.commit("HEAD")


def experiment(name: str, *values: object) -> None:
    """Make an experiment of the present commit, as DVC keeps one."""
    head = git.commit("HEAD")
    write(*values)  # type: ignore[arg-type]  # passed on as they are
    subprocess.run(["git", "update-ref", git.reference(head, name), commit(name)], check=True)
    subprocess.run(["git", "reset", "-q", "--hard", head], check=True)


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "dvc.yaml", "dvc.yaml")
    for command in ("init -q", "config user.email t@example.org", "config user.name t"):
        subprocess.run(["git", *command.split()], check=True)
    write(0.0002, [0.4, 0.5], [0.6, 0.7], [0, 1])
    commit("first")


def table(*revisions: str, split: Literal["test", "validation"] = "test") -> list[list[str]]:
    """Return the cells of the plain table's lines."""
    lines = comparison(revisions or ["HEAD"], split, "plain").split("\n\n")[0].splitlines()
    return [line.replace(" ± ", "±").split() for line in lines]


def test_one_row_a_configuration_with_what_differs_best_first() -> None:
    """0.6 and 0.7: mean 0.65, sample standard deviation 0.1 / sqrt(2) = 0.0707."""
    experiment("fast", 0.0004, [0.4, 0.5], [0.7, 0.8], [0, 1])
    experiment("slow", 0.0001, [0.3, 0.3], [0.5, 0.5], [0, 1])
    assert table() == [
        ["run", "learning_rate", "seeds", "few_shot", "relabeled"],
        ["fast", "0.0004", "2", "0.450±0.071", "0.750±0.071"],
        ["HEAD", "+1", "0.0002", "2", "0.450±0.071", "0.650±0.071"],
        ["slow", "0.0001", "2", "0.300±0.000", "0.500±0.000"],
    ]


def test_runs_that_differ_in_seeds_alone_are_one_row_and_every_seed_counts_once() -> None:
    """0.6, 0.7 and 0.8: mean 0.7, standard deviation 0.1."""
    experiment("more", 0.0002, [0.5, 0.6], [0.7, 0.8], [1, 2])
    assert table()[1:] == [["more", "+2", "3", "0.500±0.100", "0.700±0.100"]]


def test_a_param_that_changes_no_accuracy_makes_no_row_of_its_own() -> None:
    experiment("cheap", 0.0002, [0.4, 0.5], [0.6, 0.7], [0, 1], "5 dollars")
    assert len(table()) == 2


def test_params_that_were_edited_but_not_run_lend_no_numbers() -> None:
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("0.0002", "0.5"))
    said = comparison(["HEAD"], "test", "plain")
    assert "workspace is left out: distill.learning_rate changed since the last run; `dvc repro` makes its" in said
    assert "0.5 " not in said
    assert "HEAD" in said


def test_one_seed_has_no_spread_and_an_arm_that_was_not_run_no_number() -> None:
    write(0.0002, [0.4], [0.6], [0])
    kept = Path("plots/accuracy.csv").read_text().splitlines()
    Path("plots/accuracy.csv").write_text("\n".join(line for line in kept if "few_shot" not in line) + "\n")
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("steps: 80", "steps: 90"))
    Path("dvc.lock").write_text(Path("dvc.lock").read_text().replace("steps: 80", "steps: 90"))
    assert table()[-1] == ["workspace", "90", "1", "–", "0.600"]


def test_settings_can_be_chosen_by_validation() -> None:
    assert table(split="validation")[1][-1] == "0.750±0.071"


def test_other_commits_bring_their_experiments() -> None:
    experiment("fast", 0.0004, [0.4, 0.5], [0.7, 0.8], [0, 1])
    subprocess.run(["git", "tag", "v1"], check=True)
    write(0.0003, [0.4, 0.5], [0.6, 0.75], [0, 1])
    commit("second")
    assert [row[0] for row in table()[1:]] == ["HEAD"]
    assert [row[0] for row in table("v1", "HEAD")[1:]] == ["fast", "HEAD", "v1"]
    with pytest.raises(
        DataError, match=r"git knows no revision 'v2'; `git tag` and `dvc exp list` name those that there are"
    ):
        comparison(["v2"], "test", "plain")


def test_what_does_not_fit_a_line_of_100_columns_follows_below() -> None:
    for arm in range(6):
        with Path("plots/accuracy.csv").open("a") as file:
            file.writelines(f"demo,another_arm_{arm},{seed},test,0.{seed}{arm}\n" for seed in (0, 1))
    commit("many arms")
    said = comparison(["HEAD"], "test", "plain")
    assert all(len(line) <= 100 for line in said.splitlines())
    assert "another_arm_5" in said
    assert said.count("HEAD +1") == 2


def test_markdown_and_csv_hold_the_same_numbers() -> None:
    experiment("fast", 0.0004, [0.4, 0.5], [0.7, 0.8], [0, 1])
    assert "| fast | 0.0004 | 2 | 0.450 ± 0.071 | 0.750 ± 0.071 |" in re.sub(
        " +", " ", comparison(["HEAD"], "test", "md")
    )
    rows = list(csv.DictReader(io.StringIO(comparison(["HEAD"], "test", "csv"))))
    (best,) = [row for row in rows if row["names"] == "fast" and row["arm"] == "relabeled"]
    assert float(best["accuracy"]) == pytest.approx(0.75)
    assert float(best["accuracy_std"]) == pytest.approx(0.1 / 2**0.5)
    assert (best["distill.learning_rate"], best["seeds"]) == ("0.0004", "2")


def test_nothing_run_yet_is_said() -> None:
    Path("plots/accuracy.csv").unlink()
    commit("nothing")
    said = comparison(["HEAD"], "test", "plain")
    assert said.startswith("nothing has been run yet: `promptmix run`, or `promptmix sweep`")
    assert "workspace is left out: no plots/accuracy.csv; `dvc repro` makes it" in said


def test_runs_of_other_code_with_other_numbers_have_rows_of_their_own() -> None:
    experiment("old", 0.0004, [0.4, 0.5], [0.7, 0.8], [0, 1])
    experiment("old-2", 0.0004, [0.4, 0.5], [0.8, 0.9], [0, 1])
    rows = {row[0]: row[-1] for row in table()[1:]}
    assert rows["old"] == "0.750±0.071"
    assert rows["old-2"] == "0.850±0.071"


def test_experiments_of_equal_names_at_two_commits_are_both_there() -> None:
    experiment("same", 0.0004, [0.4, 0.5], [0.7, 0.8], [0, 1])
    first = git.commit("HEAD")
    write(0.0002, [0.1, 0.1], [0.2, 0.2], [0, 1])
    commit("second")
    experiment("same", 0.0004, [0.2, 0.2], [0.3, 0.3], [0, 1])
    assert [row[-1] for row in table(first, "HEAD") if row[0] == "same"] == ["0.750±0.071", "0.300±0.000"]


def test_params_that_are_missing_are_brought_back_by_git() -> None:
    Path("params.yaml").unlink()
    said = comparison(["HEAD"], "test", "plain")
    assert "workspace is left out: no params.yaml; `git checkout params.yaml` brings it back" in said
