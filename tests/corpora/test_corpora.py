"""The parsers of the data sets: on a few hand-made bytes, and on the real files where this machine has them."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.corpora import local, public, readers
from promptmix.corpora.base import SourceRow, Splits
from promptmix.corpora.public import PUBLIC, banking77, subj, trec6, twitter_complaints

SHARED = Path(__file__).parents[3] / "shared" / "data"
TEST = b"text,label\nhow long,when\n"
"""A test file that nothing is wrong with."""

GOOD = b"text,label\nhow far,where\nhow late,when\n"
"""A train file that nothing is wrong with."""


def rows(train: bytes, name: str = "train.csv") -> list[SourceRow]:
    """Read one hand-made train file of the user's own."""
    return list(local.corpus().parse({name: train, "test.csv": TEST}).train)


def refusal(files: Mapping[str, bytes]) -> str:
    """Return the words with which the user's own files are refused."""
    with pytest.raises(DataError) as caught:
        local.corpus().parse(files)
    return str(caught.value)


def refused_csv(train: bytes) -> str:
    return refusal({"train.csv": train, "test.csv": TEST})


def refused_jsonl(*lines: bytes) -> str:
    return refusal({"train.jsonl": b"\n".join(lines), "test.csv": TEST})


# the public data sets


@pytest.mark.parametrize("name", sorted(PUBLIC))
@pytest.mark.parametrize("split", ["train", "test"])
def test_real_files_give_the_reference_rows_in_order(name: str, split: str) -> None:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the original files of {name} are not on this machine: no {SHARED / name}")
    corpus = PUBLIC[name]
    parsed = corpus.parse({file.name: (SHARED / name / "raw" / file.name).read_bytes() for file in corpus.files})
    lines = (SHARED / name / f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
    expected = [(line["text"], line["label"]) for line in map(json.loads, filter(None, lines))]
    assert [(row.text, row.label) for row in getattr(parsed, split)] == expected


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_files_are_pinned_to_a_commit_and_a_digest(name: str) -> None:
    for file in PUBLIC[name].files:
        assert file.url is not None
        assert file.sha256 is not None
        owner, repository, commit, *path = file.url.removeprefix("https://raw.githubusercontent.com/").split("/")
        assert all([owner, repository, *path])
        assert (len(commit), len(file.sha256)) == (40, 64)
        assert int(commit + file.sha256, base=16)


def test_trec_labels_come_from_the_name_in_the_line_and_a_bad_byte_becomes_a_space() -> None:
    train = b"DESC:manner How do plants grow ?\nABBR:exp What is DSL ?\nHUM:ind Who runs the sister\xf0city ?\n"
    splits = trec6.CORPUS.parse(
        {"train_5500.label": train, "TREC_10.label": b"NUM:dist How far is it ?\nLOC:city Where ?\n"}
    )
    assert splits.train == (
        SourceRow("How do plants grow ?", "description", "train_5500.label:1"),
        SourceRow("What is DSL ?", "abbreviation", "train_5500.label:2"),
        SourceRow("Who runs the sister city ?", "human", "train_5500.label:3"),
    )
    assert [row.label for row in splits.test] == ["numeric", "location"]


def test_subj_is_read_from_its_renamed_keys() -> None:
    files = {
        "setfit_subj.train.jsonl": b'{"Input": "a dull film .", "Label": "subjective", "idx": 0}\n',
        "setfit_subj.test.jsonl": b'{"Input": "he leaves .", "Label": "objective", "idx": 0}\n',
    }
    train, test, *_ = subj.CORPUS.parse(files)
    assert train == (SourceRow("a dull film .", "subjective", "setfit_subj.train.jsonl:1"),)
    assert test == (SourceRow("he leaves .", "objective", "setfit_subj.test.jsonl:1"),)


def test_banking_rows_are_counted_by_records_though_lines_run_on_inside_quotes() -> None:
    """The first record covers lines 2 to 4, so the next stands on line 5; only the outer line break is stripped."""
    train = b'text,category\r\n"Is it\nhere?\n",card_arrival\r\nWhere is it?,reverted_card_payment?\r\n'
    splits = banking77.CORPUS.parse({"train.csv": train, "test.csv": b"text,category\r\nHi,age_limit\r\n"})
    assert splits.train == (
        SourceRow("Is it\nhere?", "card_arrival", "train.csv:2"),
        SourceRow("Where is it?", "reverted_card_payment?", "train.csv:5"),
    )


def test_twitter_test_rows_are_the_authors_rows_without_the_train_texts() -> None:
    everything = b'1,"It broke, again",1,apparel\n2,Nice day,0,random_tweet\n3,No parcel,1,apparel\n'
    train = b'Tweet text,Label,ID\n"It broke, again",complaint,0\n'
    splits = twitter_complaints.CORPUS.parse({"complaints-data.csv": everything, "raft_train.csv": train})
    assert splits.train == (SourceRow("It broke, again", "complaint", "raft_train.csv:2"),)
    assert splits.test == (
        SourceRow("Nice day", "no complaint", "complaints-data.csv:2"),
        SourceRow("No parcel", "complaint", "complaints-data.csv:3"),
    )


# files of the user's own: what is read


def test_csv_columns_may_be_in_any_order_with_others_between() -> None:
    assert rows(b"label,id,text\nwhen,1,how long\nwho,2,which man\n") == [
        SourceRow("how long", "when", "train.csv:2"),
        SourceRow("which man", "who", "train.csv:3"),
    ]


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    plain = b'text,label\nhow long,when\n"which\nman",who\n'
    assert rows(b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")) == rows(plain)
    lines = b'{"text": "how long", "label": "when"}\n{"text": "which man", "label": "who"}\n'
    marked = b"\xef\xbb\xbf" + lines.replace(b"\n", b"\r\n")
    assert rows(marked, "train.jsonl") == rows(lines, "train.jsonl")


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


def test_a_new_public_data_set_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parcels.py").write_text(
        "from promptmix.corpora.base import Corpus, Splits\nCORPUS = Corpus((), lambda files: Splits((), ()))\n"
    )
    monkeypatch.setattr(public, "__path__", [*public.__path__, str(tmp_path)])
    assert PUBLIC["parcels"].parse({}) == Splits((), ())


# files of the user's own: what is refused, and in what words


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


def test_bytes_that_are_not_utf8_are_refused_with_their_line() -> None:
    """0xe9 is é in Latin-1; it stands on line 3, with and without a byte order mark before it."""
    train = b"text,label\nx,a\ncaf\xe9,b\n"
    expected = "train.csv:3: not UTF-8 (byte 0xe9); save the file as UTF-8"
    assert refused_csv(train) == expected
    assert refused_csv(b"\xef\xbb\xbf" + train) == expected


def test_utf16_is_read_with_a_byte_order_mark_and_refused_without() -> None:
    assert rows("text\tlabel\nwie groß\ta\nx\tb\n".encode("utf-16"))[0] == ("wie groß", "a", "train.csv:2")
    expected = "train.csv:1: not UTF-8 (byte 0x00; UTF-16 without a byte order mark?); save the file as UTF-8"
    assert refused_csv("text,label\nx,a\n".encode("utf-16-le")) == expected


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
        ('["a"]', 'label is ["a"], a list; give the text one label, or leave the row out'),
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


# any bytes

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
WHOLE = {
    "csv": [GOOD, b'sep=;\ntext;label\n"a \\"b\\"";late\nc;wet\n', "text\tlabel\na\tb\nc\td\n".encode("utf-16")],
    "tsv": [GOOD.replace(b",", b"\t")],
    "json": [b'[{"text":"a","label":1},{"text":"b","label":null}]', b'{"data":[["a","b"],["c","d"]]}'],
    "jsonl": [b'{"text":"a","label":true}\n{"text":"b","label":"c"}\n'],
}


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
