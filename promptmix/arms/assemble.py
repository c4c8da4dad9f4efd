"""What a student is trained on: an arm is a training file."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from promptmix.arms import eda
from promptmix.core.records import Example, Generated, Relabeled


class Sources(NamedTuple):
    """All that arms are put together from, for one data set and seed."""

    shots: Sequence[Example]
    train: Sequence[Example]
    """All gold texts of the train split; the shots are among them."""

    generated: Sequence[Generated]
    relabeled: Sequence[Relabeled]
    """The generated texts after the second pass, in their order."""

    contrast: Sequence[Generated]
    """Texts written without mixing; empty unless ``no_mixing`` is an arm."""


class Makeup(NamedTuple):
    """What an arm's training file is made of."""

    adds: Callable[[Sources, float, np.random.Generator], list[Example]]
    """Texts beside the shots, from the sources, the share of words that change, and a random stream."""

    shots: bool = True
    """The gold shots are in it."""

    of_shots: bool = False
    """Nothing else than shots is needed for it, so without shots it is empty."""

    tops_up: bool = False
    """It adds so many texts that every class has as many as in ``mixed``, or all that there are."""

    asks: tuple[str, ...] = ()
    """The stages that ask the language model for it; those that top up only count the texts of ``mixed``."""


def assemble(arm: str, sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    """Return the training texts of one arm: the gold shots first, then what the arm adds (see ``ARMS``).

    Args:
        arm: A name of ``ARMS``.
        sources: What there is.
        alpha: Share of the words that ``eda`` changes, 0 to 1.
        rng: Source of what ``eda`` and ``human`` draw.
    """
    makeup = ARMS[arm]
    return [*(sources.shots if makeup.shots else []), *makeup.adds(sources, alpha, rng)]


def summary(arm: str, examples: Sequence[Example], sources: Sources) -> str:
    """Say in one line what an arm's file holds, and of which classes it could not have as many texts as ``mixed``."""
    counts = Counter(example.label for example in examples)
    gold = len({shot.id for shot in sources.shots} & {example.id for example in examples})
    line = f"{arm}: {len(examples)} texts, {gold} of them shots"
    if counts:
        line += " (" + ", ".join(f"{label} {counts[label]}" for label in sorted(counts)) + ")"
    short = {label: n - counts[label] for label, n in _wanted(sources).items() if n > counts[label]}
    if ARMS[arm].tops_up and short:
        line += f"; {sum(short.values())} fewer than mixed: "
        line += "no shots to vary" if arm == "eda" and not sources.shots else "there are no more that differ"
    return line


def _wanted(sources: Sources) -> dict[str, int]:
    """Return how many texts of every class ``mixed`` has."""
    labels = [shot.label for shot in sources.shots] + [text.target for text in sources.generated]
    return dict(sorted(Counter(labels).items()))


def _varied(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    varied = []
    for label, wanted in _wanted(sources).items():
        shots = [shot.text for shot in sources.shots if shot.label == label]
        new = eda.vary(shots, wanted - len(shots), alpha, rng)
        varied += [Example(id=f"eda/{label}#{n}", text=text, label=label) for n, text in enumerate(new)]
    return varied


def _more_gold(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    have = {shot.id for shot in sources.shots}
    drawn = set[str]()
    for label, wanted in _wanted(sources).items():
        ids = [example.id for example in sources.train if example.label == label and example.id not in have]
        count = min(len(ids), wanted - sum(shot.label == label for shot in sources.shots))
        drawn |= {str(id) for id in rng.choice(ids, count, replace=False)} if count else set()
    return [example for example in sources.train if example.id in drawn]


def _nothing(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    return []


def _as_asked(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    return [_example(text, text.target) for text in sources.generated]


def _as_labelled(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    return [_example(text, text.label) for text in sources.relabeled if text.label]


def _confirmed(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    return [_example(text, text.given) for text in sources.relabeled if text.confirmed]


def _unmixed(sources: Sources, alpha: float, rng: np.random.Generator) -> list[Example]:
    return [_example(text, text.target) for text in sources.contrast]


def _example(text: Generated | Relabeled, label: str) -> Example:
    return Example(id=text.id, text=text.text, label=label)


MIXED, RELABELED = ("generate",), ("generate", "relabel")

ARMS = {
    "few_shot": Makeup(_nothing, of_shots=True),
    "prototypes": Makeup(_nothing, of_shots=True),
    "eda": Makeup(_varied, of_shots=True, tops_up=True, asks=MIXED),
    "human": Makeup(_more_gold, tops_up=True, asks=MIXED),
    "mixed": Makeup(_as_asked, asks=MIXED),
    "no_mixing": Makeup(_unmixed, asks=("contrast",)),
    "relabeled": Makeup(_as_labelled, asks=RELABELED),
    "filtered": Makeup(_confirmed, asks=RELABELED),
    "synthetic_only": Makeup(_as_labelled, shots=False, asks=RELABELED),
}
"""What each arm is made of. ``few_shot`` and ``prototypes`` add nothing to the shots. ``mixed`` adds the generated
texts under their target (the paper's A1), ``relabeled`` the same texts under their new label, without those that have
none (A2), ``filtered`` those whose label is their target still; ``synthetic_only`` is ``relabeled`` without the shots.
``no_mixing`` adds texts that were written for one class each. ``eda`` adds variations of the shots and ``human`` more
gold texts, both until every class has as many as in ``mixed``. (checks.py counts on its own, so that it can disagree.)
"""


def need(stage: str, arms: Iterable[str]) -> bool:
    """Tell whether one of these arms cannot be put together without what a stage asks of the language model."""
    return any(stage in ARMS[arm].asks for arm in arms)
