"""The benchmark of `predict` and `serve` runs, here with a classifier that costs nothing."""

import re
from pathlib import Path

import pytest

from benchmarks import predicting
from benchmarks.predicting import Subjects, arguments, load, memory, numbered_texts
from tests.support.tiny_classifier import tiny_classifier


@pytest.fixture
def made(tmp_path: Path) -> Subjects:
    return Subjects(tiny_classifier(tmp_path / "colors"), tmp_path)


def test_texts_are_numbered_so_that_all_differ() -> None:
    assert len(set(numbered_texts(1000))) == 1000


def test_memory_of_a_table_is_that_of_the_command(
    made: Subjects, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    memory(made, 3000, tmp_path)
    found = re.findall(r"^3,000 rows, (fp32|int8): (\d+) MB", capsys.readouterr().out, re.M)
    assert [name for name, _ in found] == ["fp32", "int8"]
    assert all(30 < int(size) < 400 for _, size in found)


def test_no_request_of_64_clients_fails(made: Subjects, capsys: pytest.CaptureFixture[str]) -> None:
    load(made, 1.0)
    said = capsys.readouterr().out
    assert re.search(r"[1-9][\d,]* requests a second from 64 clients, 0 failed, p50", said), said
    assert predicting.CLIENTS == 64


def test_a_model_needs_the_student_that_it_was_made_from(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--model", "a"])
    assert "--model and --student go together" in capsys.readouterr().err
