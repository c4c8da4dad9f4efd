"""Runs a piece of code under several hash seeds of Python, which decide the order of sets."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def printed_under(hash_seeds: str, code: str) -> set[str]:
    """Return what the code prints under each hash seed, one digit each; one element if they make no difference."""
    return {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in hash_seeds
    }
