"""Cached vectors: those that would be computed, whatever happens to the file and whoever writes it."""

import sqlite3
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix.models import vector_cache
from promptmix.models.vector_cache import VectorCache, cache_path

TEXTS = [f"text {n}" for n in range(1200)] + ["", "\ud800 half a pair", "línea\nnueva"]


def vectors(texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    return {text: np.random.default_rng(len(text)).normal(size=4).astype(np.float32) + len(text) for text in texts}


def put(path: Path, start: int) -> None:
    """Write 10 times 20 vectors, as one of several processes."""
    for n in range(start, start + 200, 20):
        VectorCache(path, "e").put(vectors(TEXTS[n : n + 20]))


def test_vectors_come_back_to_the_bit_and_those_of_other_texts_or_encoders_do_not(tmp_path: Path) -> None:
    VectorCache(tmp_path / "v", "one").put(vectors(TEXTS))
    found = VectorCache(tmp_path / "v", "one").get([*TEXTS, "another"])
    assert found.keys() == set(TEXTS)
    assert all(found[text].tobytes() == vector.tobytes() for text, vector in vectors(TEXTS).items())
    assert VectorCache(tmp_path / "v", "two").get(TEXTS) == {}


def test_looking_for_a_vector_makes_no_file(tmp_path: Path) -> None:
    assert VectorCache(tmp_path / "folder" / "v", "e").get(TEXTS) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_vector_is_left_out_and_replaced(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path / "v", "e")
    cache.put(vectors("ab"))
    with closing(sqlite3.connect(tmp_path / "v")) as db, db:
        db.execute("UPDATE vectors SET vector = zeroblob(16) WHERE rowid = 1")
        db.execute("UPDATE vectors SET vector = 'text' WHERE rowid = 2")
    assert cache.get("ab") == {}
    cache.put(vectors("ab"))
    assert cache.get("ab").keys() == {"a", "b"}


def test_several_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        list(pool.map(put, [tmp_path / "v"] * 3, [0, 100, 300]))
    assert VectorCache(tmp_path / "v", "e").get(TEXTS[:500]).keys() == set(TEXTS[:500])


@pytest.mark.parametrize("damage", ["no database", "a folder"])
def test_a_file_that_cannot_be_used_is_one_line_and_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    path = tmp_path / "v"
    path.mkdir() if damage == "a folder" else path.write_bytes(b"no database " * 1000)
    VectorCache(path, "e").put(vectors("a"))
    assert VectorCache(path, "e").get("a") == {}
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "cached vectors cannot be written (" in said[0]
    assert "cached vectors cannot be read (" in said[1]


def test_the_oldest_vectors_are_deleted_where_the_file_grows_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_cache, "MOST_BYTES", 100_000)
    cache = VectorCache(tmp_path / "v", "e")
    for start in range(0, 1200, 100):
        cache.put(vectors(TEXTS[start : start + 100]))
    found = cache.get(TEXTS[:1200])
    assert 300 < len(found) < 1100
    assert set(TEXTS[1100:1200]) <= found.keys(), "the latest stay"
    assert TEXTS[0] not in found
    assert (tmp_path / "v").stat().st_size < 200_000


def test_the_file_is_beside_the_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTMIX_ROOT", str(tmp_path))
    monkeypatch.delenv("PROMPTMIX_STORE", raising=False)
    assert cache_path() == tmp_path / ".cache/llm/vectors.sqlite"
    monkeypatch.setenv("PROMPTMIX_STORE", "/elsewhere/mine.sqlite")
    assert cache_path() == Path("/elsewhere/vectors.sqlite")
