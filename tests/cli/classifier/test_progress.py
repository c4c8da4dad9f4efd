"""How far a table is: a bar in a terminal, lines in a log."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from promptmix.classifier.tables import Piece, Source
from promptmix.cli.classifier import progress as module
from tests.support.tiny_classifier import tiny_classifier


def test_a_terminal_shows_a_bar(tmp_path: Path) -> None:
    model, table = tiny_classifier(tmp_path / "colors"), tmp_path / "a.csv"
    table.write_text("text\n" + "navy\n" * 3000, encoding="utf-8")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "promptmix", "predict", str(model), str(table), "-o", str(tmp_path / "b.csv")]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=False)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0
    assert "predict: 100%" in shown
    assert "3,000 rows" in shown


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = iter([0.0, 5.0, 11.0, 11.0, 12.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with module.progress(Source("a.csv", "csv", ["text"], 200, iter(())), bar=True) as show:
        for first, done in ((1, 50), (11, 100), (21, 200)):
            show(Piece(first, [{}] * 10, ["text"], done))
    assert capsys.readouterr().err == "a.csv: 20 rows (50%)\n"
