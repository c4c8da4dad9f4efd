"""The response store keeps every answer and gives back nothing that is not whole."""

import gzip
import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptmix.core.errors import LLMError
from promptmix.llm.request import key
from promptmix.llm.store import packs
from promptmix.llm.store.database import Store, store_path
from promptmix.llm.store.entries import StoredAnswer
from promptmix.llm.store.packs import Recorded

ANSWER = {
    "text": "wo ist mein Paket? 📦",
    "finish": "stop",
    "usage": {"prompt_tokens": 3, "completion_tokens": 5},
    "alternatives": {},
}
MODEL = {"name": "m", "endpoint": "bundled", "files": "abc"}


REQUEST = {"model": MODEL, "text": "hello"}
KEY = key(REQUEST)


def entry(key: str, answer: dict[str, Any] = ANSWER) -> StoredAnswer:
    return StoredAnswer(key, REQUEST, answer)


def damaged(file: Path, change: str) -> Store:
    """Return a store whose one answer, under "k", is what a change in SQL makes of it."""
    store = Store(file)
    store.put([entry("k")])
    with sqlite3.connect(file) as database:
        database.execute(f"UPDATE answers SET answer = {change}")
    return store


def test_an_answer_is_found_again_by_a_second_process(tmp_path: Path) -> None:
    Store(tmp_path / "s.sqlite").put([entry("k")])
    assert Store(tmp_path / "s.sqlite").get("k") == ANSWER
    assert Store(tmp_path / "s.sqlite").get("other") is None


def test_a_damaged_answer_is_not_served_and_can_be_replaced(tmp_path: Path) -> None:
    store = damaged(tmp_path / "s.sqlite", "replace(answer, 'Paket', 'Haus')")
    assert store.get("k") is None
    store.put([entry("k")])
    assert store.get("k") == ANSWER


def test_a_file_that_is_no_store_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_text("not a database, but long enough to look like a file of some kind" * 20)
    with pytest.raises(LLMError, match=r"s\.sqlite: the response store cannot be opened .*PROMPTMIX_STORE"):
        Store(tmp_path / "s.sqlite")


def test_the_first_answer_under_a_key_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put([entry("k")])
    store.put([entry("k", ANSWER | {"text": "another"})])
    assert store.get("k") == ANSWER


def test_a_pack_is_not_made_of_answers_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match=r"answer 012345678901… is not in the response store"):
        Store(tmp_path / "s.sqlite").records(["0123456789012345"])


def _write_for_ever(file: Path) -> None:
    store = Store(file)
    for number in range(10**9):
        store.put([entry(f"{number:09}")])
        (file.parent / "last").write_text(f"{number:09}")


def test_kill_9_in_the_middle_of_writing_loses_no_answer_that_was_acknowledged(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(tmp_path / "s.sqlite",))
    process.start()
    while not (tmp_path / "last").exists() or (tmp_path / "last").read_text() < "000000050":
        time.sleep(0.01)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    last = (tmp_path / "last").read_text() or "000000049"
    store = Store(tmp_path / "s.sqlite")
    assert all(store.get(f"{number:09}") == ANSWER for number in range(int(last) + 1))


def test_the_store_lies_in_the_main_repository_even_in_a_queued_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROMPTMIX_STORE", raising=False)
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert store_path() == tmp_path / ".cache" / "llm" / "answers.sqlite"
    monkeypatch.setenv("PROMPTMIX_STORE", "mine/a.sqlite")
    assert store_path() == tmp_path / "mine" / "a.sqlite"
    monkeypatch.setenv("PROMPTMIX_STORE", "/elsewhere/a.sqlite")
    assert store_path() == Path("/elsewhere/a.sqlite")


def test_a_pack_holds_what_was_asked_and_is_byte_equal_for_equal_answers(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    for name in "ba":
        store.put([StoredAnswer(name, {"model": MODEL, "text": name}, ANSWER)])
    assert packs.write_pack(tmp_path / "1.jsonl.gz", store.records("ab")) == 2
    packs.write_pack(tmp_path / "2.jsonl.gz", store.records("ba"))
    assert (tmp_path / "1.jsonl.gz").read_bytes() == (tmp_path / "2.jsonl.gz").read_bytes()
    first = json.loads(gzip.decompress((tmp_path / "1.jsonl.gz").read_bytes()).splitlines()[0])
    assert first["request"] == {"model": MODEL, "text": "a"}
    assert len(first["asked"]) == len("2026-01-31")


def test_next_tokens_come_out_of_a_pack_in_the_order_of_their_probability(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put([entry(KEY, ANSWER | {"alternatives": {" z": -0.1, " a": -2.0}})])
    packs.write_pack(tmp_path / "p.jsonl.gz", store.records([KEY]))
    assert list((Recorded(tmp_path).get(KEY) or {})["alternatives"]) == [" z", " a"]


def test_recorded_answers_are_read_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put([entry(KEY)])
    packs.write_pack(tmp_path / "p.jsonl.gz", store.records([KEY]))
    recorded = Recorded(tmp_path)
    assert recorded.get(KEY) == ANSWER
    assert recorded.get("other") is None
    assert not hasattr(recorded, "put")


def test_a_damaged_pack_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "p.jsonl.gz").write_bytes(gzip.compress(b'{"key": "k"}\n'))
    with pytest.raises(LLMError, match=r"p\.jsonl\.gz:1: not a recorded answer"):
        Recorded(tmp_path)
    packs.write_pack(
        tmp_path / "p.jsonl.gz", [{"key": "0", "asked": "2026-01-31", "request": REQUEST, "answer": ANSWER}]
    )
    with pytest.raises(LLMError, match=r"p\.jsonl\.gz:1: this answer's request was changed: its key does not match"):
        Recorded(tmp_path)
    (tmp_path / "p.jsonl.gz").write_bytes(gzip.compress(b"x" * 1000)[:20])
    with pytest.raises(LLMError, match=r"p\.jsonl\.gz: cannot be read as a pack of answers"):
        Recorded(tmp_path)


def test_an_answer_that_is_no_longer_text_is_not_served_and_is_requested_again(tmp_path: Path) -> None:
    store = damaged(tmp_path / "s.sqlite", "CAST(X'7bff' AS TEXT)")
    assert store.get("k") is None
    assert store.claim(["k"]) == {"k"}
    store.put([entry("k")])
    assert store.get("k") == ANSWER


def test_a_question_is_claimed_by_one_process_and_released_when_it_ends(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "s.sqlite"), Store(tmp_path / "s.sqlite")
    assert one.claim(["a", "b"]) == {"a", "b"}
    assert one.claim(["a"]) == {"a"}, "a claim is no obstacle to its owner"
    assert two.claim(["b", "c"]) == {"c"}
    one.put([entry("a")])
    assert two.claim(["a", "b"]) == set(), "a is answered, b is still claimed"
    one.release()
    assert two.claim(["a", "b"]) == {"b"}


def _claim_and_die(file: Path) -> None:
    assert Store(file).claim(["a"]) == {"a"}
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_claims_of_a_killed_process_are_free(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_claim_and_die, args=(tmp_path / "s.sqlite",))
    process.start()
    process.join()
    assert Store(tmp_path / "s.sqlite").claim(["a"]) == {"a"}
    assert len(list((tmp_path / "s.sqlite.askers").iterdir())) == 1, "the lock of the dead process is gone"


def test_what_was_paid_is_counted_and_what_was_merged_is_not(tmp_path: Path) -> None:
    store, mine = Store(tmp_path / "s.sqlite"), Store(tmp_path / "mine.sqlite")
    store.put([entry("a")._replace(dollars=0.25), entry("b")._replace(dollars=0.5)])
    assert store.spent() == (16, 0.75)
    assert mine.add(store.records("ab")) == 2
    assert mine.add(store.records("ab")) == 0
    assert (mine.spent(), mine.get("a")) == ((0, 0.0), ANSWER)


def test_a_full_disk_loses_nothing_that_was_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put([entry("a")])
    store._db.execute("PRAGMA max_page_count = 20")
    with pytest.raises(LLMError, match=r"cannot be written \(.*full\); what is in it is safe"):
        store.put([entry(f"{n}", ANSWER | {"text": "long " * 1000}) for n in range(100)])
    assert store.get("a") == ANSWER
    assert store.get("0") is None, "a batch is kept as a whole or not at all"


@given(st.text(), st.text())
@settings(max_examples=50)
def test_any_text_comes_back_to_the_letter(tmp_path_factory: pytest.TempPathFactory, asked: str, said: str) -> None:
    store = Store(tmp_path_factory.mktemp("any") / "s.sqlite")
    said = said.encode("utf-8", "replace").decode()
    asked = asked.encode("utf-8", "replace").decode()
    request = {"model": MODEL, "text": asked}
    store.put([StoredAnswer(key(request), request, ANSWER | {"text": said})])
    assert (store.get(key(request)) or {})["text"] == said
    assert packs.write_pack(tmp_path_factory.getbasetemp() / "any.jsonl.gz", store.records([key(request)])) == 1
    (record,) = packs.read_pack(tmp_path_factory.getbasetemp() / "any.jsonl.gz")
    assert (record["request"]["text"], record["answer"]["text"]) == (asked, said)


def test_a_megabyte_is_kept(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.sqlite")
    store.put([entry("k", ANSWER | {"text": "\x00\u2028é" * 300_000})])
    assert len((store.get("k") or {})["text"]) == 900_000


OPEN_MANY = """
import sys, time
from pathlib import Path
from promptmix.llm.store.database import Store
for n in range(40):
    time.sleep(max(0, float(sys.argv[2]) + n / 40 - time.time()))
    Store(Path(sys.argv[1]) / f"{n}.sqlite")
"""


def test_a_new_store_may_be_opened_by_several_processes_at_the_same_moment(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_MANY, str(tmp_path), str(time.time() + 1)]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[1] for process in both] == ["", "", ""]


def test_a_place_where_nobody_can_claim_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite.askers").write_text("in the way", encoding="utf-8")
    with pytest.raises(LLMError, match=r"s\.sqlite\.askers: cannot be written \(.*File exists"):
        Store(tmp_path / "s.sqlite").claim(["a"])
