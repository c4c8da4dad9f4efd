"""dataset.yaml."""

from pathlib import Path

import pytest

from promptmix.core.errors import DataError
from promptmix.core.records import DataInfo
from promptmix.corpora.settings import DataSettings, read_settings


def put(folder: Path, text: str) -> Path:
    path = folder / "dataset.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_nothing_is_set_without_a_file_or_by_an_empty_one(tmp_path: Path) -> None:
    assert read_settings(None) == read_settings(put(tmp_path, "# nothing yet\n")) == DataSettings()


def test_columns_are_names_or_numbers(tmp_path: Path) -> None:
    columns = read_settings(put(tmp_path, "columns: {text: Frage, label: 'Art'}\nsheet: A\ndelimiter: '|'\n")).columns
    assert (columns.text, columns.label) == ("Frage", "Art")
    assert read_settings(put(tmp_path, "columns: {text: 2, label: 1}\n")).columns.text == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("column: {text: a}", "column: Extra inputs are not permitted, got \"{'text': 'a'}\""),
        ("columns: {text: 0}", "columns.text: "),
        ("columns: {txt: a}", "columns.txt: Extra inputs are not permitted, got 'a'"),
        ("delimiter: ', '", "delimiter: String should have at most 1 character, got ', '"),
        ("- a", "the file: "),
        ("about: 5", "about: Input should be a valid string, got '5'"),
        ("about: '  '", "about: Value error, must be one line of text, got '  '"),
        ('language: "Thai\\nLao"', "language: Value error, must be one line of text, got 'Thai\\nLao'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(tmp_path: Path, text: str, expected: str) -> None:
    path = put(tmp_path, text)
    with pytest.raises(DataError) as caught:
        read_settings(path)
    assert str(caught.value).startswith(f"{path}: {expected}")
    assert str(caught.value).endswith("; see docs/data.md")
    assert "\n" not in str(caught.value)


def test_what_the_texts_are_is_known_where_a_line_of_it_is_there(tmp_path: Path) -> None:
    assert read_settings(put(tmp_path, "delimiter: ';'\n")).info() is None
    info = DataInfo(about="notes to self", language=None)
    assert read_settings(put(tmp_path, "about: ' notes to self '\n")).info() == info
    assert read_settings(put(tmp_path, "language: Persian\n")).info() == DataInfo(about=None, language="Persian")
