"""Files on disk: by any case, one of a name, and a word on those that nothing reads."""

from pathlib import Path

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import sources
from promptmix.corpora.base import Corpus, File, SourceRow, Splits
from promptmix.corpora.places import sha256_of
from promptmix.corpora.sources import read_data, read_own

FOLDER = Path("data/raw/parcels")
OWN = b"text,label\nwhere is it,late\nsoaked,wet\n"
LINES = b'["text", "label"]\n["where is it", "late"]\n["soaked", "wet"]\n'
OTHER = OWN + b"torn,wet\n"


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty repository, as a stage does."""
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)


def put(name: str, data: bytes = OWN) -> Path:
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def refusal() -> str:
    with pytest.raises(DataError) as caught:
        read_own(FOLDER)
    return str(caught.value)


def not_read() -> list[str]:
    """Return the notes on files that nothing reads."""
    return [note for note in read_own(FOLDER).notes if note.startswith("not read")]


@pytest.mark.parametrize("other", ["Train.csv", "raw/train.csv", "raw/TRAIN.CSV"])
def test_two_files_of_one_name_are_refused_unless_they_are_alike(other: str) -> None:
    put("train.csv")
    put(other, OTHER)
    expected = (
        f"data/raw/parcels/train.csv: data/raw/parcels/{other} is there too, with other content; keep one of them"
    )
    assert refusal() == expected
    put(other)
    assert len(read_own(FOLDER).train) == 2


@pytest.mark.parametrize(
    "name",
    [
        "validation.csv.bz2",
        "valid.feather",
        "dev.xlsb",
        "test",
        "Train.CSV.gz",
        "raw/val.txt",
        "dataset.json",
        "hub.txt",
    ],
)
def test_whatever_is_called_like_a_file_that_is_read_gets_a_note_if_it_is_not(name: str) -> None:
    put("train.csv")
    put(name)
    assert not_read() == [f"not read: {name}; see docs/data.md for the names of files"]


@pytest.mark.parametrize(
    "name", ["train.csv.dvc", ".test.csv", "~$train.xlsx", "train.csv~", "notes.md", "raw/more.csv"]
)
def test_what_no_program_takes_for_data_gets_none(name: str) -> None:
    put("train.csv")
    put(name)
    assert not_read() == []


def test_other_names_of_a_format_are_read_and_get_no_note() -> None:
    put("train.csv")
    put("dev.ndjson", b'{"text": "x", "label": "late"}\n')
    assert read_own(FOLDER).validation == (SourceRow("x", "late", "dev.ndjson:1"),)
    assert not_read() == []


def test_a_queued_experiment_gets_the_notes_of_the_main_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("train.csv")
    put("more.csv")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    assert not_read() == ["not read: more.csv; see docs/data.md for the names of files"]


def test_a_link_to_nothing_is_refused_in_one_line() -> None:
    put("test.csv")
    (FOLDER / "train.csv").symlink_to("/nowhere/train.csv")
    assert refusal() == "data/raw/parcels/train.csv: a link to a file that is not there; put the file there"


def test_a_folder_called_like_a_file_is_refused_in_one_line() -> None:
    (FOLDER / "train.csv").mkdir(parents=True)
    assert refusal() == "data/raw/parcels/train.csv: cannot be read (Is a directory)"


# beside a public data set


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> File:
    """A public data set of the folder's name, whose one file is in ``raw``."""
    file = File("train.csv", "http://127.0.0.1:9/train.csv", sha256_of(put("raw/train.csv", b"published")))
    monkeypatch.setattr(sources, "PUBLIC", {"parcels": Corpus((file,), lambda files: Splits((), ()))})
    return file


@pytest.mark.parametrize("name", ["Train.csv", "train.csv", "raw/Train.jsonl"])
def test_own_files_are_found_beside_those_of_a_public_data_set_as_elsewhere(public: File, name: str) -> None:
    put(name, LINES if name.endswith("jsonl") else OWN)
    splits = read_data("parcels", FOLDER).splits
    assert {row.label for row in splits.train} == {"late", "wet"}
    assert splits.notes == (
        f"{FOLDER / name} is used, not the public data set of that name",
        *(note for note in splits.notes[1:] if not note.startswith("not read")),
    )


def test_a_hub_yaml_in_capitals_is_found_there_too(public: File) -> None:
    put("Hub.yaml", b"repo: x\n")
    with pytest.raises(DataError, match=r"Hub\.yaml: "):
        read_data("parcels", FOLDER)


@pytest.mark.parametrize("name", ["test.csv", "dataset.yaml", "Validation.jsonl"])
def test_what_is_not_read_beside_a_public_data_set_gets_a_note(public: File, name: str) -> None:
    put(name, b'delimiter: ";"\n' if name == "dataset.yaml" else OWN)
    assert read_data("parcels", FOLDER).splits == Splits(
        (),
        (),
        None,
        (
            f"not read: {name}; the public data set parcels is used until a train file or a hub.yaml of your own is "
            "here",
        ),
    )
