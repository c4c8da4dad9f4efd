"""A classifier's folder is whole or not there, and one that is not whole is refused in one line."""

import json
from pathlib import Path
from typing import Any

import pytest

from promptmix.classifier.bundle import MODELS, load_bundle, save_bundle, writing_bundle
from promptmix.core.errors import ClassifierError
from tests.support.tiny_classifier import LABELS, tiny_classifier


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    bundle = load_bundle(tiny_classifier(tmp_path / "m"))
    save_bundle(bundle)
    assert load_bundle(tmp_path / "m") == bundle
    assert bundle.labels == LABELS
    assert bundle.model("int8") == tmp_path / "m" / "model.int8.onnx"
    assert "folder" not in json.loads((tmp_path / "m" / "classifier.json").read_text(encoding="utf-8"))


def test_there_is_no_such_folder(tmp_path: Path) -> None:
    refused(tmp_path / "m", r": no such folder; `dvc repro` makes one, `dvc get` fetches one$")


@pytest.mark.parametrize("name", ["classifier.json", "tokenizer.json", *MODELS.values()])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    (tiny_classifier(tmp_path / "m") / name).unlink()
    refused(tmp_path / "m", rf": {name} is missing.*; fetch or make it again$")


@pytest.mark.parametrize("name", ["tokenizer.json", *MODELS.values()])
def test_a_file_of_other_bytes_is_named_unless_nothing_is_to_be_checked(tmp_path: Path, name: str) -> None:
    path = tiny_classifier(tmp_path / "m") / name
    path.write_bytes(path.read_bytes()[:-1])
    refused(tmp_path / "m", rf": {name} has sha256 [0-9a-f]{{12}}…, expected [0-9a-f]{{12}}…; fetch or make it again$")
    assert load_bundle(tmp_path / "m", check=False).labels == LABELS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"format": 2, "new": 1}, r": format 2, this promptmix reads 1; install a newer promptmix$"),
        ({"labels": ["a", "a"]}, r"labels names a class twice"),
        ({"labels": "a"}, r"labels: Input should be a valid list"),
        ({"files": {"../other": "0" * 64}}, r"files does not name model\.onnx"),
        ({"surprise": 1}, r"surprise: Extra inputs"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    path = tiny_classifier(tmp_path / "m") / "classifier.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    refused(tmp_path / "m", words)


def test_files_outside_the_folder_are_never_read(tmp_path: Path) -> None:
    path = tiny_classifier(tmp_path / "m") / "classifier.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    found["files"]["../secret"] = "0" * 64
    path.write_text(json.dumps(found), encoding="utf-8")
    refused(tmp_path / "m", r"files names '\.\./secret', which is not a file of this folder")


@pytest.mark.parametrize("text", ["", "{", "[]", '"a"', "\ufeff{}", "null"])
def test_a_half_written_description_is_refused(tmp_path: Path, text: str) -> None:
    (tiny_classifier(tmp_path / "m") / "classifier.json").write_text(text, encoding="utf-8")
    refused(tmp_path / "m", r": classifier\.json")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("")
    refused(tmp_path / "m", r"Not a directory")


def test_a_folder_takes_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "m"
    with pytest.raises(ValueError, match="half"), writing_bundle(folder) as made:
        raise ValueError((made / "half").write_text("half") and "half")
    assert not list(folder.parent.iterdir())
    with writing_bundle(folder) as made:
        (made / "whole").write_text("")
    assert [path.name for path in folder.parent.iterdir()] == ["m"]
    assert [path.name for path in folder.iterdir()] == ["whole"]


def test_an_older_classifier_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "m")
    with pytest.raises(KeyboardInterrupt), writing_bundle(folder):
        raise KeyboardInterrupt
    load_bundle(folder)
    with writing_bundle(folder) as made:
        (made / "new").write_text("")
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    with (
        pytest.raises(ClassifierError, match=r"/m cannot be written: No space left on device$"),
        writing_bundle(tmp_path / "m"),
        Path("/dev/full").open("wb", buffering=0) as full,
    ):
        full.write(b"model")
    assert not list(tmp_path.iterdir())


def refused(folder: Path, words: str) -> None:
    with pytest.raises(ClassifierError, match=words) as caught:
        load_bundle(folder)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(folder))
