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


def spread(examples: Sequence[Example], most: int) -> list[Example]:
    """Return at most ``most`` examples, spread evenly over the classes and over the file, in file order.

    The choice is fixed, so that every seed and every model is measured on the same texts.
    """
    queues = [[e for e in examples if e.label == label] for label in sorted({e.label for e in examples})]
    share = [0] * len(queues)
    while sum(share) < min(most, len(examples)):  # one more of every class that has more, the first classes first
        for n, queue in enumerate(queues):
            share[n] += share[n] < len(queue) and sum(share) < most
    kept = {queue[i * len(queue) // count].id for queue, count in zip(queues, share, strict=True) for i in range(count)}
    return [example for example in examples if example.id in kept]
