"""Runs experiments, some at a time, each as a child process that is watched; one that dies is started again."""

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.cli.sweep.plan import Experiment
from promptmix.cli.sweep.progress import SweepProgress, last_lines
from promptmix.cli.sweep.workspace import Workspaces

if TYPE_CHECKING:
    import psutil

TRIES = 2  # of an experiment
LOOK_EVERY = 0.2  # seconds
PATIENCE = 15.0  # seconds a stage may take to end with its answers kept
SHOWN = 8  # last lines of a failed experiment's log


@dataclass
class Task:
    """An experiment on its way."""

    experiment: Experiment
    name: str
    log: Path
    tries: int = 0


@dataclass
class Worker:
    """A task and the process that runs it."""

    task: Task
    process: "subprocess.Popen[bytes]"
    folder: Path

    def end(self) -> None:
        """End the process and whatever it started, and remove its folder; stages are given time to keep answers."""
        _end(_group(self.process.pid))
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ExperimentPool:
    """At most ``jobs`` workers; when it is closed nothing that it started runs any more."""

    def __init__(self, workspaces: Workspaces, tasks: Sequence[Task], jobs: int, progress: SweepProgress) -> None:
        """Take the tasks; nothing runs yet."""
        self._workspaces, self._progress = workspaces, progress
        self._waiting, self._jobs = deque(tasks), min(jobs, len(tasks))
        self._workers: list[Worker] = []
        self.failed: list[str] = []

    def run(self) -> list[str]:
        """Run all tasks and return the names of those that failed twice, with the reason said."""
        try:
            while self._waiting or self._workers:
                while self._waiting and len(self._workers) < self._jobs:
                    self._start(self._waiting.popleft())
                self._progress.running({worker.task.name: worker.task.log for worker in self._workers})
                time.sleep(LOOK_EVERY)
                for worker in [each for each in self._workers if each.process.poll() is not None]:
                    self._ended(worker)
        finally:
            self._stop()
        return self.failed

    def _start(self, task: Task) -> None:
        task.tries += 1
        process, folder = self._workspaces.start(task.experiment, task.name, task.log, self._jobs)
        self._workers.append(Worker(task, process, folder))
        self._progress.say(f"{task.name}: started")

    def _ended(self, worker: Worker) -> None:
        task, status = worker.task, worker.process.returncode
        if status == 0:
            self._workspaces.fetch(worker.folder, task.name)
        self._workers.remove(worker)
        worker.end()
        if status == 0:
            self._progress.say(f"{task.name}: finished")
        elif task.tries < TRIES:
            self._progress.say(f"{task.name}: dvc {_how(status)}; it is started again. Its last lines:")
            self._progress.say(last_lines(task.log, SHOWN))
            self._waiting.append(task)
            return
        else:
            self._progress.say(f"{task.name}: failed again, dvc {_how(status)}. Its last lines, all in {task.log}:")
            self._progress.say(last_lines(task.log, SHOWN))
            self.failed.append(task.name)
        self._progress.ended()

    def _stop(self) -> None:
        for worker in self._workers:
            _terminate(_group(worker.process.pid))
        for worker in self._workers:
            worker.end()
        self._workers.clear()


def _how(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"


def _end(processes: "Sequence[psutil.Process]") -> None:
    """End processes: terminated first, killed after ``PATIENCE`` seconds."""
    import psutil

    _terminate(processes)
    for each in psutil.wait_procs(processes, timeout=PATIENCE)[1]:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def _terminate(processes: "Sequence[psutil.Process]") -> None:
    import psutil

    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.terminate()


def _group(leader: int) -> "list[psutil.Process]":
    """Return the processes of a group; unlike a tree it still holds the stages of a dvc that was killed."""
    import psutil

    return [each for each in psutil.process_iter() if _group_of(each.pid) == leader]


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
