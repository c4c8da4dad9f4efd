"""Check, without any data, that dvc.lock fits the code, the params and the inputs that are in git.

DVC's own exit code does not tell (it is 0 where a changed stage has all its inputs), so its words are read as well.
"""

import subprocess
import sys

from promptmix.cli.repository import require_root
from promptmix.params import load_all


def check() -> int:
    """Return 0 where nothing would run, else print what would and return 1."""
    require_root()
    load_all()
    command = [sys.executable, "-m", "dvc", "repro", "--dry", "--allow-missing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    stale = [line for line in said.splitlines() if "Running stage" in line]
    if done.returncode == 0 and not stale:
        sys.stdout.write("dvc.lock fits the code and the params\n")
        return 0
    sys.stderr.write("\n".join(stale or said.splitlines()[-5:]) + "\n")
    sys.stderr.write("error: dvc.lock is older than the code or the params: run `dvc repro` and commit dvc.lock\n")
    return 1
