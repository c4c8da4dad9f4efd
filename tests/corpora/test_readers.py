"""Excel and Parquet files: real ones, written by other libraries."""

import io
import json
from collections.abc import Sequence
from datetime import date
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


def parquet(columns: dict[str, Any], features: object = None) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet as writer

    table = pa.table(columns)
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
    with pytest.raises(DataError, match=r"^train\.parquet: not Parquet \(.*\); write it again$"):
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
