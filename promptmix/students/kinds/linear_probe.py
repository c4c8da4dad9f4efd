"""Logistic regression on the vectors of the frozen backbone: trained in seconds, and deterministic."""

from collections.abc import Sequence

from promptmix.core.records import Example
from promptmix.models.encoder import SentenceEncoder
from promptmix.students import probe
from promptmix.students.kind import Kind, Student


def _fit(student: Student, examples: Sequence[Example]) -> None:
    texts, labels, weights = probe.weighted(examples)
    vectors = SentenceEncoder(student.backbone, student.settings.max_tokens).encode(texts)
    probe.fit_probe(vectors, vectors, labels, weights, student.labels, student.settings.C, student.folder)


KIND = Kind(
    title="frozen, with a linear probe",
    description="frozen, with a logistic regression on its sentence vectors",
    usage=probe.USAGE,
    fit=_fit,
    predict=probe.predict_with_backbone,
    graph=probe.graph_with_backbone,
)
