"""Runs a function in as many processes as ``accelerate launch`` starts: one a GPU, unless the user configured others.

Not by ``accelerate.notebook_launcher``: it ignores the user's ``accelerate config`` (number of processes, machines).
"""

import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from promptmix.core.errors import ModelError

LAUNCH = (sys.executable, "-m", "accelerate.commands.launch", "--module")


def run_in_processes(function: Callable[..., None], *arguments: Any) -> None:
    """Call a function of a module in several processes, with equal arguments.

    Raises:
        ModelError: a process ended with an error; its own words are on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder) / "call.pickle"
        call.write_bytes(pickle.dumps((function, arguments)))
        status = subprocess.run([*LAUNCH, run_in_processes.__module__, str(call)], check=False).returncode
    if status:
        raise ModelError(
            f"distill.launcher accelerate: training ended with status {status}, see above; `accelerate env` shows what"
            " it was started with, and distill.launcher python trains in one process"
        )


if __name__ == "__main__":
    called, given = pickle.loads(Path(sys.argv[1]).read_bytes())
    called(*given)
