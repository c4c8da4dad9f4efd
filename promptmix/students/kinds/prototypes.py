"""The nearest class by the frozen backbone: a class is the mean vector of its texts and name, and no training."""

from collections.abc import Sequence

import numpy as np

from promptmix.core.records import Example
from promptmix.models import nearest
from promptmix.models.encoder import SentenceEncoder
from promptmix.students import probe
from promptmix.students.kind import Kind, Student

SCALE = 20.0  # of cosines before the softmax, as in the losses of sentence-transformers; changes no label


def _fit(student: Student, examples: Sequence[Example]) -> None:
    """Save the prototypes as a linear classifier."""
    encode = SentenceEncoder(student.backbone, student.settings.max_tokens).encode
    weight = SCALE * nearest.prototypes(student.labels, examples, encode).classes
    bias = np.zeros(len(student.labels), np.float32)
    probe.save_classifier(weight.astype(np.float32), bias, student.labels, student.folder)


KIND = Kind(
    title="frozen, nearest class mean",
    description="frozen, with the class whose mean vector of texts and name is nearest",
    usage=probe.USAGE,
    fit=_fit,
    predict=probe.predict_with_backbone,
    graph=probe.graph_with_backbone,
)
