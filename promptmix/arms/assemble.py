"""Puts together what a student is trained on."""

from collections import Counter
from collections.abc import Sequence

from promptmix.arms import ARMS
from promptmix.arms.arm import Sources
from promptmix.core.records import Example


def assemble(arm: str, sources: Sources) -> list[Example]:
    """Return the training texts of one arm: the gold shots first, then what the arm adds."""
    makeup = ARMS[arm]
    return [*(sources.shots if makeup.has_shots else []), *(makeup.adds(sources) if makeup.adds else [])]


def why_no_result(arm: str, examples: Sequence[Example], sources: Sources) -> str | None:
    """Say why a student of these texts would tell nothing of the arm; None where it does.

    Either no text is there that the arm is about, or all texts of the student are of one class.
    """
    makeup, shots = ARMS[arm], {shot.id for shot in sources.shots}
    if makeup.adds is None:
        return None
    lacks = makeup.lacks(sources, [example for example in examples if example.id not in shots])
    labels = {example.label for example in examples}
    return lacks or (f"all its texts are of {min(labels)!r}" if len(labels) == 1 else None)


def describe(arm: str, examples: Sequence[Example], sources: Sources) -> str:
    """Say in one line what an arm's file holds, and how many texts an arm that tops up has fewer than ``mixed``."""
    counts = Counter(example.label for example in examples)
    gold = len({shot.id for shot in sources.shots} & {example.id for example in examples})
    line = f"{arm}: {len(examples)} texts, {gold} of them shots"
    if counts:
        line += " (" + ", ".join(f"{label} {counts[label]}" for label in sorted(counts)) + ")"
    missing = sum(max(0, most - counts[label]) for label, most in sources.texts_of_mixed().items())
    if ARMS[arm].tops_up and missing:
        no_more = ARMS[arm].only_shots and not sources.shots
        line += f"; {missing} fewer than mixed: "
        line += "no shots to vary" if no_more else "there are no more that differ"
    return line
