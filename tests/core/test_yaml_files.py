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


@pytest.mark.parametrize("content", [b"a: \x00\n", b"a: \xff\n"])
def test_bytes_that_no_yaml_file_may_hold_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = put(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_yaml(path, DataError)
    assert str(caught.value).startswith(f"{path}: not YAML: ")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_for_the_caller_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_yaml(tmp_path / "none.yaml", DataError)
