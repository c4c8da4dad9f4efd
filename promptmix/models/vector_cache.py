"""Vectors of texts that were encoded before, in one SQLite file beside the stored answers, shared by all runs.

A vector is under a hash of all that decides its bytes, so what is found is what would be computed. The file may be
deleted at any time. Where it cannot be read or written, one line says so, and vectors are computed as without it.
"""

import hashlib
import os
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from promptmix.core.files import root

TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB, digest BLOB)"
ROWS_OF = "SELECT key, CAST(vector AS BLOB), digest FROM vectors WHERE key IN"  # a damaged one may be of another type
MOST_BYTES = 1 << 30  # 340,000 vectors of 768 dimensions; beyond this the oldest quarter is deleted
AT_ONCE = 500  # keys in one query


def cache_path() -> Path:
    """Return the cache's file: ``vectors.sqlite`` in the folder of the response store."""
    answers = root() / (os.environ.get("PROMPTMIX_STORE") or ".cache/llm/answers.sqlite")
    return answers.with_name("vectors.sqlite")


class VectorCache:
    """The vectors of one encoder in one file; safe for several processes at once."""

    def __init__(self, path: Path, encoder: str) -> None:
        """Remember the file; nothing is opened yet. ``encoder`` says all that decides a text's vector."""
        self._path, self._encoder = path, encoder

    def get(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of those texts that have one; a damaged one is left out, to be computed again."""
        keys = {self._key(text): text for text in texts}
        found = dict[str, NDArray[np.float32]]()
        try:
            if not self._path.exists():
                return found
            with closing(self._opened()) as db:
                for start in range(0, len(keys), AT_ONCE):
                    some = [*keys][start : start + AT_ONCE]
                    marks = ",".join("?" * len(some))
                    for key, vector, digest in db.execute(f"{ROWS_OF} ({marks})", some):
                        if digest == _digest(key, vector):
                            found[keys[key]] = np.frombuffer(vector, "<f4")
        except (OSError, sqlite3.Error) as error:
            self._warn("read", error)
        return found

    def put(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Keep the vectors of texts; they are on disk when this returns."""
        rows = [(self._key(text), vector.astype("<f4").tobytes()) for text, vector in vectors.items()]
        try:
            with closing(self._opened()) as db:
                db.execute("BEGIN IMMEDIATE")
                db.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                    [(key, vector, _digest(key, vector)) for key, vector in rows],
                )
                _prune(db)
                db.execute("COMMIT")
        except (OSError, sqlite3.Error) as error:
            self._warn("written", error)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._encoder}\n{text}".encode("utf-8", "surrogatepass")).digest()

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=60, isolation_level=None)
        try:
            # SQLite does not wait when two processes change the journal mode of a new file at the same moment.
            with FileLock(f"{self._path}.opening"):
                db.execute("PRAGMA journal_mode=WAL")
                db.execute(TABLE)
        except BaseException:
            db.close()
            raise
        return db

    def _warn(self, done: str, error: Exception) -> None:
        sys.stderr.write(f"{self._path}: cached vectors cannot be {done} ({error}); the file may be deleted\n")


def _digest(key: bytes, vector: bytes) -> bytes:
    return hashlib.sha256(key + vector).digest()[:8]


def _prune(db: sqlite3.Connection) -> None:
    """Delete the oldest quarter of all vectors, of whatever encoder, where there are too many bytes of them."""
    pages = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")]
    if (pages[0] - pages[1]) * pages[2] > MOST_BYTES:
        oldest = "SELECT rowid FROM vectors ORDER BY rowid LIMIT (SELECT count(*) / 4 FROM vectors)"
        db.execute(f"DELETE FROM vectors WHERE rowid IN ({oldest})")
