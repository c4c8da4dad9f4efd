"""YAML files: read as DVC writes them, and refused in one line."""

from pathlib import Path

import pytest

from promptmix.core.errors import DataError, ParamsError
from promptmix.core.yaml_files import read_yaml


def put(folder: Path, content: bytes) -> Path:
    path = folder / "some.yaml"
    path.write_bytes(content)
    return path


def test_numbers_are_read_as_in_yaml_1_2(tmp_path: Path) -> None:
    """YAML 1.1 readers see the string 5e-05 and the truth value no."""
    assert read_yaml(put(tmp_path, b"rate: 5e-05\nno: yes\n"), DataError) == {"rate": 5e-05, "no": "yes"}


def test_a_fault_is_named_with_its_line_and_what_would_do(tmp_path: Path) -> None:
    path = put(tmp_path, b"a: b\nc: d: e\n")
    with pytest.raises(ParamsError) as caught:
        read_yaml(path, ParamsError, "look at line 2")
    assert str(caught.value).startswith(f"{path}:2: not YAML: ")
    assert str(caught.value).endswith("; look at line 2")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: b\nc: d\x0be\n", "2: not YAML: control character U+000B"),
        (b"a: b\r\nc: \xef\xbf\xbe\r\n", "2: not YAML: control character U+FFFE"),
        (b"a: b\rc: d\x00\r", "2: not YAML: control character U+0000"),
        (b"a: b\nc: caf\xe9\n", "2: not UTF-8 (byte 0xe9); save the file as UTF-8"),
        (b"a: b\nc:\td\n", "2: not YAML: a tab, where YAML takes spaces"),
        (b"a: b\n{c}: d\n", "2: not YAML: a key begins with { or ["),
        (b"a: b\na: c\n\n  d\n", '2: not YAML: found duplicate key "a" with value "c d" (original value: "b")'),
        (b"a: b\na: c\n", '2: not YAML: found duplicate key "a" with value "c" (original value: "b")'),
    ],
)
def test_what_no_yaml_file_may_hold_is_refused_in_one_line_with_its_own(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = put(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_yaml(path, DataError)
    assert str(caught.value) == f"{path}:{reason}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path, encoding: str) -> None:
    path = put(tmp_path, "a: größer\n".encode(encoding))
    assert read_yaml(path, DataError) == {"a": "größer"}


def test_literal_values_are_the_words_that_are_written(tmp_path: Path) -> None:
    path = put(tmp_path, b"1: 0012\ntrue: null\n~: 5e-05\nyes:\n")
    assert read_yaml(path, DataError, literal=True) == {"1": "0012", "true": "null", "~": "5e-05", "yes": ""}


def test_a_missing_file_is_for_the_caller_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml", DataError)


def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "classes.yaml").mkdir()
    with pytest.raises(DataError, match=r"classes\.yaml: cannot be read \(Is a directory\)$"):
        read_yaml(tmp_path / "classes.yaml", DataError)
