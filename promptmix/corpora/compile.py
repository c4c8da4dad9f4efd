"""From original files to examples: no row twice, no test text in train, validation cut from train.

What is dropped is counted in a note; contradictions are refused, and the places of both rows are named. The test split
is never changed, so scores stay comparable with published ones.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from promptmix.core import seeds
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo, Example, folded
from promptmix.corpora import local
from promptmix.corpora.base import Corpus, SourceRow, Splits
from promptmix.corpora.public import PUBLIC
from promptmix.corpora.sources import read_descriptions, read_splits

if TYPE_CHECKING:
    from promptmix.params import Compile


class Compiled(NamedTuple):
    """A data set that is ready to use; examples are in the order of their original file."""

    train: list[Example]
    validation: list[Example]
    test: list[Example]
    classes: list[ClassInfo]
    notes: list[str]
    """What was dropped or made up, one line each, for the user to read."""


class _Numbered(NamedTuple):
    """An example and the row that it came from."""

    example: Example
    row: SourceRow


def compile_dataset(name: str, folder: Path, settings: "Compile") -> Compiled:
    """Compile a data set; the files of a public one are downloaded if they are not in the folder.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    splits, descriptions = read_splits(folder, corpus_named(name)), read_descriptions(folder)
    rng = seeds.rng("compile", name)
    return compile_splits(name, splits, descriptions, settings.validation_share, settings.validation_max, rng)


def corpus_named(name: str) -> Corpus:
    """Return the public data set of that name; any other name is that of a data set of the user's own."""
    return PUBLIC.get(name) or local.corpus()


def compile_splits(
    name: str,
    splits: Splits,
    descriptions: Mapping[str, str] | None,
    validation_share: float,
    validation_max: int,
    rng: np.random.Generator,
) -> Compiled:
    """Clean the rows, number them, and cut the validation part from train.

    An id is the row's place in its original split, counted from 0 before anything is dropped; a validation example
    keeps its id from train.

    Args:
        name: Name of the data set, first part of every id.
        splits: Rows as parsed, in file order.
        descriptions: One description for each class, which sets the order of the classes. None makes descriptions
            from the labels, in alphabetical order.
        validation_share: Share of each class's train texts that goes to validation, rounded down, more than 0 and
            less than 1, so that one text of each class always stays in train.
        validation_max: Most validation texts in all; where the share asks for more, it is lowered for all classes
            alike.
        rng: Draws the texts that go to validation.

    Raises:
        DataError: a text has two labels, a label has no train text, two labels differ only in case or spaces, or
            descriptions and labels disagree.
    """
    train, test = _numbered(name, "train", splits.train), _numbered(name, "test", splits.test)
    _check_labels(train, test)
    for split in (train, test):
        _check_one_label_a_text(split)
    unique = _without_repeats(train)
    clean = _without_test_texts(unique, test)
    _check_nothing_lost(train, clean)
    kept, validation = _cut([item.example for item in clean], validation_share, validation_max, rng)
    notes = _notes(
        repeats=len(train) - len(unique),
        in_test=len(unique) - len(clean),
        no_validation=not validation,
        no_descriptions=descriptions is None,
    )
    classes = _classes(sorted({item.row.label for item in train}), descriptions)
    return Compiled(kept, validation, [item.example for item in test], classes, [f"{name}: {note}" for note in notes])


def _numbered(name: str, split: str, rows: Sequence[SourceRow]) -> list[_Numbered]:
    width = max(5, len(str(len(rows) - 1)))  # ids sort in file order
    return [
        _Numbered(Example(id=f"{name}/{split}/{number:0{width}}", text=row.text, label=row.label), row)
        for number, row in enumerate(rows)
    ]


def _check_labels(train: Iterable[_Numbered], test: Iterable[_Numbered]) -> None:
    """Refuse a label that only test has, and labels between which a reply of the model could not distinguish."""
    known: dict[str, SourceRow] = {}
    for _, row in train:
        first = known.setdefault(folded(row.label), row)
        if first.label != row.label:
            pair = f"{row.label!r} here and {first.label!r} at {first.place}"
            raise DataError(f"{row.place}: labels differ only in case or spaces: {pair}; write both alike")
    labels = {row.label for row in known.values()}
    for _, row in test:
        if row.label not in labels:
            raise DataError(f"{row.place}: label {row.label!r} is not in train; its labels are {_listed(labels)}")


def _check_one_label_a_text(split: Iterable[_Numbered]) -> None:
    seen: dict[str, SourceRow] = {}
    for _, row in split:
        first = seen.setdefault(row.text, row)
        if first.label != row.label:
            raise DataError(
                f"{row.place}: {row.text[:60]!r} is {row.label!r} here and {first.label!r} at {first.place}; keep one"
            )


def _without_repeats(split: Iterable[_Numbered]) -> list[_Numbered]:
    first: dict[str, _Numbered] = {}
    for item in split:
        first.setdefault(item.row.text, item)
    return list(first.values())


def _without_test_texts(train: Iterable[_Numbered], test: Iterable[_Numbered]) -> list[_Numbered]:
    """Leave out train texts that equal a test text but for case and spaces, whatever their labels."""
    held_out = {folded(row.text) for _, row in test}
    return [item for item in train if folded(item.row.text) not in held_out]


def _check_nothing_lost(train: Iterable[_Numbered], clean: Iterable[_Numbered]) -> None:
    left = {row.label for _, row in clean}
    for _, row in train:
        if row.label not in left:
            raise DataError(f"{row.place}: all train texts of {row.label!r} are in test too; add others to train")


def _cut(
    train: Sequence[Example], share: float, most: int, rng: np.random.Generator
) -> tuple[list[Example], list[Example]]:
    """Split into what stays in train and what goes to validation, both in file order."""
    share = min(share, most / len(train))
    chosen: set[str] = set()
    for label, count in Counter(example.label for example in train).items():
        ids = [example.id for example in train if example.label == label]
        quota = math.floor(share * count + 1e-9)  # 0.29 * 100 is 28.999999999999996
        chosen.update(ids[at] for at in rng.choice(count, size=quota, replace=False))
    kept = [example for example in train if example.id not in chosen]
    return kept, [example for example in train if example.id in chosen]


def _classes(labels: list[str], descriptions: Mapping[str, str] | None) -> list[ClassInfo]:
    if descriptions is None:
        descriptions = {label: f"texts labelled {label.replace('_', ' ')}" for label in labels}
    if missing := set(labels) - set(descriptions):
        raise DataError(f"classes.yaml: no description of {_listed(missing)}; it describes every label of the data")
    if surplus := set(descriptions) - set(labels):
        raise DataError(f"classes.yaml: {_listed(surplus)} not in the data; its labels are {_listed(labels)}")
    return [ClassInfo(label=label, description=description) for label, description in descriptions.items()]


def _notes(*, repeats: int, in_test: int, no_validation: bool, no_descriptions: bool) -> list[str]:
    possible = {
        f"{repeats} train row(s) dropped: same text and label as an earlier row": repeats > 0,
        f"{in_test} train row(s) dropped: the text is in test too": in_test > 0,
        "validation is empty: the share or the classes are too small to take a text from any": no_validation,
        "no classes.yaml, so descriptions are made from the labels": no_descriptions,
    }
    return [note for note, applies in possible.items() if applies]


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(labels)))
