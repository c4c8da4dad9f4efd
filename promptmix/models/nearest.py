"""A class as one vector: the mean of its texts and of its name, so that it has one without texts too.

Source: the authors' code at c6f27ba (src/models/classifiers.py), which finds the nearest classes by it.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
"""Texts to vectors of length 1, one row a text."""


class Encoded(NamedTuple):
    """Classes and texts in one space of d dimensions, rows of length 1."""

    classes: Vectors
    """Shape (c, d)."""

    texts: Vectors
    """Shape (n, d)."""


def of(classes: Sequence[str], examples: Sequence[Example], encode: Encode, texts: Sequence[str] = ()) -> Encoded:
    """Return the vectors of all classes, made of their examples and names, and of n other texts; encoded in one go."""
    names = [label.replace("_", " ") for label in classes]
    vectors = encode([*names, *(example.text for example in examples), *texts])
    of_names, of_examples, of_texts = np.split(vectors, [len(names), len(names) + len(examples)])
    return Encoded(means(classes, of_names, [example.label for example in examples], of_examples), of_texts)


def means(classes: Sequence[str], names: Vectors, labels: Sequence[str], texts: Vectors) -> Vectors:
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
