"""A tool ends with what it found, or with one line."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.stopping import stopped
from tests.support.structure import ROOT

TOOL = """
import signal, time
from promptmix.core.errors import DataError
from promptmix.cli.running import run, say

def main(ending):
    if ending == "wait":
        say("ready")
        time.sleep(30)
    if ending == "fail":
        raise DataError("no such label")
    return {"text": "found", "lines": "found\\n", "status": 3}.get(ending)

signal.signal(signal.SIGINT, signal.default_int_handler)  # see test_command.py
run(main, ENDING)
"""


def tool(ending: str) -> "subprocess.Popen[str]":
    code, pipe = TOOL.replace("ENDING", repr(ending)), subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize(
    ("ending", "status", "printed", "said"),
    [
        ("text", 0, "found\n", ""),
        ("lines", 0, "found\n", ""),
        ("nothing", 0, "", ""),
        ("status", 3, "", ""),
        ("fail", 1, "", "error: no such label\n"),
    ],
)
def test_a_tool_prints_what_it_found_and_says_in_one_line_why_not(
    ending: str, status: int, printed: str, said: str
) -> None:
    with tool(ending) as process:
        assert process.communicate(timeout=30) == (printed, said)
    assert process.returncode == status


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_end_a_tool_with_130_and_one_line(sent: signal.Signals) -> None:
    with tool("wait") as process:
        status, said = stopped(process, sent)
    assert status == 130
    assert said == "stopped; what has finished and all answers are kept, run the same command again\n"


@pytest.mark.parametrize("path", sorted((ROOT / "tools").glob("*.py")), ids=lambda path: path.stem)
def test_every_tool_ends_in_the_one_way(path: Path) -> None:
    _, command, end = path.read_text(encoding="utf-8").partition('if __name__ == "__main__":\n')
    assert not command or (end.startswith("    run(main") and end.count("\n") == 1)
