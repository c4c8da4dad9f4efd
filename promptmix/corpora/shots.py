"""Draws the few-shot sample."""

from collections.abc import Sequence

import numpy as np

from promptmix.core.errors import DataError
from promptmix.core.records import Example


def draw_shots(examples: Sequence[Example], shots: int, rng: np.random.Generator) -> list[Example]:
    """Draw ``shots`` examples of every class without replacement, in file order; none at all for 0 shots.

    Raises:
        DataError: a class has fewer examples than ``shots``.
    """
    drawn = []
    for label in sorted({example.label for example in examples}):
        ids = [example.id for example in examples if example.label == label]
        if len(ids) < shots:
            raise DataError(f"class {label!r} has {len(ids)} training example(s), sample.shots asks for {shots}")
        drawn += [str(id) for id in rng.choice(ids, shots, replace=False)]
    chosen = set(drawn)
    return [example for example in examples if example.id in chosen]
