"""Packs: recorded answers as files, for git and for colleagues (``data/answers/*.jsonl.gz``)."""

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from promptmix.core.errors import LLMError
from promptmix.llm.request import key
from promptmix.llm.store.entries import Answer


class Recorded:
    """The answers of all packs in a folder, read-only: an answer that is not there is an error, never requested."""

    def __init__(self, folder: Path) -> None:
        """Read every pack in the folder."""
        packs = sorted(folder.glob("*.jsonl.gz"))
        self._answers: dict[str, Answer] = {r["key"]: r["answer"] for pack in packs for r in read_pack(pack)}

    def get(self, key: str) -> Answer | None:
        """Return the recorded answer under a key, or None."""
        return self._answers.get(key)


def read_pack(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a pack: key, day of the request, request and answer.

    Raises:
        LLMError: the file is damaged or is not a pack.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                record = json.loads(line)
                if not isinstance(record, dict) or not {"key", "asked", "request", "answer"} <= record.keys():
                    raise LLMError(f"{path}:{number}: not a recorded answer")
                if key(record["request"]) != record["key"]:
                    raise LLMError(f"{path}:{number}: this answer's request was changed: its key does not match")
                yield record
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise LLMError(f"{path}: cannot be read as a pack of answers ({error})") from None


def write_pack(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as one pack, byte-equal for equal records; returns how many."""
    # Keys are not sorted: next tokens come most probable first, here and in files made from packs.
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    return len(lines)
