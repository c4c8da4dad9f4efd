"""What each stage asked: a small log beside the response store, and no output of a stage, because equal runs differ."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from promptmix.core.files import root


def path() -> Path:
    """Return the log's file, in the main repository."""
    file = root() / ".cache" / "llm" / "tally.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def add(stage: str, counts: Mapping[str, Any]) -> None:
    """Note what one stage asked."""
    with path().open("a", encoding="utf-8") as log:
        log.write(json.dumps({"stage": stage, **counts}) + "\n")


def totals() -> dict[str, float]:
    """Return the sums of all counts since the log was started."""
    lines = path().read_text(encoding="utf-8").splitlines() if path().exists() else []
    sums: dict[str, float] = {"asked": 0, "recorded": 0}
    for line in lines:
        for name, count in json.loads(line).items():
            if name != "stage":
                sums[name] = sums.get(name, 0) + count
    return sums
