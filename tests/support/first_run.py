"""The pipeline run once on small settings, for all modules of a run of the tests: real DVC, a real small LLM."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock

from tests.support.copies import Copy

SMALL: dict[str, Any] = {
    "seeds": [0],
    "arms": ["few_shot", "relabeled"],
    "llm.model": "smollm2-135m-instruct",
    "compile.validation_max": 12,
    "generate.prompt": "mixup_completion",
    "generate.per_class": 1,
    "generate.max_prompts_per_class": 3,
    "generate.max_tokens": 40,
    "generate.json_schema": False,
    "teacher.test_texts": 2,
    "distill.student": "linear_probe",
}

TEST_TEXTS = 60  # of the 240, each of which every student reads


class FirstRun(NamedTuple):
    """A copy that was run once and committed, and what that run printed, requested and changed."""

    copy: Copy
    said: str
    asked: tuple[int, int]
    changed: set[str]


def run_once(shared: Path, folder: Path) -> FirstRun:
    """Return a copy in ``folder`` of the first run, which the first caller makes while all others wait."""
    original = made_once(shared / "first_run", _run)
    said, asked, changed = json.loads((original / "found.json").read_text(encoding="utf-8"))
    shutil.copytree(original / "repository", folder, symlinks=True)
    return FirstRun(Copy.there(folder), said, tuple(asked), set(changed))


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder that ``make`` fills, once for all processes; one that failed is made anew."""
    whole = folder.with_name(f"{folder.name}.whole")
    with FileLock(f"{folder}.lock"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            whole.touch()
    return folder


def shared_folder(own: Path) -> Path:
    """Return the folder that all workers of this run of the tests see; ``own`` is the base folder of this one."""
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def _run(folder: Path) -> None:
    copy = Copy(folder / "repository")
    copy.params(**SMALL)
    test = folder / "repository" / "data" / "raw" / "demo" / "test.jsonl"
    test.write_text("".join(test.read_text(encoding="utf-8").splitlines(keepends=True)[:TEST_TEXTS]), encoding="utf-8")
    copy.pace(threads=1)
    copy.commit()
    said = copy.promptmix("run")
    found = said, copy.asked(), sorted(copy.changed())
    copy.commit()
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
