"""`promptmix predict`: label a table of any length with a released classifier."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from promptmix.classifier.columns import new_columns, text_column
from promptmix.classifier.predictor import Classified, Predictor
from promptmix.classifier.tables import Piece, reading
from promptmix.classifier.writers import Added, writing_table
from promptmix.cli.classifier.progress import progress
from promptmix.core.command import end
from promptmix.core.errors import DataError

BROKEN_PIPE = 128 + 13
"""Exit status of a program whose reader has gone, as a shell has it."""

Ask = Callable[[list[str]], list[str | None]]
"""Returns a label for each text, None for one that got none."""


class Options(NamedTuple):
    """What is labeled, how, and where it goes."""

    model: Path
    file: Path | None
    text: str | None = None
    out: Path | None = None
    min_confidence: float = 0.0
    int8: bool = False
    fallback: bool = False
    """Whether the language model labels the texts that the classifier is not sure of."""


class RowLabeler:
    """Labels the rows of pieces, and counts."""

    def __init__(self, options: Options, predictor: Predictor, column: str, ask: Ask | None = None) -> None:
        """Take over what is loaded.

        Args:
            options: The command line's.
            predictor: The classifier.
            column: The one with the texts.
            ask: Labels the texts that the classifier is not sure of.
        """
        self.options, self.predictor, self.column, self._ask = options, predictor, column, ask
        self.rows = self.empty = self.abstained = self.asked = 0

    def label(self, name: str, piece: Piece) -> list[Added]:
        """Return label and confidence of each row; both are empty for a row without a text.

        Raises:
            DataError: a row of the table ``name`` has something else than a text.
        """
        texts = [_text(name, piece.first + at, row.get(self.column)) for at, row in enumerate(piece.rows)]
        there = [at for at, text in enumerate(texts) if text.strip()]
        found: list[Added] = [("", None)] * len(texts)
        for at, prediction in zip(there, self.predictor.predict([texts[at] for at in there]), strict=True):
            found[at] = self._kept(prediction)
        unsure = [at for at in there if not found[at][0]]
        for at, label in zip(unsure, self._asked([texts[at] for at in unsure]), strict=True):
            found[at] = (label or "", found[at][1])
        self.rows += len(texts)
        self.empty += len(texts) - len(there)
        self.abstained += sum(not found[at][0] for at in there)
        return found

    def summary(self) -> str:
        """Return what was done, in one line."""
        parts = [f"{self.rows:,} rows"]
        if self.asked:
            parts.append(f"{self.asked:,} labeled by the language model")
        if self.abstained:
            parts.append(f"{self.abstained:,} with a confidence under {self.options.min_confidence:g} left unlabeled")
        if self.empty:
            parts.append(f"{self.empty:,} without a text left unlabeled")
        return ", ".join(parts)

    def _kept(self, prediction: Classified) -> Added:
        sure = prediction.confidence >= self.options.min_confidence
        return (prediction.label if sure else "", prediction.confidence)

    def _asked(self, texts: list[str]) -> Sequence[str | None]:
        if not texts or not self._ask:
            return [None] * len(texts)
        labels = self._ask(texts)
        self.asked += sum(label is not None for label in labels)
        return labels


def predict(options: Options) -> int:
    """Label a table, and return the exit status; what was done is said on standard error.

    Raises:
        PromptMixError: the model or the table cannot be used, or the output cannot be written.
    """
    if options.file is None and sys.stdin.isatty():
        raise DataError("name a FILE (.csv .tsv .jsonl .parquet .txt), or pipe lines of text in")
    try:
        _predict(options)
    except BrokenPipeError:
        return BROKEN_PIPE
    except KeyboardInterrupt:
        end("stopped" + (f"; {options.out} was not written" if options.out else ""), 130)
    return 0


def _predict(options: Options) -> None:
    file = options.file if options.file and str(options.file) != "-" else None
    with ExitStack() as stack:
        source = stack.enter_context(reading(file))
        column = text_column(source.name, source.columns, options.text)
        names = new_columns(source.name, source.columns)
        predictor = Predictor(options.model, "int8" if options.int8 else "fp32")
        ask = stack.enter_context(_fallback(options, predictor)) if options.fallback else None
        labeler = RowLabeler(options, predictor, column, ask)
        write = stack.enter_context(writing_table(options.out, source, names))
        show = stack.enter_context(progress(source, bar=bool(options.out) or not sys.stdout.isatty()))
        for piece in source.pieces:
            write(piece, labeler.label(source.name, piece))
            show(piece)
    if options.out or labeler.abstained or labeler.empty:
        renamed = f"; the new columns are {' and '.join(names)}" if names[0] != "label" else ""
        where = f"{options.out}: " if options.out else ""
        sys.stderr.write(f"{where}{labeler.summary()}{renamed}\n")


def _fallback(options: Options, predictor: Predictor) -> AbstractContextManager[Ask]:
    if not options.min_confidence:
        raise DataError("--fallback llm labels what --min-confidence leaves; give one")
    from promptmix.cli.classifier.fallback import asking_llm

    return asking_llm(options.model.resolve().name, predictor.labels)


def _text(name: str, row: int, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{name}: row {row}: expected a text, found {value!r:.60}; name the column with --text COLUMN")
    return value
