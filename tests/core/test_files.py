"""Files appear whole or not at all, and queued experiments share one folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from promptmix.core import files
from tests.support.structure import ROOT


def test_a_file_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "out.txt"
    with files.replacing(path) as file:
        file.write("half")
        file.flush()
        assert not path.exists()
    assert path.read_text(encoding="utf-8") == "half"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError), files.replacing(path) as file:
        file.writelines(["new", 1])  # type: ignore[list-item]  # the fault is meant
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    code = (
        "import os, pathlib, signal\nfrom promptmix.core.files import replacing\n"
        f"with replacing(pathlib.Path({str(path)!r})) as file:\n"
        "    file.write('new'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == -9
    assert path.read_text(encoding="utf-8") == "old"


def test_line_feeds_and_utf_8_are_written_on_every_system(tmp_path: Path) -> None:
    with files.replacing(tmp_path / "out.txt") as file:
        file.write("é\n")
    assert (tmp_path / "out.txt").read_bytes() == b"\xc3\xa9\n"


def test_the_root_is_the_main_repository_in_a_queued_experiment_and_the_working_folder_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_ROOT", "")
    assert files.root() == tmp_path.resolve()
    monkeypatch.setenv("DVC_ROOT", str(ROOT))
    assert files.root() == ROOT.resolve()


def test_a_sweep_names_the_main_repository_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`dvc exp run` sets DVC_ROOT to the copy that it runs in."""
    monkeypatch.setenv("DVC_ROOT", "/copy")
    monkeypatch.setenv("PROMPTMIX_ROOT", str(tmp_path))
    assert files.root() == tmp_path.resolve()
