"""Measure a response store of a million answers: SQLite as used here, and JSON lines with an index in memory.

``python -m benchmarks.store [COUNT]`` fills both with answers of the size that relabeling gets, opens each in a process
of its own, and prints the seconds to open it, the microseconds of a lookup and the added resident memory.
"""

import hashlib
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import StoredAnswer

LOOKUPS = 20_000


def entry(number: int) -> StoredAnswer:
    """Return answer number ``number``."""
    request = {"model": {"name": "m"}, "text": f"Which class? text {number} " + "words " * 60, "draw": 0}
    usage = {"prompt_tokens": 80, "completion_tokens": 1}
    return StoredAnswer(
        _key(number), request, {"text": " a", "finish": "stop", "usage": usage, "alternatives": {" a": -0.1}}
    )


def fill(folder: Path, count: int) -> None:
    """Write the same answers to both stores."""
    store = Store(folder / "answers.sqlite")
    with (folder / "answers.jsonl").open("w") as lines:
        for start in range(0, count, 1000):
            entries = [entry(number) for number in range(start, min(start + 1000, count))]
            store.put(entries)
            lines.writelines(
                json.dumps({"key": e.key, "request": e.request, "answer": e.answer}) + "\n" for e in entries
            )


def measure(kind: str, folder: Path, count: int) -> None:
    """Open a store and look up answers at random; prints one line."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    get = {"sqlite": _sqlite, "jsonl": _jsonl}[kind](folder)
    opened = time.perf_counter() - start
    keys = [_key(number) for number in random.Random(1).sample(range(count), min(LOOKUPS, count))]
    start = time.perf_counter()
    found = sum(get(key) is not None for key in keys)
    each = (time.perf_counter() - start) / len(keys) * 1e6
    assert found == len(keys)
    size = (folder / f"answers.{kind}").stat().st_size / 1e6
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(
        f"{kind:7} {count:9,} answers, {size:6.0f} MB: open {opened:6.3f} s, lookup {each:6.1f} µs, +{memory:5.0f} MB"
    )


def _sqlite(folder: Path) -> Callable[[str], Any]:
    return Store(folder / "answers.sqlite").get


def _jsonl(folder: Path) -> Callable[[str], Any]:
    """Keep where each line begins; read a line when it is looked up."""
    starts: dict[str, int] = {}
    file = (folder / "answers.jsonl").open("rb")
    position = 0
    for line in file:
        starts[json.loads(line)["key"]] = position
        position += len(line)

    def get(key: str) -> Any:
        file.seek(starts[key])
        return json.loads(file.readline())["answer"]

    return get


def _key(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def main(count: int) -> None:
    """Fill, then measure each store in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), count)
        for kind in ("sqlite", "jsonl"):
            subprocess.run([sys.executable, "-m", "benchmarks.store", kind, folder, str(count)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] in (["sqlite"], ["jsonl"]):
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
