"""Files that appear whole or not at all, and the folder that all runs of one repository share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """Open a text file for writing that takes its final name only when the block ends without an error.

    A stage that is killed while it writes, or two processes that write the same file, never leave half a file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def root() -> Path:
    """Return the folder of the main repository.

    DVC runs queued experiments in temporary copies, and sets ``DVC_ROOT`` to the repository itself even there. A sweep
    (:mod:`promptmix.cli.sweep`) makes copies of its own and sets ``PROMPTMIX_ROOT``. What must outlive a run (paid
    answers, downloaded weights) is kept under this folder, so all runs share it.
    """
    return Path(os.environ.get("PROMPTMIX_ROOT") or os.environ.get("DVC_ROOT") or ".").resolve()
