"""Data sets through the `datasets` package: loaded for real from a local folder, pinned where they are the hub's."""

import json
from pathlib import Path
from types import SimpleNamespace

import datasets
import huggingface_hub
import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import hub, sources
from promptmix.corpora.base import Splits
from promptmix.corpora.settings import ColumnChoices, DataSettings

PIN = "0123456789abcdef0123456789abcdef01234567"


def read_hub(path: Path) -> Splits:
    return hub.read_hub(path, DataSettings())


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
    splits = sources.read_own(source.parent)
    assert [(row.text, row.label) for row in splits.train] == [("where is it", "late"), ("broken box", "wet")]
    assert [(row.text, row.label) for row in splits.test] == [("still waiting", "late")]


def test_a_revision_that_is_no_commit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"hub\.yaml: revision: 'main' is not a commit of 40 hexadecimal digits"):
        read_hub(hub_yaml(tmp_path, revision="main"))


def test_a_missing_column_is_named_with_those_that_there_are(tmp_path: Path, source: Path) -> None:
    source.write_text(source.read_text().replace("sentence", "words"), encoding="utf-8")
    with pytest.raises(DataError, match=r"theirs/train\.csv has no column words, it has sentence, kind"):
        read_hub(source)


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"hub\.yaml: columns: Extra inputs"):
        read_hub(hub_yaml(tmp_path, columns="x"))


def test_a_data_set_that_cannot_be_reached_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError, match=r"hub\.yaml: owner/name cannot be loaded") as caught:
        read_hub(hub_yaml(tmp_path, revision=PIN))
    assert "\n" not in str(caught.value)


def test_rows_of_the_hub_are_checked_as_those_of_own_files(source: Path) -> None:
    train = source.parent.parent / "theirs" / "train.csv"
    train.write_text("sentence,kind\n where is it ,late\n,wet\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"theirs/train\.csv:3: text is empty; fill it in or delete the row"):
        read_hub(source)
    train.write_text("sentence,kind\n where is it ,late\nwet box,wet\n", encoding="utf-8")
    assert [row.text for row in read_hub(source).train] == ["where is it", "wet box"]


def test_nothing_is_guessed_as_pandas_would(source: Path) -> None:
    """It reads None and NA as nothing, 0012 as 12, and a file with a column less in its header by row names."""
    train = source.parent.parent / "theirs" / "train.csv"
    train.write_text("sentence,kind\n0012,None\nnull,NA\n1e3,late\n", encoding="utf-8")
    assert [row[:2] for row in read_hub(source).train] == [("0012", "None"), ("null", "NA"), ("1e3", "late")]
    train.write_text("sentence,kind\nwell, where is it,late\nso, broken,wet\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"train\.csv:2: 3 field\(s\) where the first line has 2; .* \(1 more row"):
        read_hub(source)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (["late", None, None], r"train\.jsonl:2: label is null; .* \(1 more row\(s\) cannot be used: 3\)"),
        (["late", ["wet", "late"]], r'train\.jsonl:2: label is \["wet", "late"\], a list; give the text one label'),
    ],
)
def test_labels_that_are_no_single_name_are_refused_by_their_rows(
    source: Path, labels: list[object], reason: str
) -> None:
    folder = source.parent.parent / "theirs"
    (folder / "train.csv").unlink()
    (folder / "test.csv").unlink()
    lines = [json.dumps({"sentence": f"text {at}", "kind": label}) for at, label in enumerate(labels)]
    (folder / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "test.jsonl").write_text(lines[0], encoding="utf-8")
    with pytest.raises(DataError, match=reason) as caught:
        read_hub(source)
    assert "\n" not in str(caught.value)


def test_splits_may_have_other_columns_beside_the_two(source: Path) -> None:
    train = source.parent.parent / "theirs" / "train.csv"
    train.write_text("id,sentence,kind\n7,where is it,late\n8,broken box,wet\n", encoding="utf-8")
    assert [row.label for row in read_hub(source).train] == ["late", "wet"]


def test_a_split_in_several_files_is_read_whole(source: Path) -> None:
    folder = source.parent.parent / "theirs"
    (folder / "train.csv").rename(folder / "train-00000-of-00002.csv")
    (folder / "train-00001-of-00002.csv").write_text("sentence,kind\nsoaked,wet\n", encoding="utf-8")
    rows = read_hub(source).train
    assert [row.text for row in rows] == ["where is it", "broken box", "soaked"]
    assert rows[2].place.endswith("theirs/train-00001-of-00002.csv:2")


def test_numbered_classes_have_the_names_that_the_data_set_gives_them(source: Path) -> None:
    (source.parent.parent / "theirs" / "README.md").write_text(
        "---\ndataset_info:\n  features:\n  - {name: sentence, dtype: string}\n"
        "  - name: kind\n    dtype:\n      class_label:\n        names: {'0': late, '1': wet}\n---\n"
    )
    train = source.parent.parent / "theirs" / "train.csv"
    train.write_text("sentence,kind\nwhere is it,0\nbroken box,1\nsoaked,wet\n", encoding="utf-8")
    assert [row.label for row in read_hub(source).train] == ["late", "wet", "wet"]


def test_a_split_that_is_not_there_is_named_with_those_that_are(source: Path) -> None:
    source.write_text(source.read_text().replace("test: test", "test: dev"), encoding="utf-8")
    with pytest.raises(DataError, match=r"has no split 'dev', it has test, train$"):
        read_hub(source)


def test_files_beside_a_hub_yaml_that_it_does_not_name_get_a_note(source: Path) -> None:
    (source.parent / "train.tsv").write_text("text\tlabel\nx\ta\n", encoding="utf-8")
    notes = sources.read_own(source.parent).notes
    assert notes == ("not read: train.tsv; see docs/data.md for the names of files",)


def test_a_folder_whose_files_are_read_gets_no_note(source: Path) -> None:
    folder = source.parent / "train"
    folder.mkdir()
    (source.parent.parent / "theirs" / "train.csv").rename(folder / "first.csv")
    (source.parent.parent / "theirs" / "test.csv").unlink()
    lines = source.read_text().replace("theirs", "data").replace("test: test\n", "")
    source.write_text(lines, encoding="utf-8")
    splits = sources.read_own(source.parent)
    assert (len(splits.train), splits.notes) == (2, ("there is no test file, so no accuracy can be measured",))


def test_a_card_that_is_not_yaml_is_refused_in_one_line(source: Path) -> None:
    (source.parent.parent / "theirs" / "README.md").write_text("---\ndataset_info: [\n---\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"hub\.yaml: .*theirs cannot be loaded \(") as caught:
        read_hub(source)
    assert "\n" not in str(caught.value)


def test_shards_may_order_their_columns_otherwise_and_have_others(source: Path) -> None:
    folder = source.parent.parent / "theirs"
    (folder / "train.csv").rename(folder / "train-00000-of-00002.csv")
    (folder / "train-00001-of-00002.csv").write_text("id,kind,sentence\n1,wet,soaked\n", encoding="utf-8")
    assert [row[:2] for row in read_hub(source).train][1:] == [("broken box", "wet"), ("soaked", "wet")]


@pytest.mark.parametrize("record", ["1,wet", "1,wet,soaked,through", "1"])
def test_a_record_of_another_width_than_its_own_shard_is_refused(source: Path, record: str) -> None:
    folder = source.parent.parent / "theirs"
    (folder / "train.csv").rename(folder / "train-00000-of-00002.csv")
    (folder / "train-00001-of-00002.csv").write_text(f"id,kind,sentence\n{record}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"train-00001-of-00002\.csv:2: \d field\(s\) where the first line has 2"):
        read_hub(source)


def test_a_shard_without_one_of_the_two_columns_is_refused(source: Path) -> None:
    folder = source.parent.parent / "theirs"
    (folder / "train.csv").rename(folder / "train-00000-of-00002.csv")
    (folder / "train-00001-of-00002.csv").write_text("sentence,sort\nsoaked,wet\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"train-00001-of-00002\.csv has no column kind, it has sentence, sort$"):
        read_hub(source)


def test_revision_and_test_may_be_left_out_of_a_local_folder(source: Path) -> None:
    lines = [line for line in source.read_text().splitlines() if not line.startswith(("revision", "test"))]
    source.write_text("\n".join(lines), encoding="utf-8")
    splits = read_hub(source)
    assert (len(splits.train), splits.test) == (2, ())


def test_a_file_of_the_hub_is_named_by_its_path_in_the_repository() -> None:
    assert hub.inside("hf://datasets/owner/name@0123abc/data/train.csv") == "data/train.csv"
    assert hub.inside("/home/me/train.csv") is None


def test_a_hub_yaml_that_is_not_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    path = hub_yaml(tmp_path)
    path.write_text("repo: a\ntext: b: c\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"hub\.yaml:2: not YAML: "):
        read_hub(path)


def pinned(monkeypatch: pytest.MonkeyPatch, theirs: Path, choices: ColumnChoices | None = None) -> hub.HubSource:
    """Pin ``owner/name``, which the hub has at ``PIN`` and whose files are in a folder here."""
    load, place = datasets.load_dataset_builder, SimpleNamespace(sha=PIN)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: place)
    monkeypatch.setattr(datasets, "load_dataset_builder", lambda *_, **__: load(str(theirs)))
    return hub.pinned("owner/name", None, None, lambda _: choices or ColumnChoices())


def test_a_data_set_of_the_hub_is_pinned_with_its_splits_and_columns(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = source.parent.parent / "theirs"
    chosen = ColumnChoices(text="sentence", label="kind")
    found = pinned(monkeypatch, theirs, chosen)
    assert found.model_dump(exclude_none=True) == {
        "repo": "owner/name",
        "revision": PIN,
        "text": "sentence",
        "label": "kind",
        "train": "train",
        "test": "test",
    }


def test_a_data_set_without_train_or_that_nobody_finds_is_refused(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = source.parent.parent / "theirs"
    (theirs / "train.csv").unlink()
    with pytest.raises(DataError, match=r"owner/name: owner/name has no split 'train', it has test"):
        pinned(monkeypatch, theirs)
    monkeypatch.undo()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError, match=r"^owner/name: not found on the Hugging Face hub \(\w+: ") as caught:
        hub.pinned("owner/name", None, None, lambda _: ColumnChoices())
    assert "\n" not in str(caught.value)
