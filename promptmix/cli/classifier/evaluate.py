"""`promptmix evaluate`: how good a released classifier is on labeled texts."""

from pathlib import Path
from typing import Any

from promptmix.classifier.columns import label_column, text_column
from promptmix.classifier.measure import Measured
from promptmix.classifier.predictor import Predictor
from promptmix.classifier.tables import Piece, reading
from promptmix.core.errors import DataError


def evaluate(model: Path, file: Path, text: str | None, label: str | None, *, int8: bool) -> str:
    """Return what is printed.

    Args:
        model: Folder of the classifier.
        file: A table of texts and their true labels.
        text: Column of the texts; None to find it.
        label: Column of the labels; None to find it.
        int8: Use the smaller model.

    Raises:
        PromptMixError: the model or the table cannot be used, or a label is none of the classifier's.
    """
    with reading(file) as source:
        column = label_column(source.name, source.columns, label)
        others = [name for name in source.columns if name != column]
        text = text_column(source.name, others, text)
        predictor = Predictor(model, "int8" if int8 else "fp32")
        measured = Measured(predictor.labels)
        for piece in source.pieces:
            labels = _strings(source.name, piece, column)
            _check(source.name, piece, labels, predictor.labels)
            measured.add(labels, predictor.predict(_strings(source.name, piece, text)))
    if not measured.texts:
        raise DataError(f"{file}: no rows; each row needs a text and a label")
    return score_text(measured)


def score_text(measured: Measured) -> str:
    """Return accuracy, classes, coverage and the commonest mistake as text; needs a text."""
    low, high = measured.interval()
    width = max(5, *(len(score.label) for score in measured.classes()))
    lines = [
        f"accuracy {measured.right / measured.texts:.3f} [{low:.3f}, {high:.3f}] "
        f"({measured.right:,} of {measured.texts:,} texts), macro F1 {measured.macro_f1():.3f}",
        "",
        f"{'class':{width}}  precision  recall     F1   texts",
    ]
    for score in measured.classes():
        shares = f"{score.precision:9.3f} {score.recall:7.3f} {score.f1:6.3f}"
        lines.append(f"{score.label:{width}}  {shares} {score.texts:7,}")
    lines += ["", "confidence from  coverage  accuracy"]
    for step in measured.coverage():
        accuracy = "-" if step.accuracy is None else f"{step.accuracy:.3f}"
        lines.append(f"{step.confidence:15.2f}  {step.share:8.3f}  {accuracy:>8}")
    if found := measured.confused():
        true, predicted, count = found
        times = "once" if count == 1 else f"{count:,} times"
        lines += ["", f"most confused: {true}, taken for {predicted} {times}"]
    return "\n".join(lines)


def _strings(name: str, piece: Piece, column: str) -> list[str]:
    return [_string(name, piece.first + at, column, row.get(column)) for at, row in enumerate(piece.rows)]


def _string(name: str, row: int, column: str, value: Any) -> str:
    if not isinstance(value, str):
        raise DataError(f"{name}: row {row}: {column}: expected a text, found {value!r:.60}")
    return value


def _check(name: str, piece: Piece, labels: list[str], known: list[str]) -> None:
    """Refuse labels that the classifier does not have; every text with one would count as a mistake."""
    for at, label in enumerate(labels):
        if label not in known:
            few = ", ".join(known[:8]) + (" …" if len(known) > 8 else "")
            raise DataError(f"{name}: row {piece.first + at}: unknown label {label!r:.60}; the classifier has {few}")
