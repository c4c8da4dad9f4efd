"""A repository to sweep in: the real stages up to those that send requests, and a fast made-up report."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.copies import Copy, clean
from tests.support.llm_server import Behavior, running

STAGES = ("fetch", "compile", "sample", "generate")
SMALL: dict[str, Any] = {
    "seeds": [0],
    "arms": ["relabeled"],
    "llm.endpoint": "openai",
    "llm.model": "stub",
    "generate.prompt": "mixup_completion",
    "generate.per_class": 2,
    "generate.max_prompts_per_class": 2,
    "generate.json_schema": False,
}
REPORT = '''\
"""Write made-up accuracies that depend on what was generated."""

import os
from pathlib import Path

from ruamel.yaml import YAML

print("threads:", os.environ.get("OMP_NUM_THREADS"))
values = YAML(typ="safe", pure=True).load(Path("params.yaml"))
prompts = sum(len(p.read_text().splitlines()) for p in Path("data/generated").rglob("prompts.jsonl"))
rows = [f"{d},relabeled,{s},test,{prompts * values['distill']['C'] / 1000}"
        for d in values["datasets"] for s in values["seeds"]]
Path("plots").mkdir(exist_ok=True)
Path("plots/accuracy.csv").write_text("\\n".join(["dataset,arm,seed,split,accuracy", *rows]) + "\\n")
'''


class Swept(Copy):
    """A small repository, and the language model that it uses."""

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self.url = url
        self._shorten()
        self.params(**SMALL)
        self.pace(concurrency=2)
        shutil.rmtree(folder / "plots")
        (folder / "report.py").write_text(REPORT)
        self.commit()
        # Experiments then begin with the stage that sends requests for texts.
        self.ok("dvc", "repro", "--quiet", "fetch", "sample@demo-0", **self._model)
        self.commit()

    @property
    def _model(self) -> dict[str, str]:
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": "any"}

    def _shorten(self) -> None:
        yaml = YAML()
        document = yaml.load(self.folder / "dvc.yaml")
        document["stages"] = {name: document["stages"][name] for name in STAGES}
        document["stages"]["report"] = {
            "cmd": "python report.py",
            "deps": ["report.py", "data/generated"],
            "params": ["datasets", "seeds", "distill"],
            "outs": [{"plots/accuracy.csv": {"cache": False}}],
        }
        yaml.dump(document, self.folder / "dvc.yaml")

    def start(self, *options: str) -> "subprocess.Popen[str]":
        """Start a sweep with no dvc and no python of this environment on the PATH."""
        env = clean() | {"PATH": "/usr/bin:/bin"} | self._model
        heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"  # see test_command.py
        code = f"{heed}; import runpy; runpy.run_module('promptmix', run_name='__main__')"
        command = [sys.executable, "-c", code, "sweep", *options]
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def sweep(self, *options: str) -> tuple[int, str, str]:
        """Run a sweep to its end and return status, table and messages."""
        process = self.start(*options)
        table, said = process.communicate(timeout=120)
        return process.returncode, table, said

    def processes(self, words: str, experiment: str = "") -> list[int]:
        """Return the processes that run in the sweep's copies with these words in their command line."""
        running = self.folder / ".dvc/tmp/sweep/running"
        return [
            p for p, place, command in _processes() if place.startswith(f"{running}/{experiment}") and words in command
        ]

    def experiments(self) -> set[str]:
        return set(self.ok("dvc", "exp", "list", "--name-only").split())


def _processes() -> Iterator[tuple[int, str, str]]:
    """Yield id, working folder and command line of every process that may be inspected."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended, or is another user's
            place = str((process / "cwd").readlink())
            yield int(process.name), place, (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()


def until(happened: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until ``happened`` is true, or fail."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


@contextmanager
def swept(folder: Path, latency: float) -> Iterator[Swept]:
    with running(Behavior(latency=latency, label="late_parcel")) as url:
        yield Swept(folder, url)
