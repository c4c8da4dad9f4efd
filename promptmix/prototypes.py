"""A class as one vector: the mean of its texts and of its name, so that it has one without texts too.

Source: the authors' code at c6f27ba (src/models/classifiers.py), which finds the nearest classes by it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


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
