"""Texts without labels: from any file, each once, and none that stands in a labeled split."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.core.records import PoolText, folded
from promptmix.corpora import local, sources
from promptmix.corpora.base import SourceText
from promptmix.corpora.compile import compile_dataset
from promptmix.corpora.pool import clean_pool
from promptmix.corpora.settings import ColumnChoices, DataSettings
from promptmix.params import Compile
from stages import compile as stage
from tests.support.structure import ROOT

TRAIN = b"text,label\nwhere is it,late\nsoaked,wet\nnot here,late\nit drips,wet\n"
TEST = b"text,label\nstill waiting,late\n"


def pool(files: dict[str, bytes], columns: ColumnChoices | None = None) -> tuple[list[str], tuple[str, ...]]:
    """Return the texts without labels, and the notes."""
    settings = DataSettings(columns=columns or ColumnChoices())
    splits = local.corpus(settings).parse({"train.csv": TRAIN, "test.csv": TEST, **files})
    assert splits.unlabeled is not None
    return [text.text for text in splits.unlabeled], splits.notes


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("unlabeled.txt", "one, two\r\n\r\n  thr\u0435e  \nfour"),
        ("unlabelled.csv", 'text\n"one, two"\n\nthr\u0435e\nfour\n'),
        ("pool.csv", 'id,text\n1,"one, two"\n2,thr\u0435e\n3,\n4,four\n'),
        ("unlabeled.jsonl", '{"text": "one, two"}\n{"text": "thr\u0435e"}\n{"text": null}\n{"text": "four"}\n'),
        ("unlabeled.tsv", "one, two\nthr\u0435e\nfour\n"),
        ("unlabeled.csv", 'text,label\n"one, two",\nthr\u0435e,\nfour,\n'),
        ("unlabeled.csv", 'Text;LABEL;x\n"one, two";;1\nthr\u0435e;;2\nfour;;3\n'),
        ("POOL.TXT".lower(), "\ufeffone, two\nthr\u0435e\nfour\n"),
    ],
)
def test_texts_are_read_from_a_column_or_from_plain_lines(name: str, data: str) -> None:
    texts, notes = pool({name: data.encode()})
    assert texts == ["one, two", "thr\u0435e", "four"]
    assert notes == ()


def test_labels_are_left_aside_with_a_note() -> None:
    texts, notes = pool({"unlabeled.csv": b"text,label\nx,late\ny,\n"})
    assert texts == ["x", "y"]
    assert notes == ("unlabeled.csv has labels (label), which are not used",)


def test_the_columns_of_train_are_those_of_the_pool() -> None:
    train = {"train.csv": TRAIN.replace(b"text,label", b"Frage,Art")}
    columns = ColumnChoices(text="Frage", label="Art")
    assert pool({**train, "test.csv": b"Frage,Art\nx,wet\n", "pool.csv": b"id,Frage\n1,x\n"}, columns)[0] == ["x"]


@pytest.mark.parametrize("data", [b"", b"text\n", b"\n\n"])
def test_a_file_without_texts_gets_a_note(data: bytes) -> None:
    assert pool({"unlabeled.csv": data}) == ([], ("unlabeled.csv has no texts",))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("unlabeled.csv", b"id,words\n1,a\n2,b\n", r"unlabeled\.csv:1: no column 'text', found id, words"),
        ("unlabeled.csv", b"id,text\n1,a,b\n", r"unlabeled\.csv:2: 3 field\(s\) where the first line has 2"),
        ("unlabeled.jsonl", b'{"text": ["a", "b"]}\n', r'unlabeled\.jsonl:1: text is \["a", "b"\], a list'),
        ("unlabeled.txt", b"caf\xe9\n", r"unlabeled\.txt:1: not UTF-8"),
    ],
)
def test_texts_that_cannot_be_read_are_refused_by_their_place(name: str, data: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        pool({name: data})


def test_two_files_of_texts_are_refused() -> None:
    with pytest.raises(DataError, match=r"unlabeled: unlabeled\.csv and pool\.txt are both there; keep one of them"):
        pool({"unlabeled.csv": b"text\na\n", "pool.txt": b"a\n"})


def test_plain_lines_are_no_labeled_texts() -> None:
    with pytest.raises(DataError, match="train: no such file"):
        local.corpus().parse({"train.txt": b"a\n"})


def cleaned(texts: Sequence[str], labeled: Sequence[str] = ()) -> tuple[list[PoolText], list[str]]:
    notes: list[str] = []
    found = clean_pool("d", [SourceText(text, "f:1") for text in texts], labeled, notes)
    assert found is not None
    return found, notes


def test_each_text_is_kept_once_and_none_of_a_labeled_split() -> None:
    """Ids are places in the file."""
    found, notes = cleaned(["a", "B", "b", "c", "A\u200b", "Lab"], ["lab", "nothing else"])
    assert [(text.id, text.text) for text in found] == [
        ("d/unlabeled/00000", "a"),
        ("d/unlabeled/00001", "B"),
        ("d/unlabeled/00003", "c"),
    ]
    assert notes == [
        "1 unlabeled text(s) dropped: they are in train, validation or test too",
        "2 unlabeled text(s) dropped: same text as an earlier one",
    ]


@given(st.lists(st.sampled_from(["a", "A", "b ", "b", "c", "d"])), st.lists(st.sampled_from(["a", "B", "x"])))
def test_nothing_is_there_twice_and_nothing_is_lost(texts: list[str], labeled: list[str]) -> None:
    found, notes = cleaned(texts, labeled)
    kept = [folded(text.text) for text in found]
    assert len(set(kept)) == len(kept)
    assert set(kept) == {folded(text) for text in texts} - {folded(text) for text in labeled}
    assert sum(int(note.split()[0]) for note in notes) == len(texts) - len(kept)


def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **files: bytes) -> Path:
    """Make a folder with a train file and others, in a place with params."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    raw = Path("data/raw/d")
    raw.mkdir(parents=True)
    for name, data in {"train_csv": TRAIN, **files}.items():
        (raw / name.replace("_", ".")).write_bytes(data)
    return raw


def test_compile_writes_the_pool_and_what_the_texts_are_where_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool, about = b"Soaked\nnew one\nstill waiting\n", b"about: ' notes '\nlanguage: Thai\n"
    raw = folder(tmp_path, monkeypatch, test_csv=TEST, pool_txt=pool, dataset_yaml=about)
    out = Path("out")
    stage.main("d", raw, out)
    assert (out / "pool.jsonl").read_text() == '{"id": "d/unlabeled/00001", "text": "new one"}\n'
    assert (out / "dataset.json").read_text() == '{"about": "notes", "language": "Thai"}\n'
    assert "d: 2 unlabeled text(s) dropped: they are in train, validation or test too" in capsys.readouterr().err
    for name in ("pool.txt", "dataset.yaml"):
        (raw / name).unlink()
    stage.main("d", raw, out)
    names = ["classes.jsonl", "test.jsonl", "train.jsonl", "validation.jsonl"]
    assert sorted(path.name for path in out.iterdir()) == names


def test_a_data_set_that_says_nothing_more_compiles_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = folder(tmp_path, monkeypatch)
    compiled = compile_dataset("d", raw, Compile(validation_share=0.5, validation_max=9), 2)
    assert compiled.info is None
    assert compiled.pool is None
    assert [example.text for example in compiled.train] == ["where is it", "soaked", "not here", "it drips"]
    assert compiled.test == compiled.validation == []


def test_a_public_data_set_can_say_what_its_texts_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = folder(tmp_path, monkeypatch, dataset_yaml=b"about: questions\n")
    info = sources.read_info(raw)
    assert info is not None
    assert (info.about, info.language) == ("questions", None)
