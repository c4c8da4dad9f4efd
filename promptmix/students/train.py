"""Trains a student of any kind and predicts with it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.core import seeds
from promptmix.core.records import Example, Prediction
from promptmix.models.pretrained import Pretrained
from promptmix.students import KINDS
from promptmix.students.kind import Student

if TYPE_CHECKING:
    from promptmix.params import Distill, Encoder


def student_for(
    arm: str,
    distill: "Distill",
    encoder: "Encoder",
    manifests: tuple[Path, Path],
    labels: Sequence[str],
    seed: int,
    folder: Path,
) -> Student:
    """Return the student of an arm, not trained yet; all arms of a seed start alike.

    An arm with the name of a kind, such as ``prototypes``, has a student of that kind, made from the frozen encoder
    with its ``max_tokens``; all other arms have that of params.yaml. ``manifests`` are those of backbone and encoder.
    """
    backbone, frozen = manifests
    if arm in KINDS:
        changes = {"student": arm, "backbone": encoder.model, "max_tokens": encoder.max_tokens}
        backbone, distill = frozen, distill.model_copy(update=changes)
    return Student(labels, Pretrained.load(backbone), distill, seeds.number("student", seed), folder)


def train_student(student: Student, examples: Sequence[Example]) -> None:
    """Train a student on labeled texts and save it in its folder."""
    KINDS[student.settings.student].fit(student, examples)


def predict_labels(student: Student, examples: Sequence[Example]) -> list[Prediction]:
    """Label texts with a trained student."""
    labels, rows = KINDS[student.settings.student].predict(student, [example.text for example in examples])
    predictions = []
    for example, row in zip(examples, rows.tolist(), strict=True):
        # Rounded: the last digits of a float32 forward pass say nothing, and would make equal runs look different.
        probabilities = {label: round(p, 4) for label, p in zip(labels, row, strict=True)}
        predicted = labels[row.index(max(row))]
        predictions.append(
            Prediction(id=example.id, gold=example.label, predicted=predicted, probabilities=probabilities)
        )
    return predictions
