"""Data sets through the `datasets` package: loaded for real from a local folder, pinned where they are the hub's."""

from pathlib import Path

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import hub, local, sources

PIN = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `datasets` loads, and a hub.yaml that names it."""
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    data = tmp_path / "theirs"
    data.mkdir()
    (data / "train.csv").write_text("sentence,kind\nwhere is it,late\nbroken box,wet\n", encoding="utf-8")
    (data / "test.csv").write_text("sentence,kind\nstill waiting,late\n", encoding="utf-8")
    return hub_yaml(tmp_path, repo=str(data))


def hub_yaml(folder: Path, **changes: str) -> Path:
    values = {
        "repo": "owner/name",
        "revision": '""',
        "text": "sentence",
        "label": "kind",
        "train": "train",
        "test": "test",
    }
    (folder / "data").mkdir(exist_ok=True)
    path = folder / "data" / "hub.yaml"
    path.write_text("".join(f"{k}: {v}\n" for k, v in (values | changes).items()), encoding="utf-8")
    return path


def test_a_data_set_of_the_hub_reads_like_a_local_one(source: Path) -> None:
    splits = sources.read_splits(source.parent, local.corpus())
    assert [(row.text, row.label) for row in splits.train] == [("where is it", "late"), ("broken box", "wet")]
    assert [(row.text, row.label) for row in splits.test] == [("still waiting", "late")]


def test_a_revision_that_is_no_commit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"hub\.yaml: revision: 'main' is not a commit of 40 hexadecimal digits"):
        hub.read_hub(hub_yaml(tmp_path, revision="main"))


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path: Path, source: Path) -> None:
    source.write_text(source.read_text().replace("sentence", "words"), encoding="utf-8")
    with pytest.raises(DataError, match=r"has no column \['words'\], it has \['sentence', 'kind'\]"):
        hub.read_hub(source)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"hub\.yaml: columns: Extra inputs"):
        hub.read_hub(hub_yaml(tmp_path, columns="x"))


def test_a_data_set_that_cannot_be_reached_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError, match=r"hub\.yaml: owner/name cannot be loaded") as caught:
        hub.read_hub(hub_yaml(tmp_path, revision=PIN))
    assert "\n" not in str(caught.value)


def test_rows_of_the_hub_are_checked_as_those_of_own_files(source: Path) -> None:
    """They are stripped, and one without a text is named by its split and number."""
    train = source.parent.parent / "theirs" / "train.csv"
    train.write_text("sentence,kind\n where is it ,late\n,wet\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"theirs/train:2: text is null, not a string"):
        hub.read_hub(source)
    train.write_text("sentence,kind\n where is it ,late\nwet box,wet\n", encoding="utf-8")
    assert [row.text for row in hub.read_hub(source).train] == ["where is it", "wet box"]


def test_a_hub_yaml_that_is_not_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = hub_yaml(tmp_path)
    path.write_text("repo: a\ntext: b: c\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"hub\.yaml:2: not YAML: "):
        hub.read_hub(path)
