"""Tables are read a piece at a time, as they are, or refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from promptmix.classifier.columns import label_column, new_columns, text_column
from promptmix.classifier.tables import ROWS, delimiter_of, reading
from promptmix.core.errors import DataError


def read(path: Path) -> list[dict[str, Any]]:
    with reading(path) as source:
        return [row for piece in source.pieces for row in piece.rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_csv_file_is_found(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'id{delimiter}text\n1{delimiter}"a{delimiter} b\nc ""d"""\n2{delimiter}e\n', encoding="utf-8")
    assert read(path) == [{"id": "1", "text": f'a{delimiter} b\nc "d"'}, {"id": "2", "text": "e"}]


def test_a_comma_in_a_text_is_no_delimiter_where_semicolons_divide_more_lines() -> None:
    assert delimiter_of("id;text\n1;hello, you\n2;a, b, c\n3;no\n4;cut in the mid") == ";"
    assert delimiter_of("sep=|\nid|text\n") == "|"
    assert delimiter_of("text\nhello there\n") == ","


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_as_excel_saves_it_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("text\r\nGrüße\r\n\r\n".encode(encoding))
    assert read(path) == [{"text": "Grüße"}]


def test_all_rows_come_in_order_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(f'{{"text": "{at}"}}\n' for at in range(2 * ROWS + 3)), encoding="utf-8")
    with reading(path) as source:
        pieces = list(source.pieces)
    assert [piece.first for piece in pieces] == [1, ROWS + 1, 2 * ROWS + 1]
    assert [row["text"] for piece in pieces for row in piece.rows] == [str(at) for at in range(2 * ROWS + 3)]
    assert pieces[-1].done == source.size == path.stat().st_size


def test_lines_keep_all_but_their_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(" a,b \r\n\nc\u2028d".encode())
    assert [row["text"] for row in read(path)] == [" a,b ", "", "c\u2028d"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "empty; the first line names the columns"),
        ("a.csv", b"text,text\n1,2\n", "two columns are named 'text'"),
        ("a.csv", b"id,text\n1,2\n1,2,3\n", r"a\.csv:3: 3 fields, the header has 2"),
        ("a.csv", b'text\n"open\n', r"a\.csv: not CSV \(unexpected end of data\)"),
        ("a.csv", b"text\n\xff\xe9\n", r"a\.csv: not UTF-8 \(invalid start byte\); save it as UTF-8"),
        ("a.csv", b"text\n" + b"a\n" * 9000 + b"\xe9\n", r"a\.csv: not UTF-8"),
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b'{"text": "a"}\n{"text"\n', r"a\.jsonl:2: not JSON"),
        ("a.jsonl", b"[1]\n", "each line holds one object, found list"),
        ("a.txt", b"a\n\xff\n", r"a\.txt:2: not UTF-8"),
        ("a.parquet", b"PAR1 half", r"a\.parquet: not Parquet"),
        ("a.xlsx", b"", r"unknown suffix '\.xlsx'; known here: \.csv \.jsonl"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        read(tmp_path / name)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt", "a.parquet"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=f"{name}: no such file"):
        read(tmp_path / name)


def test_parquet_is_read_with_its_types(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"n": pa.array([1, 2], pa.int8()), "text": ["a", None]}), tmp_path / "a.parquet")
    with reading(tmp_path / "a.parquet") as source:
        (piece,) = source.pieces
    assert json.dumps(list(piece.rows)) == '[{"n": 1, "text": "a"}, {"n": 2, "text": null}]'
    assert piece.arrow.schema.field("n").type == pa.int8()


@pytest.mark.parametrize(
    ("columns", "chosen", "found"),
    [
        (["id", "Text "], None, "Text "),
        (["text", "comment"], None, "text"),
        (["wording"], None, "wording"),
        (["a", "b"], "b", "b"),
    ],
)
def test_the_text_is_found_where_one_column_can_be_meant(columns: list[str], chosen: str | None, found: str) -> None:
    assert text_column("a.csv", columns, chosen) == found


@pytest.mark.parametrize(
    ("columns", "chosen", "said"),
    [
        (["a", "b"], None, "columns 'a', 'b': none is named as a text; name it with --text COLUMN"),
        (["body", "review"], None, "2 could be the text"),
        (["I lost my card"], None, "none is named as a text"),
        (["a", "text"], "b", "no column 'b'; found 'a', 'text'"),
    ],
)
def test_the_columns_are_named_where_none_or_several_can_be_meant(
    columns: list[str], chosen: str | None, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        text_column("a.csv", columns, chosen)


def test_a_label_column_is_found_and_no_column_is_replaced() -> None:
    assert label_column("a.csv", ["text", "Intent"], None) == "Intent"
    assert new_columns("a.csv", ["text"]) == ("label", "confidence")
    assert new_columns("a.csv", ["text", "Label"]) == ("predicted_label", "predicted_confidence")
    with pytest.raises(DataError, match="rename one of them"):
        new_columns("a.csv", ["confidence", "predicted_label"])
