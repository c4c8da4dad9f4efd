"""Trains a student in as many processes as ``accelerate launch`` starts: one a GPU, unless told otherwise.

The stage starts this module as a program; what is to be learned goes through a file, which every process reads.
"""

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from promptmix.core.errors import ModelError
from promptmix.students import fine_tuned


def train(**task: Any) -> None:
    """Do what :func:`promptmix.students.fine_tuned.train` does with the same arguments, in several processes.

    Raises:
        ModelError: a process ended with an error; its own words are on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "task.json"
        plain = task | {"recipe": asdict(task["recipe"]), "targets": task["targets"].tolist()}
        path.write_text(json.dumps(plain, default=str), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "accelerate.commands.launch",
            "--module",
            "promptmix.students.launch",
            str(path),
        ]
        status = subprocess.run(command, check=False).returncode
    if status:
        raise ModelError(
            f"distill.launcher accelerate: training ended with status {status}, see above; `accelerate env` shows what"
            " it was started with, and distill.launcher python trains in one process"
        )


def _train_here(path: Path) -> None:
    task = json.loads(path.read_text(encoding="utf-8"))
    targets = np.array(task["targets"])
    fine_tuned.train(
        **task
        | {
            "recipe": fine_tuned.Recipe(**task["recipe"]),
            "targets": targets.astype(np.int64 if targets.ndim == 1 else np.float32),
            "backbone": Path(task["backbone"]),
            "out": Path(task["out"]),
        }
    )


if __name__ == "__main__":
    _train_here(Path(sys.argv[1]))
