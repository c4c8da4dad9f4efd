"""Which classes are mixed, and in what shares: the plan of PromptMix's first step.

Source: Sahu et al. 2023, section 3.1, and the authors' code at c6f27ba (src/generator/__init__.py,
scripts/trainval.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from promptmix.core.errors import DataError

PARTNERS = 2  # neighbors among which a partner is drawn, as in IDG (Zhang et al.), whose k1 is 2
STEP = 0.05  # shares are rounded to this, as in the authors' code


class MixPlan(NamedTuple):
    """What one mixing prompt asks for."""

    id: str
    group: tuple[str, ...]
    target: str
    other: str | None
    """None where nothing is mixed; ``target_share`` is then 1."""

    target_share: float


class MixShape(NamedTuple):
    """The numbers of a mixing plan."""

    group_size: int
    """Classes described in one prompt; all classes where there are fewer."""

    prompts_per_cycle: int
    """Prompts for each target in each cycle: one partner, and a share for each prompt; 10 in the authors' code."""

    share_alpha: float
    share_beta: float
    mixes: bool
    """False: every prompt asks for its target alone, and neither partner nor share is drawn."""


def cycle(
    labels: Sequence[str],
    number: int,
    shape: MixShape,
    rng: np.random.Generator,
    neighbors: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[MixPlan]:
    """Plan one cycle, in which every class is the target of ``prompts_per_cycle`` prompts.

    The classes are shuffled and cut into groups of ``group_size``. A smaller last group is filled up with classes drawn
    from the others, which are described and can be partners but are not targets again. (Deviation: the authors' code
    leaves a smaller or larger last group, so the same few classes meet only each other.) The partner of a target is
    drawn from its group, and every prompt gets a share of its own.

    Where ``neighbors`` gives the other classes of every class, nearest first, every target has a group of its own:
    itself and the classes nearest to it. Its partner is one of the nearest ``PARTNERS``.

    Raises:
        DataError: there are fewer than two classes.
    """
    if len(labels) < 2:
        raise DataError(f"mixing needs two classes or more, the data have {list(labels)}")
    for targets, group in _groups(labels, shape.group_size, rng, neighbors):
        for target in targets:
            if not shape.mixes:
                for n in range(shape.prompts_per_cycle):
                    yield MixPlan(f"plain/{number:03}/{target}/{n:02}", group, target, None, 1.0)
                continue
            others = [
                label for label in (neighbors[target] if neighbors else group) if label in group and label != target
            ]
            other = str(rng.choice(others[:PARTNERS] if neighbors else others))
            for n, share in enumerate(draw_shares(shape.prompts_per_cycle, shape.share_alpha, shape.share_beta, rng)):
                yield MixPlan(f"mix/{number:03}/{target}/{n:02}", group, target, other, share)


def draw_shares(count: int, alpha: float, beta: float, rng: np.random.Generator) -> list[float]:
    """Draw target shares ``0.5 + 0.5 * Beta(alpha, beta)``, rounded to 0.05; with (5, 2) their mean is 0.857."""
    return [round(round((0.5 + 0.5 * draw) / STEP) * STEP, 2) for draw in rng.beta(alpha, beta, size=count)]


def _groups(
    labels: Sequence[str], size: int, rng: np.random.Generator, neighbors: Mapping[str, Sequence[str]] | None
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield (targets, group) until every label has been a target; the group is in the order of ``labels``."""
    shuffled = [str(label) for label in rng.permutation(labels)]
    step = 1 if neighbors else size
    for start in range(0, len(shuffled), step):
        targets = tuple(shuffled[start : start + step])
        rest = neighbors[targets[0]] if neighbors else [label for label in shuffled if label not in targets]
        missing = min(size - len(targets), len(rest))
        if missing and not neighbors:
            rest = [str(label) for label in rng.choice(rest, missing, replace=False)]
        chosen = {*targets, *rest[:missing]}
        # One order for all prompts: those over the same classes then start with the same words.
        yield targets, tuple(label for label in labels if label in chosen)
