"""What descriptions, examples and mixing are worth, over all prompts that have them or not."""

from typing import Any

import pytest

from tools.studying import effects
from tools.studying.study import Study
from tools.studying.tables import NOT_RUN
from tools.sweeping import plan


def crossed(right: dict[str, list[str]]) -> Study:
    """Return an ablation whose relabelled students are right where a digit is 1, by experiment and seed."""
    experiments = {
        name: plan.experiments(None, [f"generate.prompt={name}_chat"])[0] for name in effects.CROSSED if name in right
    }
    arms = {name: {"demo": {"arms": {"relabeled": {"right_by_seed": digits}}}} for name, digits in right.items()}
    return Study("ablation", experiments, {}, arms)


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, Any]]:
    """Mixing makes the third text right, whatever else a prompt has; examples do so without mixing alone."""
    right = {name: ["1110", "1110"] for name in effects.CROSSED if name.startswith("mixup")}
    right |= {"plain": ["1110", "1110"], "plain_no_descriptions": ["1110", "1110"]}
    return effects.effects(crossed(right | {"plain_no_examples": ["1100", "1100"], "plain_names": ["1100", "1100"]}))


def test_an_ingredient_is_worth_the_mean_over_the_prompts_with_and_without_it(found: dict[str, dict[str, Any]]) -> None:
    """Mixing adds a text of four to half of its pairs of prompts, examples do to the other half of theirs."""
    worth = {ingredient: by_dataset["demo"]["relabeled"] for ingredient, by_dataset in found.items()}
    assert worth == {"descriptions": 0.0, "examples": 0.125, "mixing": 0.125}


def test_a_line_says_what_an_ingredient_is_worth_to_which_student(found: dict[str, dict[str, Any]]) -> None:
    head, _, first, *_ = effects.table(found).splitlines()
    assert head == ("| ingredient | data set | `mixed`, with − without [95 %] | `relabeled`, with − without [95 %] |")
    assert first == "| descriptions | demo | – | +0.000 [+0.000, +0.000] |"


def test_nothing_is_said_of_a_crossing_with_a_hole() -> None:
    assert effects.effects(crossed({"mixup": ["10"], "plain": ["11"]})) == {}
    assert effects.table({}) == NOT_RUN


def test_prompts_of_other_seeds_are_not_compared() -> None:
    right = {name: ["10", "10"] for name in effects.CROSSED} | {"plain": ["10"]}
    assert effects.effects(crossed(right))["mixing"] == {"demo": {}}
