"""The response store: every complete answer is kept forever, under a hash of everything that decides it.

One SQLite file outside the DVC graph, shared by all runs and queued experiments of a repository (``DVC_ROOT``). SQLite
is safe for several processes at once, survives ``kill -9`` at any moment, and finds one of a million answers in
microseconds without reading them first (benchmarks/store.py). A person can read it:
``sqlite3 .cache/llm/answers.sqlite 'select request, answer, asked from answers'``.
"""

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from promptmix.core.errors import LLMError
from promptmix.core.files import root
from promptmix.llm.store.entries import TOKENS, Answer, Paid, Spent, StoredAnswer, digest
from promptmix.llm.store.process_lock import ProcessLock

TABLES = """
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, request TEXT, answer TEXT, digest TEXT, asked TEXT);
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (model TEXT PRIMARY KEY, answers INT, prompt_tokens INT, cached_tokens INT,
                                  completion_tokens INT, dollars REAL, seconds REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (id TEXT PRIMARY KEY, requests TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (server TEXT, model TEXT, changes TEXT, PRIMARY KEY (server, model)) WITHOUT ROWID;
"""


def store_path() -> Path:
    """Return the store's file: ``$PROMPTMIX_STORE``, or ``.cache/llm/answers.sqlite`` of the main repository."""
    return root() / (os.environ.get("PROMPTMIX_STORE") or ".cache/llm/answers.sqlite")


class Store:
    """The answers of one SQLite file; safe for threads and for several processes."""

    def __init__(self, path: Path) -> None:
        """Open the store, or create it.

        Raises:
            LLMError: the file cannot be opened, or is not a store.
        """
        self.path = path
        self._lock = threading.Lock()
        self._process: ProcessLock | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = _opened(path)
        except (OSError, sqlite3.Error) as error:
            raise LLMError(
                f"{path}: the response store cannot be opened ({error}); PROMPTMIX_STORE names another"
            ) from None

    def get(self, key: str) -> Answer | None:
        """Return the answer under a key; None where there is none, or a damaged one (which is then requested again)."""
        rows = self.rows("SELECT answer, digest FROM answers WHERE key = ?", (key,))
        if not rows or digest(rows[0][0]) != rows[0][1]:
            return None
        answer: Answer = json.loads(rows[0][0])
        return answer

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return all rows of a query that changes nothing.

        Raises:
            LLMError: the file cannot be read.
        """
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise LLMError(
                f"{self.path}: the response store cannot be read ({error}); move it away, `promptmix reuse` and"
                " `promptmix answers merge` bring back the answers that were shared or packed"
            ) from None

    def put(self, entries: Sequence[StoredAnswer], wasted: Sequence[Paid] = ()) -> None:
        """Store answers and what they cost; they are on disk when this returns. Intact answers already there stay.

        Args:
            entries: The answers.
            wasted: Replies that were paid for and are of no use: counted, not stored.
        """
        asked = datetime.now(UTC).isoformat("T", "seconds")
        with self._writing():
            self._insert((entry, asked) for entry in entries)
            self._count([entry.paid for entry in entries], answers=1)
            self._count(wasted, answers=0)
            self._db.executemany("DELETE FROM claims WHERE key = ?", [(entry.key,) for entry in entries])

    def add(self, records: Iterable[Mapping[str, Any]]) -> int:
        """Add answers that somebody else paid for, as :meth:`records` returns them; returns how many were new."""
        with self._writing():
            return self._insert(
                (StoredAnswer(record["key"], record["request"], record["answer"]), record["asked"])
                for record in records
            )

    def claim(self, keys: Sequence[str]) -> set[str]:
        """Return the keys that this process may request: neither answered nor claimed by another living process.

        Claims end with the answer, with :meth:`release`, or with the process, however it ends.
        """
        process = self._process_lock()
        marks = ",".join("?" * len(keys))
        with self._writing():
            owners = dict(self._db.execute(f"SELECT key, owner FROM claims WHERE key IN ({marks})", keys))
            lost = {owner for owner in set(owners.values()) if not process.alive(owner)}
            self._db.executemany("DELETE FROM claims WHERE owner = ?", [(owner,) for owner in lost])
            taken = {key for key, owner in owners.items() if owner not in {*lost, process.name}}
            whole = f"SELECT key FROM answers WHERE key IN ({marks}) AND sha256(CAST(answer AS BLOB)) = digest"
            taken |= {row[0] for row in self._db.execute(whole, keys)}
            free = [key for key in keys if key not in taken]
            rows = [(key, process.name) for key in free]
            self._db.executemany("INSERT OR REPLACE INTO claims VALUES (?, ?)", rows)
        return set(free)

    def _process_lock(self) -> ProcessLock:
        """Return the lock under whose name this process claims, taken on the first claim."""
        folder = self.path.with_name(self.path.name + ".askers")
        try:
            with self._lock:
                self._process = self._process or ProcessLock(folder)
            return self._process
        except OSError as error:
            raise LLMError(f"{folder}: cannot be written ({error}); what is in the response store is safe") from None

    def release(self) -> None:
        """Release all claims of this process."""
        if self._process is not None:
            with self._writing():
                self._db.execute("DELETE FROM claims WHERE owner = ?", (self._process.name,))
            self._process.close()
            self._process = None

    def spent(self) -> Spent:
        """Return what was paid through this store so far."""
        (row,) = self.rows("SELECT total(prompt_tokens + completion_tokens), total(dollars) FROM spent")
        return Spent(int(row[0]), float(row[1]))

    def pace(self, model: str) -> float | None:
        """Return the mean seconds from request to answer of a model, over all runs; None where it has answered none."""
        rows = self.rows("SELECT seconds, answers FROM spent WHERE model = ? AND seconds > 0", (model,))
        return float(rows[0][0]) / rows[0][1] if rows else None

    def characters_a_token(self, model: str, sample: int) -> float | None:
        """Return the mean characters per prompt token in up to ``sample`` answers; None where there are none."""
        query = (
            "SELECT json_extract(request, '$.text'), json_extract(answer, '$.usage.prompt_tokens') FROM answers"
            " WHERE json_extract(request, '$.model.name') = ? LIMIT ?"
        )
        rows = self.rows(query, (model, sample))
        tokens = sum(count for _, count in rows)
        return sum(len(text) for text, _ in rows) / tokens if tokens else None

    def changes(self, server: str, model: str) -> list[list[Any]]:
        """Return what was learned about the fields that a server takes for a model; empty where nothing was."""
        rows = self.rows("SELECT changes FROM changes WHERE server = ? AND model = ?", (server, model))
        return list(json.loads(rows[0][0])) if rows else []

    def keep_changes(self, server: str, model: str, changes: Sequence[Sequence[Any]]) -> None:
        """Keep what was learned about the fields that a server takes for a model, behind what others have learned."""
        with self._writing():
            query = "SELECT changes FROM changes WHERE server = ? AND model = ?"
            known = [each for row in self._db.execute(query, (server, model)) for each in json.loads(row[0])]
            changes = known + [list(each) for each in changes if list(each) not in known]
            self._db.execute("INSERT OR REPLACE INTO changes VALUES (?, ?, ?)", (server, model, json.dumps(changes)))

    def forget(self, keys: Iterable[str]) -> None:
        """Forget answers, so that they are requested again."""
        with self._writing():
            self._db.executemany("DELETE FROM answers WHERE key = ?", ((key,) for key in keys))

    def batches(self) -> dict[str, dict[str, Any]]:
        """Return the batches that were submitted and not collected yet: id to key to request."""
        rows = self.rows("SELECT id, requests FROM batches ORDER BY id")
        return {id: json.loads(requests) for id, requests in rows}

    def add_batch(self, id: str, requests: Mapping[str, Any]) -> None:
        """Record a batch that was submitted, with the request under each key."""
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO batches VALUES (?, ?)", (id, json.dumps(requests)))

    def forget_batch(self, id: str) -> None:
        """Forget a batch whose answers were stored."""
        with self._writing():
            self._db.execute("DELETE FROM batches WHERE id = ?", (id,))

    def records(self, keys: Iterable[str]) -> list[dict[str, Any]]:
        """Return key, request, answer and day of the request of the given keys, in key order, as a pack holds them.

        Raises:
            LLMError: an answer is missing or damaged.
        """
        found = []
        for key in sorted(set(keys)):
            if (answer := self.get(key)) is None:
                raise LLMError(f"answer {key[:12]}… is not in the response store; `dvc repro --force` requests it")
            (row,) = self.rows("SELECT request, asked FROM answers WHERE key = ?", (key,))
            found.append({"key": key, "asked": row[1][:10], "request": json.loads(row[0]), "answer": answer})
        return found

    def _insert(self, rows: Iterable[tuple[StoredAnswer, str]]) -> int:
        """Write answers and the times of their requests; returns how many were new or replaced a damaged one."""
        before = self._db.total_changes
        self._db.executemany(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET request = excluded.request,"
            " answer = excluded.answer, digest = excluded.digest"
            " WHERE sha256(CAST(answers.answer AS BLOB)) != answers.digest",
            (_row(entry, asked) for entry, asked in rows),
        )
        return self._db.total_changes - before

    def _count(self, replies: Sequence[Paid], *, answers: int) -> None:
        """Add up what replies cost, each counted as ``answers`` answers."""
        for model in {reply.model for reply in replies}:
            mine = [reply for reply in replies if reply.model == model]
            tokens = [sum(reply.usage.get(kind, 0) for reply in mine) for kind in TOKENS]
            paid = sum(reply.dollars for reply in mine), sum(reply.seconds for reply in mine)
            self._db.execute("INSERT OR IGNORE INTO spent VALUES (?, 0, 0, 0, 0, 0, 0)", (model,))
            self._db.execute(
                "UPDATE spent SET answers = answers + ?, prompt_tokens = prompt_tokens + ?,"
                " cached_tokens = cached_tokens + ?, completion_tokens = completion_tokens + ?, dollars = dollars + ?,"
                " seconds = seconds + ? WHERE model = ?",
                (answers * len(mine), *tokens, *paid, model),
            )

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Make changes that are committed together or not at all."""
        try:
            with self._lock:
                try:
                    self._db.execute("BEGIN IMMEDIATE")
                    yield
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:  # a full disk has rolled it back already
                        self._db.execute("ROLLBACK")
                    raise
        except sqlite3.Error as error:
            raise LLMError(f"the response store cannot be written ({error}); what is in it is safe") from None


def _opened(path: Path) -> sqlite3.Connection:
    """Open a store's file, or create it."""
    db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
    # A damaged answer may no longer be UTF-8; its digest then shows it.
    db.text_factory = lambda data: data.decode("utf-8", "replace")
    db.create_function("sha256", 1, lambda data: hashlib.sha256(data).hexdigest(), deterministic=True)
    # SQLite does not wait when two processes change the journal mode of a new file at the same moment.
    with FileLock(f"{path}.opening"):
        db.execute("PRAGMA journal_mode=WAL")
        db.executescript(TABLES)
    return db


def _row(entry: StoredAnswer, asked: str) -> tuple[str, str, str, str, str]:
    text = json.dumps(entry.answer, ensure_ascii=False)
    return entry.key, json.dumps(entry.request, ensure_ascii=False), text, digest(text), asked
