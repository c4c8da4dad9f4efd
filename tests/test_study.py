"""The study's page says what the metrics of its experiments say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from promptmix.errors import DataError
from tools import studied, study
from tools.studied import Study
from tools.sweeping import plan

SUMMARY: dict[str, Any] = {
    "made-with": {"writer": "W", "relabeler": "R", "student": "S", "shots": 2, "seeds": "0 1"},
    "demo": {
        "few_shot": {
            "accuracy": 0.4, "accuracy_std": 0.01, "macro_f1": 0.3, "seeds": 2, "test_texts": 9, "train_texts": 2,
        },
        "relabeled": {
            "accuracy": 0.6, "accuracy_std": 0.02, "macro_f1": 0.5, "seeds": 2, "test_texts": 9, "train_texts": 8,
            "gain": 0.2, "gain_low": 0.05, "gain_high": 0.35, "validation_accuracy": 0.55,
        },
        "generation": {
            "texts_kept": 6.0, "lines_rejected": 2.0, "relabeled_share": 0.25,
            "prompt_and_completion_tokens_per_kept_text": 812.4,
        },
    },
}  # fmt: skip


def made(name: str) -> Study:
    (experiment,) = plan.experiments(None, ["generate.prompt=plain_names_chat"])
    return Study(name, {"one": experiment}, {"one": SUMMARY})


def test_a_line_of_the_ablation_says_what_the_prompt_shows_and_what_it_gave() -> None:
    *_, head, _, line = studied.tables(made("ablation")).splitlines()
    cells = dict(zip(head[2:-2].split(" | "), line[2:-2].split(" | "), strict=True))
    assert line.startswith("| `plain_names_chat` | – | – | – | demo |")
    assert cells["few_shot"] == "0.400 ± 0.010"
    assert cells["mixed"] == "–"
    assert cells["relabeled − few_shot"] == "**+0.200 [+0.050, +0.350]**"
    assert cells["lines refused"] == cells["labels moved"] == "25%"
    assert cells["tokens a kept text"] == "812"


def test_a_line_of_another_study_says_what_was_changed() -> None:
    assert "| one | `generate.prompt=plain_names_chat` | demo |" in studied.tables(made("students"))


def two(student: str, per_class: int) -> list[str]:
    """Return the lines of a comparison of two experiments; the second has this student and so many texts a class."""
    first, second = plan.experiments(None, [f"generate.per_class=8,{per_class}"])
    other = SUMMARY | {"made-with": SUMMARY["made-with"] | {"student": student}}
    return studied.tables(Study("students", {"a": first, "b": second}, {"a": SUMMARY, "b": other})).splitlines()


def test_what_all_rows_were_made_with_stands_above_them() -> None:
    caption, _, head, *_ = studied.tables(made("students")).splitlines()
    models = "Texts written by: W; relabeled by: R; student: S"
    assert caption.startswith(f"{models}; shots a class: 2; texts wanted a class: 8; seeds: 0, 1. Mean ±")
    assert head.startswith("| run | changes | data set |")


def test_what_rows_were_not_all_made_with_stands_in_each_of_them() -> None:
    caption, _, head, _, first, second = two("another", 4)
    assert caption.startswith("Texts written by: W; relabeled by: R; shots a class: 2; seeds: 0, 1. Mean ±")
    cells = [dict(zip(head[2:-2].split(" | "), line[2:-2].split(" | "), strict=True)) for line in (first, second)]
    assert [each["student"] for each in cells] == ["S", "another"]
    assert [each["texts wanted a class"] for each in cells] == ["8", "4"]


def test_a_study_that_has_not_run_says_so() -> None:
    assert studied.tables(Study("models", {}, {})) == "Not run yet: `make study`."


def test_a_page_without_markers_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "study.md").write_text("no place")
    with pytest.raises(DataError, match=r"write <!-- main --> and <!-- /main --> once each"):
        study.write(tmp_path / "study.md", [Study("main", {}, {})])


def test_the_page_in_the_repository_is_what_its_metrics_say(tmp_path: Path) -> None:
    page = tmp_path / "study.md"
    page.write_bytes(study.PAGE.read_bytes())
    study.write(page, [study.read(name) for name in study.names()])
    assert page.read_text(encoding="utf-8") == study.PAGE.read_text(encoding="utf-8"), "`python -m tools.study --write`"


def test_every_accuracy_of_the_page_stands_in_a_metrics_file() -> None:
    known = {
        f"{number:.3f}" for file in study.METRICS.glob("*.json") for number in _numbers(json.loads(file.read_text()))
    }
    said = set(re.findall(r"(?<![\d.])[+-]?(\d\.\d{3})(?!\d)", study.PAGE.read_text(encoding="utf-8")))
    assert said, "the page holds numbers"
    assert said <= known, sorted(said - known)


def _numbers(value: Any) -> set[float]:
    if isinstance(value, dict):
        return set().union(*(_numbers(part) for part in value.values()))
    return {abs(value)} if isinstance(value, float) else set()
