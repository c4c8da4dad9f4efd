"""The parsers of the public data sets: on hand-made bytes, and on the real files where this machine has them."""

import json
from pathlib import Path

import pytest

from promptmix.corpora import public
from promptmix.corpora.base import SourceRow, Splits
from promptmix.corpora.public import PUBLIC, banking77, subj, trec6, twitter_complaints

SHARED = Path(__file__).parents[3] / "shared" / "data"


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


def test_a_new_public_data_set_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parcels.py").write_text(
        "from promptmix.corpora.base import Corpus, Splits\nCORPUS = Corpus((), lambda files: Splits((), ()))\n"
    )
    monkeypatch.setattr(public, "__path__", [*public.__path__, str(tmp_path)])
    assert PUBLIC["parcels"].parse({}) == Splits((), ())
