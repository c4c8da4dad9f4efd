"""A little git repository with a dvc.yaml and a metrics file, to read history from."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.support.structure import ROOT

METRICS, DETAILS = Path("metrics/summary.json"), Path("metrics/details.json")


def commit_all(message: str = "x") -> None:
    """Commit all of the current folder."""
    subprocess.run(["git", "add", "-A"], check=True)
    commit_staged(message)


def commit_staged(message: str = "x") -> None:
    """Commit what is staged."""
    author = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *author, "commit", "-qm", message], check=True)


def write_accuracy(accuracy: float) -> None:
    """Write metrics of one arm."""
    METRICS.parent.mkdir(exist_ok=True)
    METRICS.write_text(json.dumps({"demo": {"mixed": accuracy}}))


def make_repository() -> None:
    """Make one in the current folder, with metrics committed."""
    shutil.copy(ROOT / "dvc.yaml", "dvc.yaml")
    write_accuracy(0.5)
    subprocess.run(["git", "init", "-q"], check=True)
    commit_all()
