"""Records to rows: what is kept as it is written, and what is refused by its place."""

import pytest

from promptmix.corpora.base import SourceRow
from tests.support.own_files import refused_csv, refused_jsonl, rows


def test_a_quoted_text_over_three_lines_has_the_place_of_its_first_line() -> None:
    train = b'text,label\n"how\nlong\nis it",when\n\n"a ""b"", c",who\n'
    assert rows(train) == [
        SourceRow("how\nlong\nis it", "when", "train.csv:2"),
        SourceRow('a "b", c', "who", "train.csv:6"),
    ]


def test_white_space_is_stripped_at_the_ends_and_kept_inside() -> None:
    assert [row[:2] for row in rows(b"text , label\n how  long ,when \n\tx,who\n")] == [
        ("how  long", "when"),
        ("x", "who"),
    ]


def test_blank_json_lines_are_passed_over_but_counted() -> None:
    train = b'\n{"text": "x", "label": "a", "id": 7}\n  \n{"text": "y", "label": "b"}\n'
    assert rows(train, "train.jsonl") == [SourceRow("x", "a", "train.jsonl:2"), SourceRow("y", "b", "train.jsonl:4")]


def test_a_line_separator_inside_a_json_string_ends_no_line() -> None:
    train = '{"text": "x\u2028y", "label": "a"}\n{"text": "z", "label": "b"}\n'.encode()
    assert rows(train, "train.jsonl") == [
        SourceRow("x\u2028y", "a", "train.jsonl:1"),
        SourceRow("z", "b", "train.jsonl:2"),
    ]


def test_an_unquoted_comma_is_refused_rather_than_cut_off() -> None:
    expected = 'train.csv:3: 3 field(s) where the first line has 2; put "..." around a text with commas'
    assert refused_csv(b"text,label\nx,a\nwell, no,b\n") == expected


def test_all_rows_that_cannot_be_used_are_named_at_once() -> None:
    expected = (
        'train.csv:3: 3 field(s) where the first line has 2; put "..." around a text with commas '
        "(6 more row(s) cannot be used: 4, 6, 7, 8, 9 and 1 more)"
    )
    assert refused_csv(b"text,label\nx,a\nwell, no,b\n,b\ny,b\nz\n" + b"u,\n" * 4) == expected


@pytest.mark.parametrize("blank", [b",\n", b" , \n", b"\n", b",,,\n"])
def test_rows_without_anything_are_passed_over(blank: bytes) -> None:
    assert [row.place for row in rows(b"text,label\nx,a\n" + blank + b"y,b\n" + blank)] == [
        "train.csv:2",
        "train.csv:4",
    ]


def test_a_nul_character_is_part_of_a_text() -> None:
    assert rows(b"text,label\ncru\0shed,a\nx,b\n")[0].text == "cru\0shed"


def test_a_text_may_be_as_long_as_a_book() -> None:
    for quote in ("", '"'):
        train = f"text,label\n{quote}{'word ' * 60_000}end{quote},a\nx,b\n"
        assert len(rows(train.encode())[0].text) == 300_003


@pytest.mark.parametrize("name", ["None", "NA", "null", "nan", "true", "0", "0012", "1.0", "-1", "#N/A"])
def test_a_label_is_the_text_that_is_written(name: str) -> None:
    assert rows(f"text,label\nx,{name}\ny,b\n".encode())[0].label == name


@pytest.mark.parametrize("record", [b'"never closed,b\n', b'"no" comma,b\n'])
def test_quotes_that_do_not_pair_are_refused_where_the_record_begins(record: bytes) -> None:
    message = refused_csv(b'text,label\n"x\ny",a\n' + record)
    assert message.startswith("train.csv:4: not CSV: ")
    assert message.endswith('; put "..." around the text and write a " inside it as ""')


@pytest.mark.parametrize(("record", "key"), [(b'" ",a', "text"), (b"y,", "label"), (b"y,\t", "label")])
def test_an_empty_text_or_label_is_refused(record: bytes, key: str) -> None:
    assert refused_csv(b"text,label\nx,a\n" + record) == f"train.csv:3: {key} is empty; fill it in or delete the row"


def test_a_label_over_several_lines_is_refused() -> None:
    expected = "train.csv:2: label 'a\\nb' spans several lines; a label is one line in a prompt"
    assert refused_csv(b'text,label\nx,"a\nb"\n') == expected


def test_a_line_that_is_not_json_is_refused() -> None:
    expected = (
        "train.jsonl:2: not JSON (Expecting property name enclosed in double quotes), got \"{'text': 'y'}\"; "
        'a row is {"text": "...", "label": "..."}'
    )
    assert refused_jsonl(b'{"text": "x", "label": "a"}', b"{'text': 'y'}") == expected


@pytest.mark.parametrize("line", [b"true", b'"x"', b"null"])
def test_a_json_line_that_is_no_row_is_refused(line: bytes) -> None:
    expected = f'train.jsonl:2: not an object, got {line.decode()}; a row is {{"text": "...", "label": "..."}}'
    assert refused_jsonl(b'{"text": "x", "label": "a"}', line) == expected


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("null", "label is null; fill it in or delete the row"),
        ("NaN", "label is null; fill it in or delete the row"),
        ('["a", "b"]', 'label is ["a", "b"], a list; give the text one label, or leave the row out'),
        ('{"a": 1}', 'label is {"a": "1"}, not a text but dict; give the text one label, or leave the row out'),
    ],
)
def test_a_label_that_is_no_text_is_refused(value: str, reason: str) -> None:
    line = f'{{"text": "x", "label": {value}}}'.encode()
    assert refused_jsonl(b'{"text": "x", "label": "a"}', line) == f"train.jsonl:2: {reason}"


def test_a_missing_key_is_a_missing_label() -> None:
    expected = "train.jsonl:2: label is null; fill it in or delete the row"
    assert refused_jsonl(b'{"text": "x", "label": "a"}', b'{"text": "y", "kind": "b"}') == expected


def test_half_a_character_is_refused() -> None:
    expected = "train.jsonl:1: text holds half a surrogate pair, got 'x\\ud83d'; write the whole character"
    assert refused_jsonl(rb'{"text": "x\ud83d", "label": "a"}') == expected


def test_both_halves_of_a_character_are_one_character() -> None:
    train = rb'{"text": "\ud83d\ude00", "label": "a"}' + b"\n" + rb'{"text": "x", "label": "b"}'
    assert rows(train, "train.jsonl")[0].text == "\N{GRINNING FACE}"


@pytest.mark.parametrize("text", ["\u200b", "\ufeff \u2067\u2069"])
def test_a_text_of_nothing_that_is_seen_is_empty(text: str) -> None:
    expected = "train.csv:3: text is empty; fill it in or delete the row"
    assert refused_csv(f"text,label\nx,a\n{text},b\n".encode()) == expected


def test_a_list_of_one_name_is_that_name() -> None:
    train = b'{"text": "x", "label": ["a"]}\n{"text": ["y"], "label": ["b"]}\n'
    assert [row[:2] for row in rows(train, "train.jsonl")] == [("x", "a"), ("y", "b")]
