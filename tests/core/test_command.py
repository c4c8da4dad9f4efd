"""The command line of a stage: options from its parameters, one line where the user can mend it, 130 when stopped."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from promptmix.core import command, errors
from promptmix.core.errors import PromptMixError
from tests.support.stopping import stopped
from tests.support.structure import ROOT

LOADING = """\
import sys
import time
from promptmix.core import command

def main() -> None:
    with command.uninterrupted():
        print("ready", flush=True)
        time.sleep(1)
        sys.stderr.write("loaded\\n")
    sys.stderr.write("went on")

command.run(main)
"""
STAGE = """\
'''Wait.'''
import time
from promptmix.core import command

def main() -> None:
    print("ready", flush=True)
    time.sleep(30)

command.run(main)
"""


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Leave this process with the signals that it had."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def run(main: Callable[..., None], monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", ["stage", *options])
    command.run(main)


def test_an_option_with_choices_takes_these_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    got: list[str] = []

    def main(purpose: Literal["mix", "contrast"]) -> None:
        got.append(purpose)

    run(main, monkeypatch, "--purpose", "contrast")
    assert got == ["contrast"]
    with pytest.raises(SystemExit):
        run(main, monkeypatch, "--purpose", "other")
    assert "invalid choice: 'other'" in capsys.readouterr().err


def test_options_are_the_parameters_converted_by_their_types(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[object] = []

    def main(train_file: Path, seed: int, arm: str) -> None:
        got.extend([train_file, seed, arm])

    run(main, monkeypatch, "--arm", "mixed", "--seed", "7", "--train-file", "data/a.jsonl")
    assert got == [Path("data/a.jsonl"), 7, "mixed"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ([], "the following arguments are required: --seed, --out"),
        (["--seed", "1"], "the following arguments are required: --out"),
        (["--seed", "one", "--out", "x"], "argument --seed: invalid int value: 'one'"),
        (["--seed", "1", "--out", "x", "--fast"], "unrecognized arguments: --fast"),
    ],
)
def test_missing_wrong_and_unknown_options_are_refused_before_anything_runs(
    options: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main(seed: int, out: Path) -> None:
        raise AssertionError("ran")

    with pytest.raises(SystemExit) as caught:
        run(main, monkeypatch, *options)
    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith(f"error: {complaint}\n")


def test_help_says_what_the_stage_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def main(out: Path) -> None:
        raise AssertionError("ran")

    with pytest.raises(SystemExit) as caught:
        run(main, monkeypatch, "--help")
    assert not caught.value.code
    assert (__doc__ or "").split(":")[0] in " ".join(capsys.readouterr().out.split())


KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, PromptMixError)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_that_the_user_can_mend_is_one_line_and_status_1(
    kind: type[PromptMixError], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def main() -> None:
        raise kind("a.jsonl:3: no label")

    with pytest.raises(SystemExit) as caught:
        run(main, monkeypatch)
    assert (caught.value.code, capsys.readouterr().err) == (1, "error: a.jsonl:3: no label\n")


def test_an_error_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def main() -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError, match="bug"):
        run(main, monkeypatch)


def stage(folder: Path, text: str) -> subprocess.Popen[str]:
    (folder / "stage.py").write_text(text, encoding="utf-8")
    # A shell starts what it runs in the background with Ctrl-C ignored, and so these tests too, if they run there.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    path = f"import sys, runpy; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['stage']"
    code = f"{heed}; {path}; runpy.run_path('stage.py')"
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", code], cwd=folder, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_kill_end_a_stage_with_130_and_one_line(tmp_path: Path, sent: signal.Signals) -> None:
    with stage(tmp_path, STAGE) as process:
        status, said = stopped(process, sent)
    assert status == 130
    assert said == "stopped; everything answered so far is kept, run the same command to go on\n"


@pytest.mark.parametrize(("ending", "status"), [("raise LLMError('no')", 1), ("raise KeyboardInterrupt", 130)])
def test_what_was_abandoned_does_not_hold_up_the_end(tmp_path: Path, ending: str, status: int) -> None:
    """An ordinary exit would wait for the thread, as closing a server would."""
    working = f"""threading.Thread(target=time.sleep, args=(30,)).start()
    command.abandon(object())
    {ending}"""
    text = STAGE.replace("import time", "import threading, time\nfrom promptmix.core.errors import LLMError")
    with stage(tmp_path, text.replace("time.sleep(30)", working)) as process:
        process.communicate(timeout=10)
    assert process.returncode == status


def test_a_failing_stage_exits_with_1_and_no_traceback(tmp_path: Path) -> None:
    failing = STAGE.replace("import time", "from promptmix.core.errors import DataError").replace(
        "time.sleep(30)", "raise DataError('no such label')"
    )
    with stage(tmp_path, failing) as process:
        _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (1, "error: no such label\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_a_stage_ends_when_the_dvc_that_started_it_is_killed(tmp_path: Path) -> None:
    """Its SIGTERM is handled as Ctrl-C is, so its answers are kept."""
    (tmp_path / "stage.py").write_text(
        STAGE.replace("import time", f"import sys, time; sys.path.insert(0, {str(ROOT)!r})")
    )
    start = "import subprocess, sys; subprocess.run([sys.executable, 'stage.py'], env={'DVC_STAGE': 'x'})"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", start], cwd=tmp_path, stdout=pipe, stderr=pipe, text=True) as dvc:
        assert dvc.stdout is not None
        assert dvc.stdout.readline() == "ready\n"
        dvc.kill()
        _, said = dvc.communicate(timeout=10)  # ends when nobody holds the pipe any more
    assert said == "stopped; everything answered so far is kept, run the same command to go on\n"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_what_must_not_be_left_half_made_is_made_before_the_process_ends(sent: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", LOADING], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    status, said = stopped(process, sent)
    assert status == 130
    assert said.startswith("loaded\nstopped; ")


def test_without_a_signal_nothing_is_changed() -> None:
    before = [signal.getsignal(number) for number in command.STOPS]
    with command.uninterrupted():
        pass
    assert [signal.getsignal(number) for number in command.STOPS] == before
