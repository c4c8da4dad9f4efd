"""The language model itself as the teacher: it labels test texts, which students are compared with."""

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from promptmix.core.records import Completion, Example, Prediction
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.relabel import ways
from promptmix.llm.request import Asks


class Teaching(NamedTuple):
    """What came of labeling texts whose labels are known; predictions in their order, ``summary`` in one line."""

    predictions: list[Prediction]
    completions: list[Completion]
    summary: str


def predict_as_teacher(examples: Sequence[Example], labeler: Labeler, client: Asks) -> Teaching:
    """Label texts whose labels are known."""
    labeled, completions, note = labeler.label({example.id: example.text for example in examples}, client)
    predictions = [
        Prediction(id=example.id, gold=example.label, predicted=found.label, probabilities=found.probabilities)
        for example, found in zip(examples, labeled, strict=True)
    ]
    right = sum(example.label == found.label for example, found in zip(examples, labeled, strict=True))
    summary = f"{right} of {len(examples)} test texts right ({ways(labeled)}){'; ' if note else ''}{note}"
    return Teaching(predictions, completions, summary)


def balanced_subset(examples: Sequence[Example], size: int) -> list[Example]:
    """Return at most ``size`` examples, spread evenly over the classes and over the file, in file order.

    The choice is fixed, so that every seed and every model is measured on the same texts.
    """
    by_label = {label: [e for e in examples if e.label == label] for label in sorted({e.label for e in examples})}
    # Round-robin: one of every class that has more, the first classes first.
    dealt = [example for dealt in zip_longest(*by_label.values()) for example in dealt if example][:size]
    counts = Counter(example.label for example in dealt)
    kept = {
        those[number * len(those) // counts[label]].id
        for label, those in by_label.items()
        for number in range(counts[label])
    }
    return [example for example in examples if example.id in kept]
