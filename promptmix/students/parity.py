"""Compares an exported student with the one in torch, through the code that people will use."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from promptmix.classifier.bundle import Bundle, digests, save_bundle
from promptmix.classifier.predictor import Predictor
from promptmix.core.errors import ClassifierError
from promptmix.students import KINDS
from promptmix.students.export import QUANTIZERS
from promptmix.students.kind import Student

LARGEST_DIFFERENCE = 1e-4
"""Of a probability, float32 against torch; must be below."""

SAME_LABELS = 0.99
"""Least share of texts with the student's label in 8 bits."""

ODD_TEXTS = (
    *("", " ", "a", "0", "\u0000", "<b>&amp;</b>", "🙂"),
    *("где моя посылка?", "طردي لم يصل", "包裹在哪里", "מספר", "parcel " * 10_000, "包" * 10_000, "x" * 10_000),
)
"""Compared in float32 beside the data set's texts: the shortest, the longest, other scripts."""


class Parity(NamedTuple):
    """How an exported student differs from the one in torch."""

    texts: int
    fp32_difference: float
    """Largest difference of a probability."""

    int8_difference: float
    int8_same_label: float
    """Share of the texts, 0 to 1; the odd ones do not count."""

    int8_of: str
    """What is in 8 bits."""

    def described(self) -> dict[str, Any]:
        """Return the figures under the names that classifier.json has for them."""
        return {
            "compared_texts": self.texts,
            "fp32_largest_difference": float(f"{self.fp32_difference:.1e}"),
            "int8_largest_difference": round(self.int8_difference, 4),
            "int8_same_label": round(self.int8_same_label, 4),
            "int8_of": self.int8_of,
        }


def quantize_checked(student: Student, bundle: Bundle, texts: Sequence[str]) -> tuple[Bundle, Parity]:
    """Write the model of 8 bits in the first way that agrees, and return the bundle with its digests.

    Raises:
        ClassifierError: float32 or all ways of 8 bits differ too much from the student.
    """
    every = [*texts, *ODD_TEXTS]
    _, wanted = KINDS[student.settings.student].predict(student, every)
    tried: list[Parity] = []
    fp32 = 0.0
    for way, quantize in QUANTIZERS.items():
        quantize(bundle.folder)
        bundle = bundle.model_copy(update={"files": digests(bundle.folder)})
        save_bundle(bundle)
        if not tried:
            fp32 = float(np.abs(Predictor(bundle.folder).probabilities(every) - wanted).max())
            _check_fp32(fp32)
        found = Predictor(bundle.folder, "int8").probabilities(texts)
        ours = wanted[: len(texts)]
        same = float((found.argmax(axis=1) == ours.argmax(axis=1)).mean())
        tried.append(Parity(len(every), fp32, float(np.abs(found - ours).max()), same, way))
        if same >= SAME_LABELS:
            return bundle, tried[-1]
    best = max(tried, key=lambda parity: parity.int8_same_label)
    raise ClassifierError(
        f"model.int8.onnx: {best.int8_same_label:.1%} of {len(texts)} texts have the student's label, must be"
        f" {SAME_LABELS:.0%}; nothing was released; with another distill.student or distill.backbone it may differ less"
    )


def _check_fp32(difference: float) -> None:
    if not difference < LARGEST_DIFFERENCE:  # NaN too
        raise ClassifierError(
            f"model.onnx: a probability differs by {difference:.1e} from the student's, must be below"
            f" {LARGEST_DIFFERENCE:.0e}; nothing was released; another distill.backbone may be exported as it is"
        )
