"""Excel and Parquet files: real ones, written by other libraries."""

import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import local
from promptmix.corpora.readers.parquet import read_parquet
from promptmix.corpora.readers.xlsx import read_xlsx
from promptmix.corpora.settings import DataSettings

PLAIN = DataSettings()


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parquet(columns: Any, features: object = None) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as writer

    table = pa.table(columns) if isinstance(columns, dict) else columns
    if features:
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    file = io.BytesIO()
    writer.write_table(table, file)
    return file.getvalue()


ANSWERS: list[list[Any]] = [["Text", "Label"], ["where is it", "late"], [None, None], ["soaked", "wet"]]


def test_a_sheet_is_read_and_its_empty_rows_passed_over() -> None:
    table = read_xlsx("train.xlsx", workbook(Answers=ANSWERS, Empty=[]), PLAIN)
    assert [(place, list(values)) for place, values in table.records] == [
        ("train.xlsx:1", ["Text", "Label"]),
        ("train.xlsx:2", ["where is it", "late"]),
        ("train.xlsx:4", ["soaked", "wet"]),
    ]


def test_cells_are_read_as_they_are_shown() -> None:
    table = read_xlsx("train.xlsx", workbook(A=[["0012", 12, 1.5, True, None, date(2024, 3, 1)]]), PLAIN)
    assert list(table.records[0].values) == ["0012", "12", "1.5", True, None, "2024-03-01"]


def test_several_sheets_are_refused_until_dataset_yaml_names_one() -> None:
    data = workbook(Answers=ANSWERS, Old=ANSWERS[:2])
    expected = "train.xlsx: several sheets, found Answers, Old; say which in dataset.yaml: `sheet: Answers`"
    with pytest.raises(DataError) as caught:
        read_xlsx("train.xlsx", data, PLAIN)
    assert str(caught.value) == expected
    assert len(read_xlsx("train.xlsx", data, DataSettings(sheet="Old")).records) == 2
    with pytest.raises(DataError, match=r"no sheet 'New', found Answers, Old; "):
        read_xlsx("train.xlsx", data, DataSettings(sheet="New"))


@pytest.mark.parametrize("data", [b"", b"text,label\n", b"PK\x03\x04"])
def test_what_is_no_workbook_is_refused_in_one_line(data: bytes) -> None:
    with pytest.raises(DataError, match=r"^train\.xlsx: not an Excel workbook that can be read \(.*\); save it as "):
        read_xlsx("train.xlsx", data, PLAIN)


def test_parquet_columns_are_read_by_name() -> None:
    data = parquet({"id": [1, 2], "utterance": ["x", "y"], "intent": ["late", None]})
    table = read_parquet("train.parquet", data, PLAIN)
    assert table.columns == ("id", "utterance", "intent")
    assert [(place, list(values)) for place, values in table.records] == [
        ("train.parquet:1", ["1", "x", "late"]),
        ("train.parquet:2", ["2", "y", None]),
    ]


def test_numbers_of_parquet_are_written_as_people_do() -> None:
    """pandas makes floats of whole numbers among which one is missing."""
    data = parquet({"text": ["x", "y", "z"], "label": [1.0, float("nan"), 2.5]})
    labels = [values[1] for _, values in read_parquet("train.parquet", data, PLAIN).records]
    assert labels == ["1", None, "2.5"]


def test_classes_that_a_parquet_file_names_have_their_names_and_those_without_are_missing() -> None:
    features = {"text": {"dtype": "string"}, "label": {"names": ["late", "wet"], "_type": "ClassLabel"}}
    data = parquet({"text": ["x", "y", "z"], "label": [1, 0, -1]}, features)
    labels = [values[1] for _, values in read_parquet("train.parquet", data, PLAIN).records]
    assert labels == ["wet", "late", None]


def test_what_is_no_parquet_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match=r"^train\.parquet: not Parquet that can be read \(.*\); write it again$"):
        read_parquet("train.parquet", b"text,label\n", PLAIN)


def test_splits_of_all_formats_go_together() -> None:
    files = {
        "train.xlsx": workbook(A=ANSWERS),
        "test.parquet": parquet({"sentence": ["x"], "class": ["wet"]}),
        "validation.tsv": b"label\tquery\nlate\ty\n",
    }
    splits = local.corpus().parse(files)
    assert [row[:2] for row in (*splits.train, *splits.test, *(splits.validation or ()))] == [
        ("where is it", "late"),
        ("soaked", "wet"),
        ("x", "wet"),
        ("y", "late"),
    ]


def columns(data: bytes) -> dict[str, list[object]]:
    table = read_parquet("train.parquet", data, PLAIN)
    return {name: [values[at] for _, values in table.records] for at, name in enumerate(table.columns or ())}


def test_columns_of_parquet_that_can_be_neither_text_nor_label_are_not_read() -> None:
    """Such as embeddings, and times beyond those that Python knows."""
    import pyarrow as pa

    when = pa.array([2**60, 2**60], pa.timestamp("us"))
    found = columns(parquet({"vector": [[0.5], [1.5]], "when": when, "text": ["x", "y"], "label": ["a", "b"]}))
    assert found == {"vector": [None, None], "when": [None, None], "text": ["x", "y"], "label": ["a", "b"]}


def test_a_time_beyond_those_that_python_knows_is_refused_as_a_label() -> None:
    import pyarrow as pa

    data = parquet({"text": ["x"], "label": pa.array([2**60], pa.timestamp("us"))})
    with pytest.raises(DataError, match=r"^train\.parquet: not Parquet that can be read \("):
        read_parquet("train.parquet", data, PLAIN)


def test_bytes_and_decimal_numbers_of_parquet_are_texts() -> None:
    labels = [Decimal("1.00"), Decimal("2.50")]
    found = columns(parquet({"text": ["größe".encode(), b"y"], "label": labels}))
    assert found == {"text": ["größe", "y"], "label": ["1", "2.50"]}


@pytest.mark.parametrize("metadata", ["[1]", '{"info": null}', '{"info": {"features": [1]}}', "{", "null"])
def test_metadata_that_datasets_would_not_write_are_passed_over(metadata: str) -> None:
    import pyarrow as pa

    table = pa.table({"text": ["x"], "label": ["a"]}).replace_schema_metadata({"huggingface": metadata})
    assert columns(parquet(table)) == {"text": ["x"], "label": ["a"]}


def test_two_columns_of_one_name_are_refused_as_what_they_are() -> None:
    import pyarrow as pa

    arrays = [pa.array(["x"]), pa.array(["a"]), pa.array(["b"])]
    data = parquet(pa.Table.from_arrays(arrays, names=["text", "label", "label"]))
    with pytest.raises(DataError, match=r"two columns 'label', found text, label, label; rename one of them$"):
        local.corpus().parse({"train.parquet": data})


def test_classes_called_by_digits_are_not_taken_for_their_numbers() -> None:
    features = {"label": {"names": ["1", "2", "3"], "_type": "ClassLabel"}}
    assert columns(parquet({"text": ["x", "y", "z"], "label": [0, 1, 2]}, features))["label"] == ["1", "2", "3"]


def test_a_hidden_sheet_is_read_only_where_dataset_yaml_names_it() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(workbook(Answers=ANSWERS, Lists=[["late"], ["wet"]])))
    book["Lists"].sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    assert len(read_xlsx("train.xlsx", file.getvalue(), PLAIN).records) == 3
    assert len(read_xlsx("train.xlsx", file.getvalue(), DataSettings(sheet="Lists")).records) == 2


@pytest.mark.parametrize("cell", ["#N/A", '="late"'])
def test_a_cell_without_a_value_is_refused_with_what_it_may_be(cell: str) -> None:
    data = workbook(A=[*ANSWERS, ["still waiting", cell]])
    expected = (
        "train.xlsx:5: label is empty, an error, merged, or a formula that was never computed; "
        "fill it in or delete the row"
    )
    with pytest.raises(DataError) as caught:
        local.corpus().parse({"train.xlsx": data})
    assert str(caught.value) == expected


@pytest.mark.parametrize("suffix", ["xlsm", "pq"])
def test_other_suffixes_of_a_format_are_read(suffix: str) -> None:
    data = workbook(A=ANSWERS) if suffix == "xlsm" else parquet({"text": ["x", "y"], "label": ["a", "b"]})
    assert len(local.corpus().parse({f"train.{suffix}": data}).train) == 2
