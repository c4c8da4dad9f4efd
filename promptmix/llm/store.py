"""The response store: every complete answer is kept for ever under a key that holds all that decides it.

One SQLite file outside the DVC graph, shared by all runs and queued experiments of a repository (``DVC_ROOT``). SQLite
because it is safe for several processes at once, survives ``kill -9`` at any moment, and finds one of a million
answers in microseconds. A person can read it:
``sqlite3 .cache/llm/answers.sqlite 'select request, answer, asked from answers'``.

Packs (``data/answers/*.jsonl.gz``) hold recorded answers in git; :class:`Recorded` reads them and takes no new ones.
"""

import gzip
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from promptmix.errors import LLMError
from promptmix.files import root

Answer = dict[str, Any]
"""``text``, ``finish``, ``usage`` and ``alternatives`` of one answer, as in :class:`promptmix.records.Completion`."""


class Answers(Protocol):
    """Where answers are looked up and kept."""

    asks: bool
    """Whether a question without an answer may be asked."""

    def get(self, key: str) -> Answer | None:
        """Return the answer under a key, or None."""

    def put(self, key: str, request: dict[str, Any], answer: Answer) -> None:
        """Keep a complete answer; the first one under a key stays."""


def path() -> Path:
    """Return the store's file: ``$PROMPTMIX_STORE``, or ``.cache/llm/answers.sqlite`` of the main repository."""
    return root() / (os.environ.get("PROMPTMIX_STORE") or ".cache/llm/answers.sqlite")


class Store:
    """The answers of one SQLite file; safe for threads and for several processes."""

    asks = True

    def __init__(self, path: Path) -> None:
        """Open the store, or make it.

        Raises:
            LLMError: the file cannot be opened, or is not a store.
        """
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS answers"
                " (key TEXT PRIMARY KEY, request TEXT, answer TEXT, digest TEXT, asked TEXT) WITHOUT ROWID"
            )
        except (OSError, sqlite3.Error) as error:
            raise LLMError(
                f"{path}: the response store cannot be opened ({error}); PROMPTMIX_STORE names another"
            ) from None

    def get(self, key: str) -> Answer | None:
        """Return the answer under a key; None where there is none or where it is damaged (it is then asked again)."""
        with self._lock:
            row = self._db.execute("SELECT answer, digest FROM answers WHERE key = ?", (key,)).fetchone()
        if row is None or _digest(row[0]) != row[1]:
            return None
        answer: Answer = json.loads(row[0])
        return answer

    def put(self, key: str, request: dict[str, Any], answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns. A sound answer that is already there stays."""
        if self.get(key) is not None:
            return
        text = json.dumps(answer, ensure_ascii=False)
        row = (
            key,
            json.dumps(request, ensure_ascii=False),
            text,
            _digest(text),
            datetime.now(UTC).isoformat("T", "seconds"),
        )
        try:
            with self._lock:
                self._db.execute(
                    "INSERT INTO answers VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE"
                    " SET answer = excluded.answer, digest = excluded.digest",
                    row,
                )
        except sqlite3.Error as error:
            raise LLMError(f"the response store cannot be written ({error}); what is in it is safe") from None

    def records(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        """Return key, request, answer and day of asking of the given keys, in key order, as a pack holds them.

        Raises:
            LLMError: an answer is missing or damaged.
        """
        found = []
        for key in sorted(set(keys)):
            if (answer := self.get(key)) is None:
                raise LLMError(
                    f"answer {key[:12]}… is not in the response store; run `dvc repro --force` to ask for it"
                )
            row = self._db.execute("SELECT request, asked FROM answers WHERE key = ?", (key,)).fetchone()
            found.append({"key": key, "asked": row[1][:10], "request": json.loads(row[0]), "answer": answer})
        return found


class Recorded:
    """The answers of all packs in a folder; a question that they do not hold is an error, never asked."""

    asks = False

    def __init__(self, folder: Path) -> None:
        """Read every ``*.jsonl.gz`` in the folder."""
        self._answers: dict[str, Answer] = {}
        for pack in sorted(folder.glob("*.jsonl.gz")):
            with gzip.open(pack, "rt", encoding="utf-8") as lines:
                for line in lines:
                    record = json.loads(line)
                    self._answers[record["key"]] = record["answer"]

    def get(self, key: str) -> Answer | None:
        """Return the recorded answer under a key, or None."""
        return self._answers.get(key)

    def put(self, key: str, request: dict[str, Any], answer: Answer) -> None:
        """Refuse: packs are made by ``make record``."""
        raise LLMError("recorded answers cannot be added to during a replay")


def write_pack(path: Path, records: Iterable[dict[str, Any]]) -> int:
    """Write records as one pack, byte-equal for equal records; returns how many."""
    # Keys keep their order: next tokens stand from the most probable to the least, and files made from them as well.
    lines = [json.dumps(record, ensure_ascii=False) + "\n" for record in records]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    return len(lines)


def _digest(answer: str) -> str:
    return hashlib.sha256(answer.encode("utf-8", "replace")).hexdigest()
