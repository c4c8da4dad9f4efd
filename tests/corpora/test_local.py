"""Data sets of the user's own: which files are read, and what of whole files is refused or noted."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.corpora import local, readers
from promptmix.corpora.base import SourceRow
from promptmix.corpora.settings import DataSettings
from tests.support.own_files import GOOD, TEST, refusal, refused_csv, refused_jsonl, rows

BITS = [
    b",",
    b";",
    b"\t",
    b'"',
    b"\\",
    b"\n",
    b"\r",
    b"\0",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"text",
    b"label",
    b"null",
    b"NaN",
]
BITS += [b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\xe2\x80\xa8", b"1e999", b"\\ud800", b"sep=;", b"\xcc\x81"]
BITS += [b"\xff\xfe\0\0", b'["a"]', b"[" * 5000, b"\xe2\x80\x8f"]
WHOLE = {
    "csv": [GOOD, b'sep=;\ntext;label\n"a \\"b\\"";late\nc;wet\n', "text\tlabel\na\tb\nc\td\n".encode("utf-16")],
    "tsv": [GOOD.replace(b",", b"\t")],
    "json": [b'[{"text":"a","label":1},{"text":"b","label":null}]', b'{"data":[["a","b"],["c","d"]]}'],
    "jsonl": [b'{"text":"a","label":true}\n{"text":"b","label":"c"}\n'],
}


def test_csv_columns_may_be_in_any_order_with_others_between() -> None:
    assert rows(b"label,id,text\nwhen,1,how long\nwho,2,which man\n") == [
        SourceRow("how long", "when", "train.csv:2"),
        SourceRow("which man", "who", "train.csv:3"),
    ]


def test_train_and_test_may_differ_in_format() -> None:
    splits = local.corpus().parse(
        {"train.csv": b"text,label\nx,a\ny,b\n", "test.jsonl": b'{"text": "z", "label": "a"}'}
    )
    assert splits.test == (SourceRow("z", "a", "test.jsonl:1"),)


def test_a_new_format_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fasttext.py").write_text(
        "from promptmix.corpora.base import FileRecord, Table\n"
        "def READ(name, data, settings):\n"
        "    lines = enumerate(data.decode().splitlines(), start=1)\n"
        "    records = [FileRecord(f'{name}:{n}', line.removeprefix('__label__').split(' ', 1)) for n, line in lines]\n"
        "    return Table(name, ('label', 'text'), records)\n"
    )
    monkeypatch.setattr(readers, "__path__", [*readers.__path__, str(tmp_path)])
    assert "train.fasttext" in [file.name for file in local.corpus().files]
    splits = local.corpus().parse({"train.fasttext": b"__label__a x z\n__label__b y\n", "test.csv": TEST})
    assert splits.train == (SourceRow("x z", "a", "train.fasttext:1"), SourceRow("y", "b", "train.fasttext:2"))


def test_a_missing_file_is_refused_with_the_names_looked_for() -> None:
    expected = (
        "train: no such file; looked for train.csv, train.json, train.jsonl, train.parquet, train.tsv, train.xlsx"
    )
    assert refusal({"test.csv": TEST}) == expected


@pytest.mark.parametrize(
    ("test", "note"),
    [
        (None, "there is no test file, so no accuracy can be measured"),
        (b"", "test.csv has no rows, so no accuracy can be measured"),
        (b"text,label\n", "test.csv has no rows, so no accuracy can be measured"),
        (b"id,text\n1,how long\n", "test.csv has no labels (found id, text), so no accuracy can be measured"),
        (b"text,label\nhow long,\n", "test.csv has no labels (found text, label), so no accuracy can be measured"),
    ],
)
def test_without_labeled_test_texts_a_note_says_so(test: bytes | None, note: str) -> None:
    splits = local.corpus().parse({"train.csv": GOOD} | ({} if test is None else {"test.csv": test}))
    assert (len(splits.train), splits.test, splits.notes) == (2, (), (note,))


@pytest.mark.parametrize("name", ["validation.csv", "valid.csv", "val.csv", "dev.csv"])
def test_a_validation_file_is_read_by_any_of_its_usual_names(name: str) -> None:
    splits = local.corpus().parse({"train.csv": GOOD, "test.csv": TEST, name: TEST})
    assert splits.validation == (SourceRow("how long", "when", f"{name}:2"),)


def test_a_validation_file_without_labels_is_not_used_and_a_note_says_so() -> None:
    splits = local.corpus().parse({"train.csv": GOOD, "test.csv": TEST, "val.csv": b"text\nx\n"})
    assert splits.validation is None
    assert splits.notes == ("val.csv has no labels (found text), so validation is cut from train",)


def test_two_formats_of_one_split_are_refused() -> None:
    files = {"train.csv": TEST, "train.jsonl": b"", "test.csv": TEST}
    assert refusal(files) == "train: train.csv and train.jsonl are both there; keep one of them"
    files = {"train.csv": GOOD, "test.csv": TEST, "val.tsv": TEST, "dev.csv": TEST}
    assert refusal(files) == "validation: val.tsv and dev.csv are both there; keep one of them"


@pytest.mark.parametrize("train", [b"text,label\n", b"text,label\r\n\r\n"])
def test_a_csv_file_with_a_header_only_is_refused(train: bytes) -> None:
    assert refused_csv(train) == "train.csv: no rows; each row needs a text and a label"


def test_an_empty_json_lines_file_is_refused() -> None:
    assert refused_jsonl(b"", b" ") == "train.jsonl: no rows; each row needs a text and a label"


def test_an_empty_csv_file_is_refused_for_its_header() -> None:
    assert refused_csv(b"") == "train.csv: no rows; each row needs a text and a label"


def test_a_single_class_is_refused() -> None:
    expected = "train.csv: only one class, 'a'; a classifier needs two or more"
    assert refused_csv(b"text,label\nx,a\ny,a\n") == expected


@settings(max_examples=500)
@given(
    whole=st.sampled_from([(suffix, data) for suffix, files in WHOLE.items() for data in files]),
    cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 6), st.sampled_from([b"", *BITS])), max_size=5),
)
def test_a_damaged_file_is_read_or_refused_in_one_line(
    whole: tuple[str, bytes], cuts: list[tuple[int, int, bytes]]
) -> None:
    suffix, data = whole
    for at, length, bit in cuts:
        data = data[:at] + bit + data[at + length :]
    fault = ""
    try:
        splits = local.corpus().parse({f"train.{suffix}": data, "test.csv": TEST})
        assert all(row.text.strip() and row.label.strip() for row in splits.train)
    except DataError as error:
        fault = str(error)
    assert len(fault.splitlines()) <= 1


def test_the_columns_of_train_are_those_of_test_too() -> None:
    """Chosen for itself, test would take the topic, which divides its two rows as the numbers do."""
    files = {
        "train.csv": b"text,label,topic\nq,0,x\nr,1,y\ns,0,y\nt,1,x\n",
        "test.csv": b"Topic,LABEL,Text\nx,0,u\ny,1,v\n",
    }
    assert [row[:2] for row in local.corpus().parse(files).test] == [("u", "0"), ("v", "1")]


def test_a_name_that_train_has_for_numbers_is_taken_in_test_where_some_numbers_have_two() -> None:
    files = {
        "train.csv": b"text,label,topic\nq,0,x\nr,1,y\n",
        "test.csv": b"text,label,topic\nu,0,x\nv,1,y\nw,0,y\n",
    }
    assert [row.label for row in local.corpus().parse(files).test] == ["x", "y", "y"]


def test_a_split_that_lacks_a_column_of_train_has_its_own() -> None:
    files = {"train.csv": GOOD, "test.csv": b"utterance,intent\nhow long,when\n"}
    assert local.corpus().parse(files).test == (SourceRow("how long", "when", "test.csv:2"),)


@pytest.mark.parametrize("name", ["val.ndjson", "dev.NDJSON"])
def test_other_names_of_a_format_are_read(name: str) -> None:
    files = {"train.csv": GOOD, name.lower(): b'{"text": "v", "label": "when"}\n'}
    assert local.corpus().parse(files).validation == (SourceRow("v", "when", f"{name.lower()}:1"),)


def test_the_delimiter_of_dataset_yaml_is_that_of_csv_files_alone() -> None:
    files = {"train.csv": GOOD.replace(b",", b";"), "test.tsv": b"text\tlabel\nhow; long\twhen\n"}
    splits = local.corpus(DataSettings(delimiter=";")).parse(files)
    assert splits.test == (SourceRow("how; long", "when", "test.tsv:2"),)
