"""Soft labels and confidence: what relabeling knows of a text beside its label. Off by default."""

from collections.abc import Mapping, Sequence
from typing import Literal

from promptmix.arms import ARMS
from promptmix.arms.arm import Sources
from promptmix.core.records import Example, Generated, Relabeled


def confident(relabeled: Sequence[Relabeled], minimum: float | None) -> list[Relabeled]:
    """Return the texts whose label has a probability of at least ``minimum``, and all where nothing was scored."""
    return [text for text in relabeled if minimum is None or _probability(text) >= minimum]


def soften(
    arm: str, examples: Sequence[Example], sources: Sources, how: Literal["shares", "scores"] | None
) -> list[Example]:
    """Give the generated texts of an arm probabilities of their classes.

    ``shares``: a text that is labeled as its target gets the shares that its prompt requested. ``scores``: a text of an
    arm that needs relabeling gets the probabilities of its candidates. All others keep their one label.
    """
    soft: Mapping[str, Mapping[str, float]] = {}
    if how == "shares":
        soft = {text.id: _shares(text) for text in sources.generated}
    if how == "scores" and "relabel" in ARMS[arm].needs:
        soft = {text.id: _scaled(text.probabilities) for text in sources.relabeled if text.probabilities}
    return [_soft(example, soft.get(example.id, {})) for example in examples]


def _soft(example: Example, probabilities: Mapping[str, float]) -> Example:
    # Another label than the likeliest one was given for a reason that these probabilities do not know.
    if not probabilities or max(probabilities, key=lambda label: probabilities[label]) != example.label:
        return example
    return example.model_copy(update={"probabilities": dict(probabilities)})


def _shares(text: Generated) -> dict[str, float]:
    other = {text.other: round(1 - text.target_share, 2)} if text.other and text.target_share < 1 else {}
    return {text.target: text.target_share, **other}


def _scaled(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Make rounded probabilities sum to 1."""
    total = sum(probabilities.values())
    return {label: round(share / total, 6) for label, share in probabilities.items()}


def _probability(text: Relabeled) -> float:
    return text.probabilities.get(text.label or "", 0.0) if text.probabilities else 1.0
