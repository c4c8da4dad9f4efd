"""What descriptions, examples and mixing are worth, over all prompts that have them or not."""

from collections.abc import Sequence
from typing import Any

import pytest

from promptmix.cli.study import effects
from promptmix.cli.study.experiments import Study
from promptmix.cli.study.tables import NOT_RUN, ingredients
from promptmix.cli.sweep.plan import planned


def crossed(right: dict[str, list[str]], arm: str = "relabeled", seeds: Sequence[int] = (0, 1)) -> Study:
    """Return an ablation whose students are right where a digit is 1, by experiment and seed."""
    experiments = {e.name.removeprefix("study_ablation-"): e for e in planned("study_ablation", [])}
    details = {
        name: {
            "made_with": {"seeds": list(seeds) if name == "plain" else [0, 1]},
            "datasets": {"demo": {"arms": {arm: {"right_by_seed": digits}}}},
        }
        for name, digits in right.items()
    }
    return Study("ablation", experiments, details)


def digits(name: str) -> list[str]:
    """Mixing makes the third text right, examples do too; descriptions make the first one wrong, in seed 0 alone."""
    of = ingredients(crossed({}).experiments[name])
    third = "1" if of["mixing"] or of["examples"] else "0"
    return [f"{0 if of['descriptions'] else 1}1{third}0", f"11{third}0"]


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    return effects.effects(crossed({name: digits(name) for name in effects.CROSSED}))


def test_an_ingredient_is_worth_the_mean_over_the_prompts_with_and_without_it(found: dict[str, dict[str, Any]]) -> None:
    """Mixing adds a text of four where there are no examples, and so do examples where nothing is mixed."""
    worth = {ingredient: by_dataset["demo"]["relabeled"]["accuracy"] for ingredient, by_dataset in found.items()}
    assert worth == {"descriptions": -0.125, "examples": 0.125, "mixing": 0.125}
    descriptions = found["descriptions"]["demo"]["relabeled"]
    assert descriptions["low"] < -0.125 < descriptions["high"]


def test_the_crossing_is_every_choice_of_the_ingredients() -> None:
    experiments = crossed({}).experiments
    assert (
        len({tuple(ingredients(experiments[name]).values()) for name in effects.CROSSED}) == 8 == len(effects.CROSSED)
    )


def cells(table: str) -> list[list[str]]:
    """Return the cells of a Markdown table without its rule."""
    head, _, *lines = table.splitlines()
    return [[cell.strip() for cell in line[1:-1].split(" | ")] for line in (head, *lines)]


def test_a_line_says_what_an_ingredient_is_worth_to_which_student(found: dict[str, dict[str, Any]]) -> None:
    head, first, *_ = cells(effects.effects_table(found))
    assert head == ["ingredient", "data set", "`mixed`, with − without [95 %]", "`relabeled`, with − without [95 %]"]
    assert first[:3] == ["descriptions", "demo", "–"]
    assert first[3].startswith("-0.125 [")
    mixed = effects.effects(crossed({name: digits(name) for name in effects.CROSSED}, arm="mixed"))
    assert cells(effects.effects_table(mixed))[1][2].startswith("-0.125 [")


def test_nothing_is_said_of_a_crossing_with_a_hole() -> None:
    assert effects.effects(crossed({"mixup": ["10"], "plain": ["11"]})) == {}
    assert effects.effects_table({}) == NOT_RUN


def test_prompts_of_other_seeds_or_texts_are_not_compared() -> None:
    right = {name: ["10", "10"] for name in effects.CROSSED}
    assert effects.effects(crossed(right))["mixing"]["demo"]["relabeled"]["accuracy"] == 0
    assert effects.effects(crossed(right, seeds=[3, 4])) == {}
    assert effects.effects(crossed(right | {"plain": ["101", "101"]}))["mixing"] == {"demo": {}}
