"""The command line: every verb explains itself, and ends with what it found or with one line that says why not."""

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from promptmix.cli.app import app
from tests.support.copies import clean
from tests.support.stopping import stopped
from tests.support.structure import ROOT

VERBS = [
    "new",
    "describe",
    "run",
    "cost",
    "sweep",
    "compare",
    "table",
    "study",
    "share",
    "reuse",
    "verify",
    "check",
    "same",
]
VERBS += ["predict", "evaluate", "serve", "push"]
ANSWERS = ["show", "verify", "merge", "prune", "record"]


def commands(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and group below one, and its own."""
    yield words
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*words, name))


EVERY = list(commands(typer.main.get_command(app)))


def promptmix(folder: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a folder that is also the home of its user."""
    env = clean() | {"PYTHONPATH": str(ROOT), "HOME": str(folder), "COLUMNS": "100"} | environment
    command = [sys.executable, "-m", "promptmix", *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_the_verbs_are_those_of_the_documentation() -> None:
    assert sorted(EVERY) == sorted(
        [(), ("answers",), *((verb,) for verb in VERBS), *(("answers", verb) for verb in ANSWERS)]
    )


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_is_printed_at_once_and_touches_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    """In an empty folder outside a repository, in under a second of computing."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = promptmix(tmp_path, *words, "--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(" ".join(["Usage: promptmix", *words, "["]))
    assert done.stderr == ""
    assert list(tmp_path.iterdir()) == []
    assert after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime < 1.0


def test_the_console_script_is_the_same_command(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("promptmix")
    done = subprocess.run([script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: promptmix [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "--unheard-of"], "error: No such option: --unheard-of\n"),
        (["nothing"], "error: No such command 'nothing'.\n"),
        (
            ["sweep", "-j", "0"],
            "error: Invalid value for '-j' / '--jobs': Input should be greater than or equal to 1\n",
        ),
        (["sweep"], "error: Invalid value: name a sweep of experiments.yaml, or give -S KEY=VALUE,VALUE\n"),
        (["compare", "--md", "--csv"], "error: Invalid value: --md and --csv exclude each other\n"),
        (["study", "main", "--write"], "error: Invalid value: --write writes the whole page; leave out main\n"),
        (["answers", "merge"], "error: Missing argument 'files'.\n"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_wrong_command_line_ends_with_2_and_one_line(words: list[str], said: str, tmp_path: Path) -> None:
    done = promptmix(tmp_path, *words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.parametrize(
    "words",
    [
        ["run"],
        ["run", "quick"],
        ["cost"],
        ["sweep", "per_class"],
        ["check"],
        ["compare"],
        ["new", "mail", "mail.csv"],
        ["describe", "mail"],
        ["answers", "show"],
        ["answers", "verify"],
        ["answers", "merge", "theirs.sqlite"],
        ["answers", "prune"],
    ],
    ids=" ".join,
)
def test_what_needs_a_repository_says_so_elsewhere(words: list[str], tmp_path: Path) -> None:
    done = promptmix(tmp_path, *words)
    said = f"error: {tmp_path}: no dvc.yaml and .git here; run this in the repository's root\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["compare"], ["table"], ["same"], ["check"], ["study"], ["share"], ["reuse"]], ids=" ".join
)
def test_any_verb_ends_in_one_line_outside_a_repository(words: list[str], tmp_path: Path) -> None:
    done = promptmix(tmp_path, *words)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: "), done.stderr
    assert "Traceback" not in done.stderr


def test_the_shell_completes_verbs(tmp_path: Path) -> None:
    words = {"_PROMPTMIX_COMPLETE": "complete_bash", "COMP_WORDS": "promptmix s", "COMP_CWORD": "1"}
    assert promptmix(tmp_path, **words).stdout.split() == ["serve", "sweep", "study", "share", "same"]


VERB = """
import signal, time
import typer
from promptmix.cli import app
from promptmix.core.errors import DataError

@app.app.command("end")
def _end(how: str):
    if how == "wait":
        typer.echo("ready")
        time.sleep(30)
    if how == "fail":
        raise DataError("no such label")
    return {"text": "found", "lines": "found\\n", "status": 3}.get(how)

signal.signal(signal.SIGINT, signal.default_int_handler)  # see test_command.py
app.main()
"""


def verb(how: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", VERB, "end", how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("how", "status", "printed", "said"),
    [
        ("text", 0, "found\n", ""),
        ("lines", 0, "found\n", ""),
        ("nothing", 0, "", ""),
        ("status", 3, "", ""),
        ("fail", 1, "", "error: no such label\n"),
    ],
)
def test_a_verb_prints_what_it_found_and_says_in_one_line_why_not(
    how: str, status: int, printed: str, said: str
) -> None:
    with verb(how) as process:
        assert process.communicate(timeout=30) == (printed, said)
    assert process.returncode == status


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_end_a_verb_with_130_and_one_line(sent: signal.Signals) -> None:
    with verb("wait") as process:
        status, said = stopped(process, sent)
    assert status == 130
    assert said == "stopped; what has finished and all answers are kept, run the same command again\n"
