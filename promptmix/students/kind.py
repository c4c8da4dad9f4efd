"""What a kind of student says of itself, and what one student is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example
from promptmix.models.pretrained import Pretrained
from promptmix.students.graph import Graph

if TYPE_CHECKING:
    from promptmix.params import Distill

Probabilities = NDArray[np.float64]
"""Shape (n texts, c classes), rows that sum to 1."""


@dataclass(frozen=True)
class Student:
    """What one student is made from, and where it is saved."""

    labels: Sequence[str]
    """All classes, in the order of its outputs."""

    backbone: Pretrained
    settings: "Distill"
    seed: int
    folder: Path


@dataclass(frozen=True)
class Kind:
    """How students of one kind are trained and used."""

    title: str
    """Follows the backbone's name in tables and figures, such as "fine-tuned"."""

    description: str
    """The same in the model card, where there is more room."""

    usage: str
    """Python that labels "a text", for the model card; ``{backbone!r}`` and ``{max_tokens}`` are filled in, and the
    student's folder is THIS FOLDER."""

    fit: Callable[[Student, Sequence[Example]], None]
    """Trains a student from fresh weights and saves it in its folder; with no texts, one that guesses."""

    predict: Callable[[Student, Sequence[str]], tuple[list[str], Probabilities]]
    """Returns the class names of a saved student and the probabilities of the texts, rows in their order."""

    graph: Callable[[Student], Graph] | None = None
    """Returns a saved student, to be exported; None: this kind cannot be released."""

    library: str = "promptmix"
    """The Python package that loads a saved student, as the model card names it."""

    options: frozenset[str] = frozenset()
    """Which of distill.phases and distill.launcher it knows; others must be at joint and python."""
