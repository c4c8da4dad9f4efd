"""What one ingredient of a prompt is worth: students of prompts with it against those of the same prompts without."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from promptmix.cli.study.experiments import Study
from promptmix.cli.study.tables import NOT_RUN, ingredients
from promptmix.report.details import as_numbers
from promptmix.report.differences import paired_difference
from promptmix.report.tables import difference_cell, markdown_table

LESS = ("", "_no_examples", "_no_descriptions", "_names")
CROSSED = tuple(f"{kind}{less}" for kind in ("mixup", "plain") for less in LESS)
"""The experiments of study_ablation that are every choice of the ingredients, once each."""

EFFECT_ARMS = ("mixed", "relabeled")


def effects(study: Study) -> dict[str, dict[str, Any]]:
    """Return by ingredient and data set how much test accuracy it adds, as the mean over all choices of the other two.

    Each holds the numbers by arm. Prompts are paired by seed, test text and the other ingredients. Empty
    where a prompt of the crossing has not run, or not with the same seeds.
    """
    if not set(CROSSED) <= set(study.details) or any(study.seeds(name) != study.seeds(CROSSED[0]) for name in CROSSED):
        return {}
    return {
        ingredient: {dataset: dict(_effects(study, ingredient, dataset)) for dataset in study.datasets(CROSSED[0])}
        for ingredient in ingredients(study.experiments[CROSSED[0]])
    }


def effects_table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the effects as a Markdown table, a line an ingredient and data set."""
    if not found:
        return NOT_RUN
    head = ["ingredient", "data set", *(f"`{arm}`, with − without [95 %]" for arm in EFFECT_ARMS)]
    rows = [
        [ingredient, dataset, *(difference_cell(numbers.get(arm, {})) for arm in EFFECT_ARMS)]
        for ingredient, by_dataset in found.items()
        for dataset, numbers in by_dataset.items()
    ]
    return markdown_table(head, rows, words=2)


def _effects(study: Study, ingredient: str, dataset: str) -> Iterator[tuple[str, dict[str, Any]]]:
    has = {name: ingredients(study.experiments[name])[ingredient] for name in CROSSED}
    for arm in EFFECT_ARMS:
        hits = {name: found for name in CROSSED if (found := study.hits(name, dataset, arm)) is not None}
        if len(hits) < len(CROSSED) or len({found.shape for found in hits.values()}) > 1:
            continue
        with_it = np.mean([found for name, found in hits.items() if has[name]], axis=0)
        without = np.mean([found for name, found in hits.items() if not has[name]], axis=0)
        yield arm, as_numbers(paired_difference(with_it, without))
