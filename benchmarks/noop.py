"""Measure a `dvc repro` with nothing to do, against a plain `dvc status` and `dvc dag` of the same repository.

``python -m benchmarks.noop`` needs a pipeline that is up to date; the three commands take turns, 5 times. Exits with 1
where the median of the first is more than 1.3 times that of the other two together.
"""

import statistics
import subprocess
import sys
import time

ROUNDS = 5
MOST = 1.3


def seconds(*command: str) -> float:
    """Return how many seconds a dvc command takes; exits where the pipeline is not up to date."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "dvc", *command], capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    if done.returncode or "Running stage" in done.stdout:
        sys.exit(f"error: dvc {' '.join(command)}: this pipeline is not up to date; run `dvc repro` first")
    return took


def main() -> int:
    """Measure and print; returns the exit status."""
    seconds("repro")  # warm
    repro, plain = [], []
    for _ in range(ROUNDS):
        repro.append(seconds("repro"))
        plain.append(seconds("status") + seconds("dag"))
    ratio = statistics.median(repro) / statistics.median(plain)
    for name, times in (("dvc repro", repro), ("dvc status + dvc dag", plain)):
        print(f"{name:22} median {statistics.median(times):.2f} s, {min(times):.2f} to {max(times):.2f} s")
    print(f"ratio {ratio:.2f}, at most {MOST} wanted")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())
