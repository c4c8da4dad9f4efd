"""What each stage requested: a log beside the response store, no output of a stage, because equal runs differ in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptmix.core.files import root


def path() -> Path:
    """Return the log's file in the main repository; its folder is created."""
    file = root() / ".cache" / "llm" / "tally.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def add_usage(stage: str, counts: Mapping[str, Any]) -> None:
    """Append what one stage requested."""
    with path().open("a", encoding="utf-8") as log:
        log.write(json.dumps({"stage": stage, **counts}) + "\n")


def totals() -> dict[str, float]:
    """Return the sums of all counts since the log was started."""
    log = path()
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    sums: dict[str, float] = {"asked": 0, "recorded": 0}
    for line in lines:
        for name, count in json.loads(line).items():
            if name != "stage":
                sums[name] = sums.get(name, 0) + count
    return sums
