"""Draws the few-shot sample."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from promptmix.core.records import Example


def draw_shots(examples: Sequence[Example], shots: int, rng: np.random.Generator) -> list[Example]:
    """Draw ``shots`` examples of every class without replacement, in file order; none at all for 0 shots.

    A class with fewer examples gives all that it has.
    """
    drawn = []
    for _, ids in sorted(ids_by_label(examples).items()):
        drawn += [str(id) for id in rng.choice(ids, min(shots, len(ids)), replace=False)]
    chosen = set(drawn)
    return [example for example in examples if example.id in chosen]


def ids_by_label(examples: Iterable[Example]) -> dict[str, list[str]]:
    """Return the ids of every label's examples, labels and ids in file order."""
    ids: dict[str, list[str]] = {}
    for example in examples:
        ids.setdefault(example.label, []).append(example.id)
    return ids


def shots_note(drawn: Sequence[Example], shots: int) -> list[str]:
    """Return a note, or none, on the classes that have fewer shots than wanted."""
    fewer = {label: count for label, count in Counter(each.label for each in drawn).items() if count < shots}
    counts = ", ".join(f"{label!r} has {count}" for label, count in sorted(fewer.items()))
    return [f"fewer than sample.shots {shots}: {counts}"] if fewer else []
