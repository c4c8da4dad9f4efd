"""Finding original files: on disk with the right digest, or over real HTTP from a server on this machine."""

import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import local, sources
from promptmix.corpora.base import Corpus, File, Splits
from promptmix.corpora.sources import read_data, read_descriptions, read_files, read_own

FOLDER = Path("data/raw/questions")
DATA = b"who asked\n"
DIGEST = hashlib.sha256(DATA).hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


class Site(NamedTuple):
    """A web server on this machine and the folder that it serves."""

    folder: Path
    address: str


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty repository, as a stage does."""
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    home = tmp_path / "repository"
    home.mkdir()
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Site(folder, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def put(path: Path, data: bytes = DATA) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def pinned(address: str = "http://127.0.0.1:9", name: str = "train.label") -> File:
    """A public file whose bytes are DATA; nothing answers at port 9."""
    return File(name, f"{address}/{name}", DIGEST)


# on disk


@pytest.mark.parametrize("place", [FOLDER, FOLDER / "raw"])
def test_a_file_in_the_folder_or_in_raw_under_it_is_read_without_the_network(place: Path) -> None:
    put(place / "train.label")
    assert read_files(FOLDER, [pinned()]) == {"train.label": DATA}


@pytest.mark.parametrize("place", [FOLDER, FOLDER / "raw", Path(".cache/raw/questions")])
def test_a_queued_experiment_finds_the_files_of_the_main_repository(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "main" / place / "train.label")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    assert read_files(FOLDER, [pinned()]) == {"train.label": DATA}


def test_the_working_tree_goes_before_the_main_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(FOLDER / "train.csv", b"here")
    put(tmp_path / "main" / FOLDER / "train.csv", b"there")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    assert read_files(FOLDER, [File("train.csv")]) == {"train.csv": b"here"}


def test_a_file_with_another_digest_is_refused_with_both_digests() -> None:
    path = put(FOLDER / "train.label", b"edited")
    found = hashlib.sha256(b"edited").hexdigest()
    with pytest.raises(DataError) as caught:
        read_files(FOLDER, [pinned()])
    expected = f"{path}: sha256 is {found}, must be {DIGEST}; delete the file and it is downloaded again"
    assert str(caught.value) == expected


def test_files_of_the_users_own_are_read_where_they_exist_with_any_digest() -> None:
    put(FOLDER / "train.csv", b"text,label\n")
    put(FOLDER / "test.jsonl", b"{}")
    found = read_files(FOLDER, local.corpus().files)
    assert found == {"train.csv": b"text,label\n", "test.jsonl": b"{}"}


def test_a_folder_with_none_of_the_users_files_is_refused_with_their_names() -> None:
    with pytest.raises(DataError) as caught:
        read_files(FOLDER, local.corpus().files)
    assert str(caught.value) == (
        "data/raw/questions: none of train.csv, train.json, train.jsonl, train.parquet, train.tsv, train.xlsx and 78 "
        "more is here, found nothing; put the files there, or correct `datasets` in params.yaml"
    )


# over HTTP


def test_a_file_that_is_nowhere_is_downloaded_once_into_the_cache(site: Site) -> None:
    served = put(site.folder / "train.label")
    assert read_files(FOLDER, [pinned(site.address)]) == {"train.label": DATA}
    assert Path(".cache/raw/questions/train.label").read_bytes() == DATA
    assert not FOLDER.exists()
    served.unlink()
    assert read_files(FOLDER, [pinned(site.address)]) == {"train.label": DATA}


def test_a_queued_experiment_downloads_into_the_main_repository(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site.folder / "train.label")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    read_files(FOLDER, [pinned(site.address)])
    assert (tmp_path / "main" / ".cache/raw/questions/train.label").read_bytes() == DATA
    assert not Path(".cache").exists()


def test_a_damaged_file_in_the_cache_is_downloaded_again(site: Site) -> None:
    put(site.folder / "train.label")
    put(Path(".cache/raw/questions/train.label"), b"half a fi")
    assert read_files(FOLDER, [pinned(site.address)]) == {"train.label": DATA}


def test_a_download_with_another_digest_is_refused_and_not_kept(site: Site) -> None:
    put(site.folder / "train.label", b"edited upstream")
    with pytest.raises(DataError) as caught:
        read_files(FOLDER, [pinned(site.address)])
    assert str(caught.value) == (
        f"{site.address}/train.label: what came has not the sha256 {DIGEST}; "
        "try again, or put the right train.label into data/raw/questions"
    )
    assert list(Path(".cache/raw/questions").iterdir()) == []


def test_without_a_network_one_line_says_which_files_to_put_where() -> None:
    with pytest.raises(DataError) as caught:
        read_files(FOLDER, [pinned(), pinned(name="test.label")])
    assert re.fullmatch(
        r"http://127\.0\.0\.1:9/train\.label: no download: \[Errno \d+\] Connection refused; "
        r"without a network, put train\.label, test\.label into data/raw/questions",
        str(caught.value),
    )


def test_a_file_that_the_server_lacks_is_refused_with_its_answer(site: Site) -> None:
    with pytest.raises(DataError, match=r"train\.label: no download: 404 Client Error: File not found for url: http"):
        read_files(FOLDER, [pinned(site.address)])


def test_a_cache_that_cannot_be_written_is_refused_in_one_line() -> None:
    put(Path(".cache"), b"a file where a folder should be")
    with pytest.raises(DataError, match=r"no download: \[Errno \d+\] .*; without a network, put train\.label into"):
        read_files(FOLDER, [pinned()])


# classes.yaml


def refused_classes(content: str) -> str:
    put(FOLDER / "classes.yaml", content.encode())
    with pytest.raises(DataError) as caught:
        read_descriptions(FOLDER)
    return str(caught.value)


def test_descriptions_keep_their_order_and_are_stripped() -> None:
    put(FOLDER / "classes.yaml", b'# ours\nwho: people\n"reverted?": " money back "\nno complaint: chat\n')
    descriptions = read_descriptions(FOLDER)
    assert descriptions is not None
    assert list(descriptions.items()) == [("who", "people"), ("reverted?", "money back"), ("no complaint", "chat")]


def test_a_folder_without_classes_yaml_has_no_descriptions() -> None:
    assert read_descriptions(FOLDER) is None


def test_yes_and_no_are_labels_not_truth_values() -> None:
    put(FOLDER / "classes.yaml", b"yes: agrees\nno: refuses\n")
    assert read_descriptions(FOLDER) == {"yes": "agrees", "no": "refuses"}


@pytest.mark.parametrize("content", ["", "- who\n", "who\n"])
def test_classes_that_are_no_mapping_are_refused(content: str) -> None:
    expected = "data/raw/questions/classes.yaml: not a list of classes; each line is `label: description`"
    assert refused_classes(content) == expected


@pytest.mark.parametrize(
    "content", ["who: people\nwhen: dates: years\n", "who: people\nwho: persons\n", "a: b\n@: c\n"]
)
def test_classes_that_are_not_yaml_are_refused_with_their_line(content: str) -> None:
    message = refused_classes(content)
    assert message.startswith("data/raw/questions/classes.yaml:2: not YAML: ")
    assert message.endswith('; put "..." around labels and descriptions')
    assert "\n" not in message


def test_labels_and_descriptions_are_the_text_that_is_written() -> None:
    put(FOLDER / "classes.yaml", b"1: 007\ntrue: yes\nnull: ~\n")
    assert read_descriptions(FOLDER) == {"1": "007", "true": "yes", "null": "~"}


def test_the_other_suffix_of_yaml_is_read_and_both_are_refused() -> None:
    put(FOLDER / "classes.yml", b"who: people\n")
    assert read_descriptions(FOLDER) == {"who": "people"}
    put(FOLDER / "classes.yaml", b"who: persons\n")
    with pytest.raises(DataError, match=r"classes\.yaml: classes\.yml is there too; keep one of them$"):
        read_descriptions(FOLDER)


@pytest.mark.parametrize(
    ("description", "found"), [("", "''"), ('" "', "' '"), ("[a]", "['a']"), ('"one\\ntwo"', "'one\\ntwo'")]
)
def test_a_description_that_is_not_one_line_of_text_is_refused(description: str, found: str) -> None:
    expected = f"data/raw/questions/classes.yaml: description of 'who' is {found}; it is one line of text"
    assert refused_classes(f"who: {description}\n") == expected


# own data


OWN = b"text,label\nwho came,person\nhow far,number\n"


def test_own_files_under_the_name_of_a_public_data_set_are_used_and_a_note_says_so() -> None:
    put(Path("data/raw/trec6/train.csv"), OWN)
    put(Path("data/raw/trec6/classes.yaml"), b"human: people\nnumeric: numbers\n")
    data = read_data("trec6", Path("data/raw/trec6"))
    assert [row.label for row in data.splits.train] == ["person", "number"]
    assert data.descriptions is None
    assert data.splits.notes == (
        "data/raw/trec6/train.csv is used, not the public data set of that name",
        "classes.yaml describes the public data set, and is not used",
        "there is no test file, so no accuracy can be measured",
    )


def test_a_file_of_the_public_data_set_is_not_taken_for_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = Corpus((File("train.csv", "http://127.0.0.1:9/train.csv", DIGEST),), lambda files: Splits((), ()))
    monkeypatch.setattr(sources, "PUBLIC", {"questions": corpus})
    put(FOLDER / "train.csv")
    assert read_data("questions", FOLDER).splits == Splits((), ())
    put(FOLDER / "train.csv", OWN)
    assert len(read_data("questions", FOLDER).splits.train) == 2


def test_dataset_yaml_beside_the_files_says_how_they_are_read() -> None:
    put(FOLDER / "train.csv", b"Frage;Art\nwho came;person\nhow far;number\n")
    put(FOLDER / "dataset.yml", b"columns: {text: Frage, label: Art}\n")
    assert [row[:2] for row in read_own(FOLDER).train] == [("who came", "person"), ("how far", "number")]


def test_a_name_in_capitals_is_read_and_files_that_nothing_reads_are_noted() -> None:
    put(FOLDER / "Train.CSV", OWN)
    put(FOLDER / "test.csv", OWN)
    put(FOLDER / "more.csv", OWN)
    put(FOLDER / "train.txt", OWN)
    put(FOLDER / "README.md", OWN)
    splits = read_own(FOLDER)
    assert len(splits.train) == 2
    assert splits.notes == ("not read: more.csv, train.txt; see docs/data.md for the names of files",)
