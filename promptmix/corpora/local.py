"""A data set of the user's own: ``train``, and if they are there ``test``, ``validation`` and ``unlabeled``.

The formats are those of :mod:`promptmix.corpora.readers`; docs/data.md says what works. Every fault is refused with its
file and line, because a row skipped in silence is a result nobody can explain.
"""

from collections.abc import Collection, Mapping
from functools import partial

from promptmix.core.errors import DataError
from promptmix.corpora.base import Corpus, File, SourceRow, SourceText, Splits, Table
from promptmix.corpora.columns import Chosen, choose_columns, choose_text, like, no_label
from promptmix.corpora.pool import LINES, read_lines
from promptmix.corpora.readers import OTHER_NAMES, READERS, reader
from promptmix.corpora.rows import has_labels, labeled_rows, text_rows
from promptmix.corpora.settings import ColumnChoices, DataSettings

NAMES = {
    "train": ("train",),
    "test": ("test",),
    "validation": ("validation", "valid", "val", "dev"),
    "unlabeled": ("unlabeled", "unlabelled", "pool"),
}
"""What the file of each split may be called, before the suffix of its format."""

Tables = Mapping[str, Table | None]
"""Table of each split; None where the split has no file."""


def corpus(settings: DataSettings | None = None) -> Corpus:
    """Return how a data set of the user's own is read."""
    files = tuple(File(name) for split in NAMES for name in file_names(split))
    return Corpus(files, partial(_parse, settings or DataSettings()))


def file_names(split: str) -> list[str]:
    """Return the names that the file of a split may have, those to recommend first."""
    formats = (READERS, OTHER_NAMES, [LINES] if split == "unlabeled" else [])
    return [f"{stem}.{suffix}" for suffixes in formats for stem in NAMES[split] for suffix in suffixes]


def _parse(settings: DataSettings, files: Mapping[str, bytes]) -> Splits:
    """Read the files of all splits.

    Raises:
        DataError: train is missing, a split is there in several files, or a row cannot be used.
    """
    return checked_splits({split: _table(split, files, settings) for split in NAMES}, settings.columns)


def checked_splits(tables: Tables, columns: ColumnChoices) -> Splits:
    """Check the records of all splits, and return them as rows.

    Raises:
        DataError: a row cannot be used, train is empty, or has only one class.
    """
    notes: list[str] = []
    train, chosen = _train(tables["train"], columns, notes)
    labels = {row.label for row in train}
    rows: dict[str, tuple[SourceRow, ...]] = {}
    for split in ("test", "validation"):
        table = tables[split]
        rows[split] = _held_out(split, table, like(chosen, columns, table) if table else columns, labels, notes)
    unlabeled = _unlabeled(tables.get("unlabeled"), chosen, columns, notes)
    return Splits(train, rows["test"], rows["validation"] or None, tuple(notes), unlabeled)


def _table(split: str, files: Mapping[str, bytes], settings: DataSettings) -> Table | None:
    names = [name for name in file_names(split) if name in files]
    if len(names) > 1:
        raise DataError(f"{split}: {names[0]} and {names[1]} are both there; keep one of them")
    if names and names[0].endswith(f".{LINES}"):
        return read_lines(names[0], files[names[0]])
    read = reader(names[0]) if names else None
    return read(names[0], files[names[0]], settings) if read else None


def _train(table: Table | None, columns: ColumnChoices, notes: list[str]) -> tuple[tuple[SourceRow, ...], Chosen]:
    if table is None:
        raise DataError(f"train: no such file; looked for {', '.join(file_names('train')[: len(READERS)])}")
    chosen = _chosen(table, columns, (), notes)
    if chosen.label is None:
        raise no_label(chosen, columns)
    rows = labeled_rows(chosen, chosen.label)
    if not rows:
        raise DataError(f"{table.name}: no rows; each row needs a text and a label")
    classes = sorted({row.label for row in rows})
    if len(classes) < 2:
        raise DataError(f"{table.name}: only one class, {classes[0]!r}; a classifier needs two or more")
    return rows, chosen


def _held_out(
    split: str, table: Table | None, columns: ColumnChoices, labels: Collection[str], notes: list[str]
) -> tuple[SourceRow, ...]:
    """Return the rows of a split that is not trained on; none, and a note, where it has no labels."""
    without = {"test": "no accuracy can be measured", "validation": "validation is cut from train"}[split]
    if table is None:
        if split == "test":
            notes.append(f"there is no test file, so {without}")
        return ()
    chosen = _chosen(table, columns, labels, notes) if table.records else None
    if chosen is None or not chosen.records:
        notes.append(f"{table.name} has no rows, so {without}")
        return ()
    if chosen.label is None or not has_labels(chosen):
        notes.append(f"{table.name} has no labels ({chosen.header.found}), so {without}")
        return ()
    return labeled_rows(chosen, chosen.label)


def _unlabeled(
    table: Table | None, train: Chosen, columns: ColumnChoices, notes: list[str]
) -> tuple[SourceText, ...] | None:
    """Return the texts without labels; None where there is no file of them."""
    if table is None:
        return None
    texts: tuple[SourceText, ...] = ()
    if table.records:
        chosen = choose_text(table, like(train, columns, table))
        texts = text_rows(chosen)
        if chosen.label is not None and has_labels(chosen):
            notes.append(f"{table.name} has labels ({chosen.header.names[chosen.label]}), which are not used")
    if not texts:
        notes.append(f"{table.name} has no texts")
    return texts


def _chosen(table: Table, columns: ColumnChoices, labels: Collection[str], notes: list[str]) -> Chosen:
    chosen = choose_columns(table, columns, labels)
    notes += [chosen.note] if chosen.note else []
    return chosen
