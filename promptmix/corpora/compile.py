"""From original files to examples: no row twice, no test text in train, validation cut from train.

What is dropped is counted in a note; contradictions are refused, and the places of both rows are named. The test split
is never changed, so scores stay comparable with published ones; rows of classes that train lacks are left aside.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from promptmix.core import seeds
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo, DataInfo, Example, PoolText, folded
from promptmix.corpora.base import SourceRow, Splits
from promptmix.corpora.conflicts import check_one_label_a_text, composed, conflict_note
from promptmix.corpora.labels import check_spellings, label_notes, spelled_alike
from promptmix.corpora.pool import clean_pool
from promptmix.corpora.shots import ids_by_label
from promptmix.corpora.sources import read_data, read_info

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

    pool: list[PoolText] | None = None
    """Texts without labels; None where there is no file of them."""

    info: DataInfo | None = None
    """What prompts say of the texts; None for nothing."""


class Cut(NamedTuple):
    """How validation is cut from train."""

    share: float
    """Share of each class's train texts that goes to validation, rounded down; more than 0 and less than 1, so that one
    text of each class always stays in train."""

    most: int
    """Most validation texts in all; where the share asks for more, it is lowered for all classes alike."""

    shots: int
    """Texts of each class that stay in train, as the few-shot sample needs them."""


class _Numbered(NamedTuple):
    """An example and the row that it came from."""

    example: Example
    row: SourceRow


def compile_dataset(name: str, folder: Path, settings: "Compile", shots: int) -> Compiled:
    """Compile a data set; the files of a public one are downloaded if they are not in the folder.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    splits, descriptions = read_data(name, folder)
    cut = Cut(settings.validation_share, settings.validation_max, shots)
    compiled = compile_splits(name, splits, descriptions, cut, seeds.rng("compile", name))
    return compiled._replace(info=read_info(folder))


def compile_splits(
    name: str, splits: Splits, descriptions: Mapping[str, str] | None, cut: Cut, rng: np.random.Generator
) -> Compiled:
    """Clean the rows, number them, and cut the validation part from train where the user has none.

    An id is the row's place in its original split, counted from 0 before anything is dropped; a validation example
    that is cut from train keeps its id.

    Args:
        name: Name of the data set, first part of every id.
        splits: Rows as parsed, in file order.
        descriptions: One description for each class, which sets the order of the classes. None makes descriptions
            from the labels, in alphabetical order.
        cut: How validation is cut.
        rng: Draws the texts that go to validation.

    Raises:
        DataError: a text has two labels, a label has two spellings or no train text, or descriptions and labels
            disagree.
    """
    check_spellings([*splits.train, *splits.test, *(splits.validation or ())])
    check_one_label_a_text(splits.train)
    labels = sorted({row.label for row in splits.train})
    notes = [*splits.notes, *label_notes(labels)]
    train = _numbered(name, "train", splits.train)
    test = _of_classes(_numbered(name, "test", splits.test), labels, "test", notes)
    notes += conflict_note(item.row for item in test)
    clean = _clean(train, test, notes)
    if splits.validation is None:
        kept, validation = _cut([item.example for item in clean], cut, rng)
        if not validation:
            notes.append("validation is empty: the share or the classes are too small to take a text from any")
    else:
        own = _of_classes(_numbered(name, "validation", splits.validation), labels, "validation", notes)
        kept, validation = [item.example for item in clean], _fresh(own, [*clean, *test], notes)
    surplus = {row.label for row in (*splits.test, *(splits.validation or ()))} - set(labels)
    classes = _classes(labels, descriptions, surplus)
    if descriptions is None:
        notes.append("no classes.yaml, so descriptions are made from the labels")
    rows = (*splits.train, *splits.test, *(splits.validation or ()))
    pool = clean_pool(name, splits.unlabeled, (row.text for row in rows), notes)
    notes = [f"{name}: {note}" for note in notes]
    return Compiled(kept, validation, [each.example for each in test], classes, notes, pool)


def _numbered(name: str, split: str, rows: Sequence[SourceRow]) -> list[_Numbered]:
    width = max(5, len(str(len(rows) - 1)))  # ids sort in file order
    return [
        _Numbered(Example(id=f"{name}/{split}/{number:0{width}}", text=row.text, label=row.label), row)
        for number, row in enumerate(rows)
    ]


def _of_classes(rows: list[_Numbered], labels: Sequence[str], split: str, notes: list[str]) -> list[_Numbered]:
    """Leave aside the rows of classes that train lacks.

    Raises:
        DataError: train lacks the classes of all rows.
    """
    trained = set(labels)
    known = [item for item in rows if item.row.label in trained]
    if rows and not known:
        found = _listed({item.row.label for item in rows})
        raise DataError(
            f"{rows[0].row.place}: {split} has labels {found}, and train {_listed(labels)}; none is in both"
        )
    if others := _listed({item.row.label for item in rows} - set(labels)):
        notes.append(f"{len(rows) - len(known)} {split} row(s) left aside: train has no text of {others}")
    return known


def _clean(train: list[_Numbered], test: list[_Numbered], notes: list[str]) -> list[_Numbered]:
    """Leave out the train rows that stand there twice, or in test too."""
    unique = _without_repeats(train)
    if repeats := len(train) - len(unique):
        notes.append(f"{repeats} train row(s) dropped: same text and label as an earlier row")
    clean = _without_texts_of(unique, test)
    if in_test := len(unique) - len(clean):
        notes.append(f"{in_test} train row(s) dropped: the text is in test too")
    _check_nothing_lost(train, clean)
    return clean


def _fresh(validation: list[_Numbered], others: list[_Numbered], notes: list[str]) -> list[Example]:
    """Return the examples of the user's own validation whose texts are in no other split."""
    notes += conflict_note((item.row for item in validation), "validation")
    fresh = _without_texts_of(validation, others)
    if known := len(validation) - len(fresh):
        notes.append(f"{known} validation row(s) dropped: the text is in train or test too")
    return [item.example for item in fresh]


def _without_repeats(split: Iterable[_Numbered]) -> list[_Numbered]:
    first: dict[str, _Numbered] = {}
    for item in split:
        first.setdefault(composed(item.row.text), item)
    return list(first.values())


def _without_texts_of(split: Iterable[_Numbered], others: Iterable[_Numbered]) -> list[_Numbered]:
    """Leave out texts that equal one of the others but for case, spaces and Unicode form, whatever their labels."""
    held_out = {folded(row.text) for _, row in others}
    return [item for item in split if folded(item.row.text) not in held_out]


def _check_nothing_lost(train: Iterable[_Numbered], clean: Iterable[_Numbered]) -> None:
    left = {row.label for _, row in clean}
    lost = {row.label: row.place for _, row in train if row.label not in left}
    if lost:
        place = next(row.place for _, row in train if row.label in lost)
        raise DataError(f"{place}: all train texts of {_listed(lost)} are in test too; add others to train")


def _cut(train: Sequence[Example], cut: Cut, rng: np.random.Generator) -> tuple[list[Example], list[Example]]:
    """Split into what stays in train and what goes to validation, both in file order."""
    share = min(cut.share, cut.most / len(train))
    chosen: set[str] = set()
    for ids in ids_by_label(train).values():
        quota = math.floor(share * len(ids) + 1e-9)  # 0.29 * 100 is 28.999999999999996
        quota = min(quota, max(len(ids) - cut.shots, 0))
        chosen.update(ids[at] for at in rng.choice(len(ids), size=quota, replace=False))
    kept = [example for example in train if example.id not in chosen]
    return kept, [example for example in train if example.id in chosen]


def _classes(
    labels: Sequence[str], descriptions: Mapping[str, str] | None, left_aside: Iterable[str]
) -> list[ClassInfo]:
    if descriptions is None:
        descriptions = {label: f"texts labelled {label.replace('_', ' ')}" for label in labels}
    known = set(labels)
    missing, surplus = known - set(descriptions), set(descriptions) - known - set(left_aside)
    for described, label in _misspelled(surplus, missing):
        raise DataError(f"classes.yaml: {described!a} is {label!a} in the data; write both alike")
    if missing:
        raise DataError(f"classes.yaml: no description of {_listed(missing)}; it describes every label of the data")
    if surplus:
        raise DataError(f"classes.yaml: {_listed(surplus)} not in the data; its labels are {_listed(labels)}")
    return [ClassInfo(label=label, description=text) for label, text in descriptions.items() if label in known]


def _misspelled(described: Iterable[str], labels: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of a described label and one of the data that are spelled alike."""
    known = {spelled_alike(label): label for label in labels}
    return ((each, known[spelled_alike(each)]) for each in sorted(described) if spelled_alike(each) in known)


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(map(repr, sorted(labels)))
