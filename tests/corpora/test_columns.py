"""Which column is the text and which the label."""

from collections.abc import Sequence

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora.base import FileRecord, Table, WrittenNumber
from promptmix.corpora.columns import Chosen, choose_columns, no_label
from promptmix.corpora.settings import ColumnChoices

USUAL = ColumnChoices()


def table(*rows: Sequence[object], columns: tuple[str, ...] | None = None) -> Table:
    return Table("t.csv", columns, [FileRecord(f"t.csv:{n}", row) for n, row in enumerate(rows, start=1)])


def chosen(*rows: Sequence[object], choices: ColumnChoices = USUAL, labels: Sequence[str] = ()) -> Chosen:
    return choose_columns(table(*rows), choices, labels)


def refusal(*rows: Sequence[object], choices: ColumnChoices = USUAL) -> str:
    try:
        return str(no_label(choose_columns(table(*rows), choices), choices))
    except DataError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("text", "label"),
        ("Text", "LABEL"),
        ("utterance", "intent"),
        (" Sentence ", "Category"),
        ("query", "class"),
        ("message", "target"),
        ("content", "topic"),
        ("body", "label_text"),
        ("review", "Class Name"),
    ],
)
def test_usual_names_are_known_in_any_case(text: str, label: str) -> None:
    found = chosen(["id", label, text], ["1", "late", "where is it"])
    assert (found.text, found.label, len(found.records)) == (2, 1, 1)


def test_text_and_label_go_before_other_usual_names() -> None:
    found = chosen(["message", "text", "topic", "label"], ["a", "b", "c", "d"])
    assert (found.text, found.label) == (1, 3)


@pytest.mark.parametrize("number", ["0", "12", "-1", "1.5", WrittenNumber(3), True])
def test_the_names_of_numbered_labels_go_before_the_numbers(number: object) -> None:
    assert chosen(["text", "label", "label_text"], ["x", number, "late"], ["y", number, "late"]).label == 2


def test_a_column_that_divides_the_rows_otherwise_does_not_name_the_numbers() -> None:
    rows = [["x", "0", "late"], ["y", "0", "wet"], ["z", "1", "wet"]]
    assert chosen(["text", "label", "topic"], *rows).label == 1


def test_names_go_before_a_second_column_of_names() -> None:
    assert chosen(["text", "label", "label_text"], ["x", "pos", "positive"]).label == 1


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["message", "content", "label"],
            "t.csv:1: message, content could each be the text; say which in dataset.yaml: `columns: {text: message}`",
        ),
        (
            ["text", "intent", "topic"],
            "t.csv:1: intent, topic could each be the label; say which in dataset.yaml: `columns: {label: intent}`",
        ),
        (["text", "text", "label"], "t.csv:1: two columns 'text', found text, text, label; rename one of them"),
        (
            ["text", "kind"],
            "t.csv:1: no column 'label', found text, kind; say which in dataset.yaml: `columns: {label: kind}`",
        ),
        (
            ["words", "label"],
            "t.csv:1: no column 'text', found words, label; say which in dataset.yaml: "
            "`columns: {text: words, label: label}`",
        ),
        (
            ["Frage", "Art"],
            "t.csv:1: no column 'text', found Frage, Art; say which in dataset.yaml: "
            "`columns: {text: Frage, label: Art}`, or `columns: {text: 1, label: 2}` if this line is no header",
        ),
    ],
)
def test_what_is_not_clear_is_refused_with_the_line_that_settles_it(header: list[str], expected: str) -> None:
    assert refusal(header, ["a", "b", "c"][: len(header)]) == expected


def test_one_column_a_class_is_refused_as_what_it_is() -> None:
    expected = (
        "t.csv:1: no column 'label'; late, wet hold 0 and 1 only, one column a class; "
        "give every text one label, in a column 'label'"
    )
    assert refusal(["text", "late", "wet"], ["x", "1", "0"], ["y", "1", "1"]) == expected


def test_columns_of_dataset_yaml_win() -> None:
    found = chosen(["text", "label", "Kind"], ["x", "a", "b"], choices=ColumnChoices(label="Kind"))
    assert (found.text, found.label) == (0, 2)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (ColumnChoices(text="Kinds"), "no column 'Kinds', which dataset.yaml names, found text, label; say which"),
        (ColumnChoices(label="Kinds"), "no column 'Kinds', which dataset.yaml names, found text, label; say which"),
    ],
)
def test_a_column_that_dataset_yaml_names_and_nobody_has_is_refused(choices: ColumnChoices, expected: str) -> None:
    assert expected in refusal(["text", "label"], ["x", "a"], choices=choices)


def test_numbers_are_for_files_without_a_header() -> None:
    found = chosen(["7", "x", "a"], ["8", "y", "b"], choices=ColumnChoices(text=2, label=3))
    assert (found.text, found.label, len(found.records)) == (1, 2, 2)


@pytest.mark.parametrize("choices", [ColumnChoices(text=1), ColumnChoices(text="text", label=2)])
def test_one_number_is_refused(choices: ColumnChoices) -> None:
    expected = "t.csv: dataset.yaml counts columns, which takes two numbers, and a file without names"
    assert refusal(["x", "a"], choices=choices) == expected


def test_a_number_beyond_the_last_column_is_refused() -> None:
    expected = "t.csv: no column 3, which dataset.yaml names; the first record has 2"
    assert refusal(["x", "a"], choices=ColumnChoices(text=3, label=1)) == expected


def test_two_columns_without_a_header_are_known_by_the_label_that_comes_again() -> None:
    found = chosen(["late", "where is it"], ["wet", "all wet"], ["late", "still waiting"])
    assert (found.text, found.label, len(found.records)) == (1, 0, 3)
    assert found.note == "t.csv has no header line; column 2 is read as text, column 1 as label"


def test_or_by_a_label_of_train() -> None:
    found = chosen(["where is it", "late"], ["all wet", "wet"], labels=["late", "wet"])
    assert (found.text, found.label) == (0, 1)


def test_two_columns_that_both_come_again_are_refused() -> None:
    assert "if this line is no header" in refusal(["a", "b"], ["a", "c"], ["d", "b"])


def test_long_values_and_line_breaks_of_what_was_found_keep_the_message_on_one_short_line() -> None:
    found = refusal(["where\nis it " * 9999, "late"], ["x", "y"])
    assert len(found.splitlines()) == 1
    assert len(found) < 400


@pytest.mark.parametrize("header", [["text", "label"], ["Frage", "Art"], ["Utterance", "Art"]])
def test_a_header_where_columns_are_counted_is_refused_rather_than_made_a_class(header: list[str]) -> None:
    expected = (
        f"t.csv:1: the first line looks like a header, its label {header[1]!r} is in no other line; name the columns "
        f"in dataset.yaml instead of counting them: `columns: {{text: {header[0]}, label: {header[1]}}}`, or move the "
        "line down if it is a text"
    )
    rows = [header, ["x", "late"], ["y", "wet"], ["z", "late"]]
    assert refusal(*rows, choices=ColumnChoices(text=1, label=2)) == expected


def test_a_first_line_whose_label_comes_again_or_is_one_of_train_is_none() -> None:
    choices = ColumnChoices(text=1, label=2)
    assert len(chosen(["review", "question"], ["x", "answer"], ["y", "question"], choices=choices).records) == 3
    assert len(chosen(["x", "late"], ["y", "wet"], ["z", "wet"], choices=choices, labels=["late"]).records) == 3


def test_a_usual_name_that_comes_again_below_is_a_label_and_no_header() -> None:
    found = chosen(["where is it", "question"], ["here", "comment"], ["why", "question"])
    assert (found.text, found.label, len(found.records)) == (0, 1, 3)


def test_a_usual_name_that_is_a_label_of_train_is_no_header() -> None:
    found = chosen(["where is it", "question"], ["here", "answer"], labels=["question", "answer"])
    assert (found.text, found.label, len(found.records)) == (0, 1, 2)


@pytest.mark.parametrize("labels", [(), ("late", "wet")])
def test_a_usual_name_beside_a_label_is_a_text_and_no_header(labels: Sequence[str]) -> None:
    """Named in dataset.yaml, as a message would advise, the label would take its row away."""
    found = chosen(["comment", "late"], ["here", "wet"], *[["why", "late"]] * (not labels), labels=labels)
    assert (found.text, found.label, found.records[0].values) == (0, 1, ["comment", "late"])


def test_text_and_label_are_a_header_beside_a_value_that_comes_again() -> None:
    assert "no column 'text', found words, label" in refusal(["words", "label"], ["words", "late"], ["x", "wet"])


def test_a_column_that_dataset_yaml_names_is_one_though_a_label_is_called_like_it() -> None:
    found = chosen(["text", "kind"], ["x", "kind"], ["y", "other"], choices=ColumnChoices(label="kind"))
    assert (found.label, len(found.records)) == (1, 2)


def test_a_header_stays_one_though_a_label_is_called_like_its_column() -> None:
    found = chosen(["text", "label"], ["x", "label"], ["y", "other"])
    assert (found.label, len(found.records)) == (1, 2)
