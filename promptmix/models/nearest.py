"""A class as one vector, its prototype: the mean of its texts and of its name, so that it has one without texts too.

Source: the authors' code at c6f27ba (src/models/classifiers.py), which finds the nearest classes by it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import ClassInfo, Example
from promptmix.models.encoder import Encode, Vectors


class Encoded(NamedTuple):
    """Classes and texts in one space of d dimensions, rows of length 1."""

    classes: Vectors
    """Shape (c, d)."""

    texts: Vectors
    """Shape (n, d)."""


def prototypes(
    classes: Sequence[str], examples: Sequence[Example], encode: Encode, texts: Sequence[str] = ()
) -> Encoded:
    """Return the vectors of all classes, made of their examples and names, and of n other texts; encoded in one go."""
    names = [label.replace("_", " ") for label in classes]
    vectors = encode([*names, *(example.text for example in examples), *texts])
    of_names, of_examples, of_texts = np.split(vectors, [len(names), len(names) + len(examples)])
    return Encoded(class_means(classes, of_names, [example.label for example in examples], of_examples), of_texts)


def class_means(classes: Sequence[str], names: Vectors, labels: Sequence[str], texts: Vectors) -> Vectors:
    """Return one vector a class.

    Shapes: c classes, n texts, d embedding dimensions.

    Args:
        classes: All labels.
        names: Shape (c, d), the vectors of the class names.
        labels: Of the texts, each one of ``classes``.
        texts: Shape (n, d), rows of length 1.

    Returns:
        Shape (c, d), rows of length 1.
    """
    rows = []
    for label, name in zip(classes, names, strict=True):
        mine = [text for text, of in zip(texts, labels, strict=True) if of == label]
        rows.append(np.mean([name, *mine], axis=0))
    stacked = np.stack(rows)
    unit: Vectors = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    return unit


def shortlist(texts: Vectors, classes: Vectors, keep: int) -> NDArray[np.intp]:
    """Find the classes nearest to each text.

    Shapes: n texts, c classes, d embedding dimensions.

    Args:
        texts: Shape (n, d), rows of length 1.
        classes: Shape (c, d), rows of length 1.
        keep: How many classes to keep, 1 to c; 5 in the authors' code.

    Returns:
        Row numbers into ``classes``, shape (n, keep), nearest first by cosine similarity; ties go to the lower number.
    """
    # Rounded, so that a tie is a tie whatever the order of summation.
    similarity = np.round(texts @ classes.T, 6)
    return np.argsort(-similarity, axis=1, kind="stable")[:, :keep]


def neighbors(classes: Sequence[ClassInfo], shots: Sequence[Example], encode: Encode) -> dict[str, list[str]]:
    """Return the other classes of every class, by the similarity of their prototypes, the nearest first."""
    labels = [c.label for c in classes]
    vectors = prototypes(labels, shots, encode).classes
    ranked = shortlist(vectors, vectors, len(labels))
    return {label: [labels[n] for n in row if labels[n] != label] for label, row in zip(labels, ranked, strict=True)}
