"""JSON in the shapes that people's tools write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.corpora.json_tables import read_json_table
from promptmix.corpora.settings import DataSettings

ROWS = [{"text": "where is it", "label": "late"}, {"text": "all\u2028wet", "label": "wet"}]


def read(content: str) -> list[tuple[str, list[object]]]:
    table = read_json_table("t.json", content.encode(), DataSettings())
    return [(place, list(values)) for place, values in table.records]


def refusal(content: str) -> str:
    with pytest.raises(DataError) as caught:
        read(content)
    return str(caught.value)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: rows,
        lambda rows: {"version": 1, "data": rows},
        lambda rows: {"message": "ok", "comment": "of all shops", "data": rows},
    ],
)
def test_one_list_is_read_bare_or_in_an_object(indent: int | None, wrap: object) -> None:
    assert callable(wrap)
    content = json.dumps(wrap(ROWS), indent=indent, ensure_ascii=False)
    assert read(content) == [("t.json:1", ["where is it", "late"]), ("t.json:2", ["all\u2028wet", "wet"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_read_and_blank_ones_counted(end: str) -> None:
    content = end.join([json.dumps(ROWS[0]), "", json.dumps(ROWS[1], ensure_ascii=False), ""])
    assert [place for place, _ in read(content)] == ["t.json:1", "t.json:3"]


def test_a_list_on_a_line_is_its_rows() -> None:
    content = json.dumps(ROWS) + "\n" + json.dumps(ROWS)
    assert [place for place, _ in read(content)] == ["t.json:1", "t.json:1", "t.json:2", "t.json:2"]


@pytest.mark.parametrize("content", ['[["x", "a"], ["y", "b"]]', '["x", "a"]\n["y", "b"]'])
def test_rows_may_be_lists(content: str) -> None:
    assert [values for _, values in read(content)] == [["x", "a"], ["y", "b"]]


def test_one_object_is_one_row() -> None:
    assert read('{"text": "x", "label": "a"}') == [("t.json:1", ["x", "a"])]


def test_numbers_stay_as_they_are_written_and_nan_is_null() -> None:
    values = read('[{"a": 1.0, "b": 1e3, "c": 12345678901234567890, "d": NaN, "e": true}]')[0][1]
    assert values == ["1.0", "1e3", "12345678901234567890", None, True]


def test_a_key_that_a_row_lacks_is_null() -> None:
    assert [values for _, values in read('{"a": "x"}\n{"b": "y"}')] == [["x", None], [None, "y"]]


def test_a_mistake_in_a_list_over_several_lines_is_named_by_its_line() -> None:
    expected = (
        't.json:3: not JSON (Expecting \',\' delimiter), got \'{"text": "b" "label": "c"}\'; '
        'a row is {"text": "...", "label": "..."}'
    )
    assert refusal('[\n {"text": "a"},\n {"text": "b" "label": "c"}\n]') == expected


@pytest.mark.parametrize("content", ['["a", "b"]', "7", '"a"'])
def test_what_holds_no_rows_is_refused(content: str) -> None:
    expected = f't.json: no list of rows, got {content!r}; a row is {{"text": "...", "label": "..."}}'
    assert refusal(content) == expected


def test_rows_of_two_kinds_are_refused() -> None:
    assert refusal('{"text": "x"}\n["y", "b"]').startswith('t.json:2: not an object, got ["y", "b"]; ')


@given(st.lists(st.tuples(st.text(), st.text()), min_size=2), st.booleans())
def test_any_text_comes_back_from_a_list_and_from_lines(pairs: list[tuple[str, str]], ascii: bool) -> None:
    rows = [{"text": text, "label": label} for text, label in pairs]
    whole = json.dumps(rows, ensure_ascii=ascii)
    lines = "\n".join(json.dumps(row, ensure_ascii=ascii) for row in rows)
    assert [values for _, values in read(whole)] == [values for _, values in read(lines)] == list(map(list, pairs))


@pytest.mark.parametrize("key", ["text", "Utterance"])
def test_an_object_with_a_text_is_a_row_whatever_lists_it_has(key: str) -> None:
    row = {key: "where is it", "label": "late", "entities": [{"text": "it", "label": "thing"}]}
    assert read(json.dumps(row)) == [("t.json:1", ["where is it", "late", row["entities"]])]


def test_an_object_with_a_text_and_no_label_is_a_row_too() -> None:
    row = {"text": "where is it", "entities": [{"text": "it", "label": "thing"}]}
    assert read(json.dumps(row)) == [("t.json:1", ["where is it", row["entities"]])]


def test_the_turns_of_a_chat_are_no_rows() -> None:
    chat = [{"role": "user", "content": "where is it"}, {"role": "assistant", "content": "late"}]
    assert read(json.dumps({"messages": chat})) == [("t.json:1", [chat])]


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000])
def test_json_that_is_nested_too_deeply_is_refused_in_one_line(content: str) -> None:
    assert refusal(content).startswith("t.json:1: not JSON (nested too deeply), got '")
