"""A linear classifier of sentence vectors: the head of every kind of student that is not fine-tuned with one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example
from promptmix.models.encoder import SentenceEncoder, Vectors
from promptmix.students.graph import Graph, pooled_graph
from promptmix.students.kind import Probabilities, Student
from promptmix.students.temperature import inverse_temperature

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression

USAGE = """from pathlib import Path
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import resolve
from promptmix.students.probe import classify_vectors
encoder = SentenceEncoder(resolve({backbone!r}, "none"), max_tokens={max_tokens})
labels, probabilities = classify_vectors(encoder.encode(["a text"]), Path("THIS FOLDER"))"""


def weighted(examples: Sequence[Example]) -> tuple[list[str], list[str], list[float]]:
    """Return texts, labels and weights; a text with probabilities appears once for each class that it may be of."""
    rows = [
        (example.text, label, share)
        for example in examples
        for label, share in (example.probabilities or {example.label: 1.0}).items()
        if share > 0
    ]
    texts, labels, weights = zip(*rows, strict=True) if rows else ((), (), ())
    return list(texts), list(labels), list(weights)


def fit_probe(
    vectors: Vectors,
    unseen: Vectors,
    labels: Sequence[str],
    weights: Sequence[float],
    classes: Sequence[str],
    c: float,
    out: Path,
) -> None:
    """Fit a logistic regression and its temperature and save it as safetensors with its labels.

    The probe of a tuned encoder reuses the temperature of the untuned one, since texts that it was tuned on cannot be
    held out. LOG.md (2026-11-23) shows how good this approximation is.

    Args:
        vectors: Shape (n, d).
        unseen: Of the same texts in the same order, by an encoder that was not tuned on them; ``vectors`` itself where
            none was.
        labels: One a row, each in ``classes``; a class without a row gets probability 0.
        weights: One a row, above 0; 1 for an ordinary text, less where a text appears once for each of several classes.
        classes: All classes, in the order of the outputs.
        c: Inverse strength of the L2 regularization, above 0.
        out: Folder to save to: ``probe.safetensors`` (weight (c, d), bias (c)) and ``config.json``.
    """
    weight, bias = _fit(vectors, labels, weights, classes, c)
    factor = inverse_temperature(_regression(c), unseen, labels, weights)
    save_classifier(weight * factor, bias * factor, classes, out)


def save_classifier(weight: Vectors, bias: Vectors, classes: Sequence[str], out: Path) -> None:
    """Save a linear classifier of shapes (c, d) and (c,), as :func:`classify_vectors` reads it."""
    from safetensors.numpy import save_file

    out.mkdir(parents=True, exist_ok=True)
    save_file({"weight": weight, "bias": bias}, out / "probe.safetensors")
    config = {"kind": "linear_probe", "labels": list(classes), "dimensions": int(weight.shape[1])}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8", newline="\n")


def predict_with_backbone(student: Student, texts: Sequence[str]) -> tuple[list[str], Probabilities]:
    """Predict with a linear classifier on the vectors of the backbone as it is."""
    encoder = SentenceEncoder(student.backbone, student.settings.max_tokens)
    return classify_vectors(encoder.encode(texts), student.folder)


def graph_with_backbone(student: Student) -> Graph:
    """Return the backbone as it is and the student's linear classifier as one module."""
    return pooled_graph(student.backbone.fetched(), student.folder)


def classify_vectors(vectors: Vectors, folder: Path) -> tuple[list[str], Probabilities]:
    """Return the class names and the probabilities, shape (n, c), of vectors of shape (n, d)."""
    from safetensors.numpy import load_file

    labels = json.loads((folder / "config.json").read_text(encoding="utf-8"))["labels"]
    saved = load_file(folder / "probe.safetensors")
    logits = vectors.astype(np.float64) @ saved["weight"].T.astype(np.float64) + saved["bias"]
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return labels, weights / weights.sum(axis=1, keepdims=True)


def _fit(
    vectors: Vectors, labels: Sequence[str], weights: Sequence[float], classes: Sequence[str], c: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    weight = np.zeros((len(classes), vectors.shape[1]), np.float32)
    bias = np.full(len(classes), -1e4, np.float32)  # remains for classes that no text has
    present = sorted(set(labels), key=list(classes).index)
    rows = [list(classes).index(label) for label in present]
    if len(present) < 2:
        bias[rows] = 0.0
        return weight, bias
    model = _regression(c)
    model.fit(vectors, [present.index(label) for label in labels], sample_weight=weights)
    if len(present) == 2:  # scikit-learn keeps one row for two classes
        weight[rows[1]], bias[rows] = model.coef_[0], [0.0, model.intercept_[0]]
    else:
        weight[rows], bias[rows] = model.coef_, model.intercept_
    return weight, bias


def _regression(c: float) -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    # Classes weigh the same however many texts they have: with a few texts each, the counts that relabeling leaves
    # would otherwise decide (banking77, 231 texts: validation accuracy 0.15 without weights, 0.55 with them).
    return LogisticRegression(C=c, class_weight="balanced", max_iter=1000)
