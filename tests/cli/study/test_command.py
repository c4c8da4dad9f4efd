"""The study's page says what the metrics of its experiments say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from promptmix.cli.study import command, tables
from promptmix.cli.study.experiments import Study
from promptmix.cli.sweep.plan import planned
from promptmix.core.errors import DataError
from tests.support.shared import Little
from tests.support.structure import ROOT

MADE_WITH: dict[str, Any] = {"writer": "W", "relabeler": "R", "student": "S", "shots": 2, "seeds": [0, 1]}
DEMO: dict[str, Any] = {
    "arms": {
        "few_shot": {"accuracy": 0.4, "accuracy_std": 0.01, "macro_f1": 0.3, "test_texts": 9, "train_texts": 2},
        "relabeled": {
            "accuracy": 0.6, "accuracy_std": 0.02, "macro_f1": 0.5, "test_texts": 9, "train_texts": 8,
            "validation_accuracy": 0.55,
        },
    },
    "generation": {
        "texts_kept": 6.0, "lines_rejected": 2.0, "relabeled_share": 0.25,
        "prompt_and_completion_tokens_per_kept_text": 812.4,
    },
    "differences": {"relabeled - few_shot": {"accuracy": 0.2, "low": 0.05, "high": 0.35, "excludes_zero": True}},
}  # fmt: skip
DETAILS: dict[str, Any] = {"made_with": MADE_WITH, "datasets": {"demo": DEMO}}


def rows(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table, without its caption and rule."""
    head, _, *lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in (head, *lines)]


def made(name: str) -> Study:
    (experiment,) = planned(None, ["generate.prompt=plain_names_chat"])
    return Study(name, {"one": experiment}, {"one": DETAILS})


def test_a_line_of_the_ablation_says_what_the_prompt_shows_and_what_it_gave() -> None:
    head, line = rows(tables.tables(made("ablation")))
    cells = dict(zip(head, line, strict=True))
    assert line[:5] == ["`plain_names_chat`", "–", "–", "–", "demo"]
    assert cells["few_shot"] == "0.400 ± 0.010"
    assert cells["mixed"] == "–"
    assert cells["relabeled − few_shot [95 %]"] == "**+0.200 [+0.050, +0.350]**"
    assert cells["lines refused"] == cells["labels moved"] == "25%"
    assert cells["tokens a kept text"] == "812"


def test_a_line_of_another_study_says_what_was_changed() -> None:
    assert rows(tables.tables(made("students")))[1][:3] == ["one", "`generate.prompt=plain_names_chat`", "demo"]


def two(student: str, per_class: int) -> str:
    """Return the table of a comparison of two experiments; the second has this student and so many texts a class."""
    first, second = planned(None, [f"generate.per_class=8,{per_class}"])
    other = DETAILS | {"made_with": MADE_WITH | {"student": student}}
    return tables.tables(Study("students", {"a": first, "b": second}, {"a": DETAILS, "b": other}))


def test_what_all_rows_were_made_with_stands_above_them() -> None:
    table = tables.tables(made("students"))
    models = "Texts written by: W; relabeled by: R; student: S"
    assert table.startswith(f"{models}; shots a class: 2; texts wanted a class: 8; seeds: 0, 1. Mean ±")
    assert rows(table)[0][:3] == ["run", "changes", "data set"]


def test_what_rows_were_not_all_made_with_stands_in_each_of_them() -> None:
    table = two("another", 4)
    assert table.startswith("Texts written by: W; relabeled by: R; shots a class: 2; seeds: 0, 1. Mean ±")
    head, *lines = rows(table)
    cells = [dict(zip(head, line, strict=True)) for line in lines]
    assert [each["student"] for each in cells] == ["S", "another"]
    assert [each["texts wanted a class"] for each in cells] == ["8", "4"]


def test_a_study_that_has_not_run_says_so() -> None:
    assert tables.tables(Study("models", {}, {})) == "Not run yet: `promptmix study`."


def test_a_page_without_markers_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.md").write_text("no place")
    with pytest.raises(DataError, match=r"write <!-- main --> and <!-- /main --> once each"):
        command.write_page(tmp_path / "study.md", [Study("main", {}, {})], tmp_path)


def test_the_page_in_the_repository_is_what_its_metrics_say(tmp_path: Path) -> None:
    for file in (command.PAGE, command.results_folder() / command.COMMITS):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    page = tmp_path / command.PAGE.name
    command.write_page(page, [command.read_study(name) for name in command.study_sweeps()], tmp_path)
    assert page.read_text(encoding="utf-8") == command.PAGE.read_text(encoding="utf-8"), "`promptmix study --write`"


def test_every_number_of_the_page_is_in_a_table_and_every_one_of_a_table_in_a_metrics_file() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- (\w+) -->\n(.*?)<!-- /\1 -->", page, re.DOTALL)
    made = _said("".join(block for _, block in blocks))
    assert made, "the page holds numbers"
    files = command.results_folder().glob("*.json")
    known = {f"{number:.3f}" for file in files for number in _numbers(json.loads(file.read_text()))}
    assert made <= known, sorted(made - known)
    assert _said(page) <= made, sorted(_said(page) - made)


def _said(text: str) -> set[str]:
    return set(re.findall(r"(?<![\d.])[+-]?(\d\.\d{3})(?!\d)", text))


def _numbers(value: Any) -> set[float]:
    if isinstance(value, dict):
        return set().union(*(_numbers(part) for part in value.values()))
    return {abs(value)} if isinstance(value, float) else set()


# how experiments differ


def hits(*seeds: str) -> dict[str, Any]:
    """Return details of an experiment whose relabeled student is right where a digit is 1."""
    recall = {"recall": {"red": 0.25, "blue": 0.5}, "recall_std": {"red": 0.125, "blue": 0.0}}
    arm = DEMO["arms"]["relabeled"] | recall | {"right_by_seed": list(seeds)}
    demo = DEMO | {"arms": {"few_shot": DEMO["arms"]["few_shot"], "relabeled": arm}}
    return {"made_with": MADE_WITH, "datasets": {"demo": demo}}


def compared(*details: dict[str, Any], name: str = "students") -> Study:
    (experiment,) = planned(None, ["generate.per_class=8"])
    names = "abc"[: len(details)]
    each = dict(zip(names, details, strict=True))
    return Study(name, dict.fromkeys(names, experiment), each)


def test_experiments_are_compared_with_the_first_one_text_by_text() -> None:
    """Right on 2 of 4 and 2 of 4 texts, then on 3 and 4."""
    found = compared(hits("1100", "0011"), hits("1110", "1111")).against_first
    assert list(found) == ["b"]
    assert found["b"]["demo"]["accuracy"] == 0.375
    assert found["b"]["demo"]["low"] < 0.375 < found["b"]["demo"]["high"]


def test_experiments_of_other_seeds_or_texts_are_not_compared() -> None:
    assert compared(hits("1100", "0011"), hits("1110")).against_first == {"b": {}}
    assert compared(hits("1100", "0011"), DETAILS).against_first == {"b": {}}


def test_a_line_says_how_far_its_experiment_is_from_the_first() -> None:
    head, *lines = rows(tables.tables(compared(hits("11", "11"), hits("10", "10"))))
    cells = [dict(zip(head, line, strict=True)) for line in lines]
    first_cell, second_cell = (each["relabeled − a's [95 %]"] for each in cells)
    assert first_cell == "–"
    assert second_cell.startswith("-0.500 [-")


def test_recall_is_told_by_class_of_data_sets_with_few_classes() -> None:
    found = rows(tables.recall(compared(hits("1"), name="main")))
    assert found[1] == ["demo", "red", "–", "–", "0.250 ± 0.125", "–"]
    many = hits("1")
    many["datasets"]["demo"]["arms"]["few_shot"] = {"recall": {f"c{n}": 0.5 for n in range(11)}}
    assert tables.recall(compared(many, name="main")) == tables.NOT_RUN


def test_the_page_says_which_commit_each_experiment_started_from() -> None:
    kept = {"a": {"commit": "1" * 40}, "b": {"commit": "2" * 40}, "c": {"commit": "1" * 40}}
    assert tables.commits(kept) == "Experiments started from commit 1111111; from 2222222: b."


# from git to metrics/study/


def test_what_came_of_a_finished_experiment_is_copied_with_its_commits(alone: Little, monkeypatch: Any) -> None:
    """A made-up experiment in a real repository: the ref that DVC keeps for it, over the same commit."""
    monkeypatch.chdir(alone.folder)
    for name in ("params.yaml", "dvc.yaml"):
        (alone.folder / name).write_bytes((ROOT / name).read_bytes())
    (alone.folder / "experiments.yaml").write_text("sweeps: {study_main: {one: {}, two: {distill.C: 0.5}}}\n")
    (alone.folder / "metrics").mkdir()
    (alone.folder / "metrics/details.json").write_text('{"details": 0.5}\n')
    alone.ok("git", "add", "-f", ".")
    alone.commit()
    head = alone.ok("git", "rev-parse", "HEAD").strip()
    alone.ok("git", "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/study_main-one", head)
    command.copy_results("study_main")
    copied = alone.folder / "metrics/study"
    assert {file.name for file in copied.iterdir()} == {
        "commits.json", "study_main-one.json", "study_main-one.yaml",
    }  # fmt: skip
    assert (copied / "study_main-one.json").read_text() == '{"details": 0.5}\n'
    kept = json.loads((copied / "commits.json").read_text())
    assert kept == {"study_main-one": {"commit": head, "experiment": head}}


def test_a_sweep_that_the_study_does_not_have_is_refused_in_one_line() -> None:
    assert command.study_sweeps("ablation") == ["study_ablation"]
    said = r"^experiments\.yaml has no study_nothing; the study's sweeps are main, ablation, "
    with pytest.raises(DataError, match=said):
        command.study_sweeps("nothing")


def test_a_missing_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "study.md"
    with pytest.raises(DataError, match=r"study\.md: no such file; `git checkout .*study\.md` brings it back$"):
        command.write_page(page, [made("main")], tmp_path)


@pytest.mark.parametrize("text", ["<<<<<<< HEAD", "[1]"])
def test_numbers_that_cannot_be_read_are_named(text: str, tmp_path: Path) -> None:
    (tmp_path / command.COMMITS).write_text(text)
    with pytest.raises(DataError, match=r"commits\.json: no JSON object \(an unfinished merge\?\); `git checkout "):
        command.write_page(tmp_path / "study.md", [made("main")], tmp_path)
