"""Which column of a table is the text and which the label: by the usual names, or as dataset.yaml says.

Nothing is guessed where two readings are possible; the refusal shows what was found and the line that settles it.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, WrittenNumber, first_few, visible
from promptmix.corpora.settings import FILE, ColumnChoice, ColumnChoices

Role = Literal["text", "label"]

USUAL: dict[Role, frozenset[str]] = {
    "text": frozenset(
        ("text", "utterance", "sentence", "query", "message", "content", "question", "comment", "review")
    ).union(("tweet", "post", "document", "body", "input")),
    "label": frozenset(("label", "intent", "category", "class", "target", "topic", "tag", "sentiment")),
}
"""Names of columns, without case, spaces and marks; ``text`` and ``label`` go before the others."""

NAMING = frozenset(("labeltext", "labelname", "classname", "categoryname", "intentname"))
"""Columns with the names of labels that another column may have as numbers."""

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class Header(NamedTuple):
    """The names of a table's columns, and where they are."""

    place: str
    names: Sequence[str]

    @property
    def found(self) -> str:
        """What a message says of the columns."""
        return f"found {first_few(self.names, 12) or 'none'}"

    def having(self, keys: Collection[str]) -> list[int]:
        """Return the numbers of the columns whose names are among these."""
        return [at for at, name in enumerate(self.names) if _key(name) in keys]


class Chosen(NamedTuple):
    """Where text and label are in the records of a table."""

    header: Header
    text: int
    label: int | None
    """None where there is no column of labels."""

    records: Sequence[FileRecord]
    """Those below the header."""

    note: str | None = None
    """What was assumed, for the user."""

    named: bool = False
    """Whether the header's names are names of columns; not where the file has none."""

    nothing: str = "null"
    """What a message calls a value of None."""


def choose_columns(table: Table, choices: ColumnChoices, known_labels: Collection[str] = ()) -> Chosen:
    """Find text and label in a table; only the text in one that has no labels.

    Args:
        table: The records of one file.
        choices: What dataset.yaml says; it wins over the usual names.
        known_labels: Labels of train, by which a file without a header is recognized.

    Raises:
        DataError: no column can be the text, or several could be text or label.
    """
    if not table.records:
        raise DataError(f"{table.name}: no rows; each row needs a text and a label")
    return _chosen(table, choices, known_labels)._replace(nothing=table.nothing)


def choose_text(table: Table, choices: ColumnChoices) -> Chosen:
    """Find the text in a table that needs no labels; an only column is the text, with or without a name.

    Raises:
        DataError: as :func:`choose_columns`.
    """
    if any(len(record.values) > 1 for record in table.records):
        return choose_columns(table, choices)
    records, names = table.records, table.columns
    if names is None and records and usual_names(records[0].values, choices):
        names, records = tuple(_as_name(value) for value in records[0].values), records[1:]
    return Chosen(Header(table.name, names or ["1"]), 0, None, records, nothing=table.nothing)


def like(chosen: Chosen, choices: ColumnChoices, table: Table) -> ColumnChoices:
    """Return the choices for a table of the same data set: the columns of one that was read, where this has them too.

    Args:
        chosen: Where text and label were found in the first table.
        choices: What dataset.yaml says.
        table: The other one.
    """
    if not chosen.named or not table.records:
        return choices
    names = [_as_name(value) for value in table.columns or table.records[0].values]

    def same(at: int | None, choice: ColumnChoice | None) -> ColumnChoice | None:
        wanted = None if at is None else _key(chosen.header.names[at])
        found = [name for name in names if _key(name) == wanted]
        return found[0] if choice is None and len(found) == 1 else choice

    text, label = same(chosen.text, choices.text), same(chosen.label, choices.label)
    return ColumnChoices(text=text, label=label)


def _chosen(table: Table, choices: ColumnChoices, known_labels: Collection[str]) -> Chosen:
    if isinstance(choices.text, int) or isinstance(choices.label, int):
        return _by_number(table, choices, known_labels)
    if table.columns is not None:
        return _by_name(Header(table.name, table.columns), table.records, choices)
    place, values = table.records[0]
    header = Header(place, [_as_name(value) for value in values])
    if _is_header(table, values, choices, known_labels):
        return _by_name(header, table.records[1:], choices)
    return _without_header(table, header, known_labels)


def is_text_name(name: str, choices: ColumnChoices) -> bool:
    """Tell whether a column of that name is the text: by a usual name, or that of dataset.yaml."""
    return _key(name) in USUAL["text"] or name == choices.text


def usual_names(values: Sequence[Any], choices: ColumnChoices) -> int:
    """Count the values that are names of columns: usual ones, or those of dataset.yaml."""
    known = USUAL["text"] | USUAL["label"] | NAMING
    names = [_as_name(value) for value in values]
    return sum(_key(name) in known or name in (choices.text, choices.label) for name in names)


def _is_header(table: Table, values: Sequence[Any], choices: ColumnChoices, known_labels: Collection[str]) -> bool:
    """Tell whether the first record has names of columns; of two values, none is if one of them is a label below."""
    names = [at for at, value in enumerate(values) if usual_names([value], choices)]
    if len(values) != 2 or {choices.text, choices.label} & {_as_name(value) for value in values}:
        return bool(names)
    labels = {at for at in (0, 1) if _comes_again(table, at, known_labels)}
    once = set(names) - labels
    return any(_key(_as_name(values[at])) in ("text", "label") for at in once) or bool(once and not labels - set(names))


def no_label(chosen: Chosen, choices: ColumnChoices) -> DataError:
    """Return the refusal of a table without a column of labels where labels are needed."""
    place, names = chosen.header
    others = [at for at in range(len(names)) if at != chosen.text]
    if len(others) > 1 and all(_flag(value) for at in others for value in _values(chosen.records, at)):
        several = f"{first_few([names[at] for at in others])} hold 0 and 1 only, one column a class"
        return DataError(f"{place}: no column 'label'; {several}; give every text one label, in a column 'label'")
    remedy = f"`columns: {{label: {visible(names[others[0]]) if others else 'NAME'}}}`"
    return _refusal(chosen.header, choices.label, remedy, "label")


def is_number(value: Any) -> bool:
    """Tell whether a value is a bare number, as written."""
    return isinstance(value, bool | WrittenNumber) or (
        isinstance(value, str) and NUMBER.fullmatch(value.strip()) is not None
    )


def _by_name(header: Header, records: Sequence[FileRecord], choices: ColumnChoices) -> Chosen:
    text = _find("text", header, choices.text, records)
    if text is None:
        raise _refusal(header, choices.text, f"`columns: {_pair(header.names)}`")
    return Chosen(header, text, _find("label", header, choices.label, records), records, named=True)


def _find(role: Role, header: Header, choice: ColumnChoice | None, records: Sequence[FileRecord]) -> int | None:
    """Return the number of the column that has a role; None where there is none."""
    if choice is not None:
        candidates = [at for at, name in enumerate(header.names) if name == choice]
    elif (own := header.having({role})) and role == "label" and len(own) == 1:
        candidates = [_naming(own[0], header, records)]
    else:
        candidates = own or header.having(USUAL[role] | (NAMING if role == "label" else frozenset()))
    if len(candidates) > 1:
        names = [header.names[at] for at in candidates]
        if len(set(names)) < len(names):
            raise DataError(f"{header.place}: two columns {names[0]!r}, {header.found}; rename one of them")
        remedy = f"say which in {FILE}: `columns: {{{role}: {visible(names[0])}}}`"
        raise DataError(f"{header.place}: {first_few(names)} could each be the {role}; {remedy}")
    return candidates[0] if candidates else None


def _naming(label: int, header: Header, records: Sequence[FileRecord]) -> int:
    """Return the column that names the labels, where they are numbers and there is one, else their own."""
    if not all(is_number(value) for value in _values(records, label)):
        return label
    naming = [at for at in header.having(USUAL["label"] | NAMING) if at != label and _alike(label, at, records)]
    return naming[0] if len(naming) == 1 else label


def _alike(numbers: int, names: int, records: Sequence[FileRecord]) -> bool:
    """Tell whether two columns divide the records alike, the second by names."""
    pairs = set(zip(map(str, _values(records, numbers)), map(str, _values(records, names)), strict=False))
    one_to_one = len({number for number, _ in pairs}) == len({name for _, name in pairs}) == len(pairs)
    return one_to_one and not any(is_number(name) for _, name in pairs)


def _by_number(table: Table, choices: ColumnChoices, known_labels: Collection[str]) -> Chosen:
    text, label = choices.text, choices.label
    if table.columns is not None or not isinstance(text, int) or not isinstance(label, int):
        raise DataError(f"{table.name}: {FILE} counts columns, which takes two numbers, and a file without names")
    width = len(table.records[0].values)
    if text > width:
        raise DataError(f"{table.name}: no column {text}, which {FILE} names; the first record has {width}")
    if label <= width:
        _check_no_header(table, text - 1, label - 1, known_labels)
    header = Header(table.name, [str(number + 1) for number in range(width)])
    return Chosen(header, text - 1, label - 1 if label <= width else None, table.records)


def _check_no_header(table: Table, text: int, label: int, known_labels: Collection[str]) -> None:
    """Refuse a header line where columns are counted; it would be a text with a class of its own.

    Raises:
        DataError: the first record has usual names, or, in train, the only label that does not come again.
    """
    if _comes_again(table, label, known_labels):
        return
    place, values = table.records[0]
    names = [_as_name(values[at]) for at in (text, label)]
    below = [str(value).strip() for value in _values(table.records[1:], label)]
    alone = not known_labels and len(set(below)) < len(below)
    if alone or usual_names(names, ColumnChoices()):
        found = f"the first line looks like a header, its label {visible(names[1][:40])!r} is in no other line"
        named = f"name the columns in {FILE} instead of counting them: `columns: {_pair(names)}`"
        raise DataError(f"{place}: {found}; {named}, or move the line down if it is a text")


def _without_header(table: Table, header: Header, known_labels: Collection[str]) -> Chosen:
    """Recognize two columns without a header: the first record's label comes again, its text does not."""
    if len(header.names) == 2:
        again = [at for at in (0, 1) if _comes_again(table, at, known_labels)]
        if len(again) == 1:
            label = again[0]
            note = f"{table.name} has no header line; column {2 - label} is read as text, column {label + 1} as label"
            return Chosen(header, 1 - label, label, table.records, note)
    names, numbers = f"`columns: {_pair(header.names)}`", "`columns: {text: 1, label: 2}`"
    raise _refusal(header, None, f"{names}, or {numbers} if this line is no header")


def _comes_again(table: Table, column: int, known_labels: Collection[str]) -> bool:
    first, *below = [str(value).strip() for value in _values(table.records, column)]
    return first in below or first in known_labels


def _values(records: Sequence[FileRecord], column: int) -> list[Any]:
    """Return the values of a column; a record that is too short is refused elsewhere."""
    return [record.values[column] for record in records if column < len(record.values)]


def _flag(value: Any) -> bool:
    return str(value).strip() in ("0", "1")


def _pair(names: Sequence[str]) -> str:
    """Return what dataset.yaml could say of columns; the outer two are as good an example as any."""
    text, label = (names[0], names[-1]) if len(names) > 1 else ("TEXT", "LABEL")
    return f"{{text: {visible(text[:40])}, label: {visible(label[:40])}}}"


def _refusal(header: Header, choice: ColumnChoice | None, remedy: str, role: Role = "text") -> DataError:
    named = f"{choice!r}, which {FILE} names" if choice else f"{role!r}"
    return DataError(f"{header.place}: no column {named}, {header.found}; say which in {FILE}: {remedy}")


def _key(name: str) -> str:
    """Return a column's name without case, spaces and marks."""
    return re.sub(r"[\W_]", "", name.casefold())


def _as_name(value: Any) -> str:
    return "" if value is None else str(value).strip()
