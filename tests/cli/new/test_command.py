"""`promptmix new` makes a folder that compiles, says what it understood, and leaves nothing where it fails."""

import errno
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import datasets
import huggingface_hub
import pytest
import typer
from ruamel.yaml import YAML

from promptmix.cli.new import columns
from promptmix.cli.new.command import make_dataset
from promptmix.cli.new.given import Given
from promptmix.core.errors import DataError
from promptmix.core.records import Example
from promptmix.corpora.compile import Compiled, compile_dataset
from promptmix.params import Compile
from tests.support.workplace import TRAIN, make_workplace

SETTINGS = Compile(validation_share=0.5, validation_max=500)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a few files as people have them."""
    folder = make_workplace(tmp_path, monkeypatch)
    (folder / "complaints.csv").write_text(TRAIN, encoding="utf-8")
    (folder / "odd.csv").write_text(TRAIN.replace("text,label", "Narrative,Product"), encoding="utf-8")
    (folder / "three.csv").write_text(wide(), encoding="utf-8")
    (folder / "mail_test.csv").write_text("text,label\nit is wet,damaged\n", encoding="utf-8")
    (folder / "more.txt").write_text("one more\nwhere is my parcel\none more\n\nanother\n", encoding="utf-8")
    return folder


def wide() -> str:
    lines = [f"{n},{line}" for n, line in enumerate(TRAIN.replace("text,label", "Narrative,Product").splitlines())]
    return "\n".join(["id" + lines[0][1:], *lines[1:]])


def compiled(name: str) -> Compiled:
    return compile_dataset(name, Path("data/raw") / name, SETTINGS, 2)


def texts(examples: list[Example]) -> list[tuple[str, str]]:
    return [(example.text, example.label) for example in examples]


def written(path: str) -> Any:
    return YAML(typ="safe", pure=True).load(Path("data/raw") / path)


def there() -> set[str]:
    return {path.name for path in Path("data/raw").iterdir()}


def test_one_file_is_train_and_what_was_understood_is_shown(place: Path) -> None:
    said = make_dataset("help", ["complaints.csv"], Given()).splitlines()
    assert said[0] == "data/raw/help: 6 train, 0 validation, 0 test text(s) of 3 classes"
    assert said[1:4] == [
        "  damaged      2  the box is wet",
        "  late         2  where is my parcel",
        "  refund       2  i want my money back",
    ]
    assert "help: there is no test file, so no accuracy can be measured" in said
    assert said[-1] == "then: git add data/raw/help && promptmix run -S 'datasets=[help]'"
    assert sorted(path.name for path in Path("data/raw/help").iterdir()) == ["classes.yaml", "train.csv"]
    assert Path("data/raw/help/train.csv").read_bytes() == (place / "complaints.csv").read_bytes()
    assert texts(compiled("help").train) == [tuple(line.split(",")) for line in TRAIN.splitlines()[1:]]


def test_files_are_told_apart_by_the_words_in_their_names_or_by_options(place: Path) -> None:
    make_dataset("by_name", ["complaints.csv", "mail_test.csv"], Given())
    make_dataset("by_option", ["complaints.csv"], Given(test=place / "mail_test.csv", unlabeled=place / "more.txt"))
    for name in ("by_name", "by_option"):
        assert texts(compiled(name).test) == [("it is wet", "damaged")]
    pool = compiled("by_option").pool
    assert pool is not None
    assert [text.text for text in pool] == ["one more", "another"]


def test_what_the_texts_are_is_written_and_known_to_compile(place: Path) -> None:
    make_dataset("help", ["complaints.csv"], Given(about="messages: to a shop", language="English"))
    assert written("help/dataset.yaml") == {"about": "messages: to a shop", "language": "English"}
    info = compiled("help").info
    assert info is not None
    assert (info.about, info.language) == ("messages: to a shop", "English")


@pytest.mark.parametrize(
    ("file", "given", "columns"),
    [
        ("odd.csv", Given(text="Narrative", label="Product"), {"text": "Narrative", "label": "Product"}),
        ("odd.csv", Given(text="Narrative"), {"text": "Narrative", "label": "Product"}),
        ("odd.csv", Given(label="Product"), {"text": "Narrative", "label": "Product"}),
        ("three.csv", Given(text="Narrative", label="Product"), {"text": "Narrative", "label": "Product"}),
    ],
)
def test_columns_with_other_names_are_chosen_by_options_and_written(
    place: Path, file: str, given: Given, columns: dict[str, str]
) -> None:
    make_dataset("help", [file], given)
    assert written("help/dataset.yaml") == {"columns": columns}
    assert texts(compiled("help").train)[0] == ("where is my parcel", "late")


@pytest.mark.parametrize(
    ("file", "given", "said"),
    [
        ("odd.csv", Given(), r"odd\.csv:1: no column 'text', found Narrative, Product; give --text COLUMN and --label"),
        ("three.csv", Given(), r"three\.csv:1: no column 'text', found id, Narrative, Product; give --text COLUMN and"),
        (
            "three.csv",
            Given(text="Narrative"),
            r"three\.csv:1: no column 'label', found id, .*; give --text COLUMN and",
        ),
        ("odd.csv", Given(text="Nar", label="Product"), r"odd\.csv:1: no column 'Nar'"),
        ("none.csv", Given(), r"none\.csv: no such file"),
        ("data", Given(), r"data: a folder; name the files in it"),
        ("more.txt", Given(), r"more\.txt: none of csv, json, jsonl, parquet, tsv, xlsx; save it as one of them"),
        ("dvc.yaml", Given(), r"dvc\.yaml: none of csv"),
        ("complaints.csv", Given(test=Path("none.csv")), r"none\.csv: no such file"),
        ("complaints.csv", Given(about=" "), r"--about ' ': must be one line of text"),
        ("complaints.csv", Given(language="Thai\nLao"), r"--language 'Thai\\nLao': must be one line of text"),
        (
            "odd.csv",
            Given(text="1", label="2"),
            r"odd\.csv:1: the first line looks like a header, .*; give --text COLUMN",
        ),
        ("complaints.csv", Given(text="1"), r"complaints\.csv: counting columns takes two numbers, --text and"),
        ("complaints.csv", Given(delimiter="two"), r"--delimiter two: one character, or tab"),
    ],
)
def test_what_is_unclear_or_not_there_is_one_line_with_the_option_that_would_do(
    place: Path, file: str, given: Given, said: str
) -> None:
    with pytest.raises(DataError, match=said) as caught:
        make_dataset("help", [file], given)
    assert "\n" not in str(caught.value)
    assert "dataset.yaml: `" not in str(caught.value)
    assert there() == {"mail"}


def test_in_a_terminal_the_columns_are_asked_for_once(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answers = {"text": "Narrative", "label": "Product"}

    def prompt(words: str, **_: Any) -> str:
        asked.append(words)
        return answers[words.partition("?")[0].rpartition(" ")[2]]

    monkeypatch.setattr(columns, "_can_ask", lambda: True)
    monkeypatch.setattr(typer, "prompt", prompt)
    make_dataset("two", ["odd.csv"], Given())
    assert asked == ["odd.csv: which column is the text? (Narrative, Product)"], "the other one is then known"
    asked.clear()
    make_dataset("three", ["three.csv"], Given())
    assert len(asked) == 2
    asked.clear()
    answers["text"] = "neither"
    with pytest.raises(DataError, match=r"odd\.csv: no column 'neither', found Narrative, Product"):
        make_dataset("four", ["odd.csv"], Given())
    assert len(asked) == 1


def test_a_folder_that_holds_anything_is_never_touched(place: Path) -> None:
    before = (place / "data/raw/mail/train.csv").read_bytes()
    with pytest.raises(DataError, match=r"data/raw/mail: is there already, and nothing is written over"):
        make_dataset("mail", ["odd.csv"], Given(text="Narrative"))
    assert (place / "data/raw/mail/train.csv").read_bytes() == before
    assert [path.name for path in (place / "data/raw/mail").iterdir()] == ["train.csv"]
    (place / "data/raw/empty").mkdir()
    make_dataset("empty", ["complaints.csv"], Given())
    assert (place / "data/raw/empty/train.csv").is_file()


@pytest.mark.parametrize("name", ["", "a-b", "../x", "a b", "é", ".x", "a/b"])
def test_a_name_that_dvc_could_not_use_is_refused(place: Path, name: str) -> None:
    with pytest.raises(DataError, match="the name of a folder is letters a to z, digits and _; choose another name"):
        make_dataset(name, ["complaints.csv"], Given())
    assert there() == {"mail"}


def test_a_row_that_cannot_be_used_is_refused_by_the_users_own_file_name_and_nothing_is_left(place: Path) -> None:
    (place / "complaints.csv").write_text(f"{TRAIN}the box is wet,late\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"^complaints\.csv:8: 'the box is wet' is 'late' .* at complaints\.csv:4"):
        make_dataset("help", ["complaints.csv"], Given())
    (place / "three.csv").write_text(TRAIN, encoding="utf-8")
    (place / "mail_test.csv").write_text("text,label\n,late\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"^mail_test\.csv:2: text is empty"):
        make_dataset("help", ["three.csv", "mail_test.csv"], Given())
    assert there() == {"mail"}


@pytest.mark.parametrize("suffix", ["tsv", "jsonl", "json", "parquet", "xlsx"])
def test_every_format_becomes_a_folder(place: Path, suffix: str) -> None:
    rows = [dict(zip(("text", "label"), line.split(","), strict=True)) for line in TRAIN.splitlines()[1:]]
    path = place / f"Complaints 2024.{suffix.upper()}"
    if suffix == "tsv":
        path.write_text(TRAIN.replace(",", "\t"), encoding="utf-8")
    elif suffix == "parquet":
        import pyarrow as pa
        from pyarrow import parquet

        parquet.write_table(pa.Table.from_pylist(rows), path)
    elif suffix == "xlsx":
        from openpyxl import Workbook

        book = Workbook()
        for row in [["text", "label"], *(list(row.values()) for row in rows)]:
            book.active.append(row)
        book.save(path)
    else:
        lines = [json.dumps(row) for row in rows]
        path.write_text("\n".join(lines) if suffix == "jsonl" else f"[{', '.join(lines)}]", encoding="utf-8")
    make_dataset("help", [str(path)], Given())
    assert Path(f"data/raw/help/train.{suffix}").is_file()
    assert len(compiled("help").train) == 6


def test_two_files_that_could_be_one_split_are_refused(place: Path) -> None:
    with pytest.raises(
        DataError, match=r"complaints\.csv and odd\.csv could each be train; leave out one, or say what"
    ):
        make_dataset("help", ["complaints.csv", "odd.csv"], Given())
    with pytest.raises(DataError, match=r"mail_test\.csv and .*mail_test\.csv could each be test; leave out one"):
        make_dataset("help", ["complaints.csv", "mail_test.csv"], Given(test=place / "mail_test.csv"))


def test_a_file_without_a_header_is_read_by_the_numbers_of_its_columns(place: Path) -> None:
    lines = [f"{n};{line.replace(',', ';')}" for n, line in enumerate(TRAIN.splitlines()[1:])]
    (place / "bare.csv").write_text("\n".join(lines), encoding="utf-8")
    make_dataset("help", ["bare.csv"], Given(text="2", label="3"))
    assert written("help/dataset.yaml") == {"columns": {"text": 2, "label": 3}}
    assert texts(compiled("help").train)[0] == ("where is my parcel", "late")


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_full_disk_or_ctrl_c_leaves_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def fails(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "write_bytes", fails)
    with pytest.raises((DataError, KeyboardInterrupt)) as caught:
        make_dataset("help", ["complaints.csv"], Given())
    if isinstance(error, OSError):
        assert str(caught.value) == "data/raw/help: cannot be written (No space left on device)"
    assert there() == {"mail"}


def test_a_data_set_of_the_hub_becomes_a_hub_yaml_at_its_present_commit(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = place / "theirs"
    theirs.mkdir()
    (theirs / "train.csv").write_text(TRAIN.replace("text,label", "Narrative,Product"), encoding="utf-8")
    asked: list[tuple[str, str]] = []

    def dataset_info(_: object, repo: str, **options: Any) -> SimpleNamespace:
        asked.append((repo, options["revision"]))
        return SimpleNamespace(sha="0" * 40)

    load = datasets.load_dataset_builder
    monkeypatch.setenv("HF_HOME", str(place / "cache"))
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", dataset_info)
    monkeypatch.setattr(datasets, "load_dataset_builder", lambda *_, **__: load(str(theirs)))
    make_dataset("help", ["owner/name@v1"], Given(text="Narrative", about="messages"))
    assert asked == [("owner/name", "v1")]
    assert written("help/hub.yaml") == {
        "repo": "owner/name",
        "revision": "0" * 40,
        "text": "Narrative",
        "label": "Product",
        "train": "train",
    }
    assert written("help/dataset.yaml") == {"about": "messages"}
    assert texts(compiled("help").train)[0] == ("where is my parcel", "late")
    with pytest.raises(
        DataError, match=r"name/train\.csv: no column 'text', found .*; give --text COLUMN|theirs/train"
    ):
        make_dataset("more", ["owner/name"], Given())
    assert there() == {"mail", "help"}
