"""The engine against a server that fails in every way, over real HTTP: nothing lost, nothing twice, no hang."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from promptmix.core.errors import LLMError
from promptmix.llm.engine import rate_limit, workers
from promptmix.llm.store.database import Store
from promptmix.models.pretrained import Pretrained
from tests.support.asking_process import SETTINGS, ask
from tests.support.llm_server import FAULTS, Behavior, running

KEY = "sk-planted-0123456789abcdef"


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "answers.sqlite"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(workers, "FIRST_BACKOFF", 0.02)
    monkeypatch.setattr(workers, "LONGEST_BACKOFF", 0.2)
    monkeypatch.setattr(rate_limit, "DEFAULT_PAUSE", 0.02)


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")


def stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/stats") as reply:
        seen: dict[str, Any] = json.load(reply)
    return seen


def start(count: int, **changes: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.support.asking_process", "--count", str(count)]
    environment = os.environ | {"ASKING": json.dumps(changes)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def wait_for(process: "subprocess.Popen[str]", happened: Callable[[], Any]) -> None:
    while not happened():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.slow
def test_a_server_that_fails_at_every_third_request_still_gives_every_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = dict.fromkeys(FAULTS, 0.037) | {"hang": 0.005, "429_after": 0.002}
    settings = SETTINGS.model_copy(update={"timeout": 1.0, "concurrency": 32})
    with running(Behavior(latency=0.005, faults=faults, hang=20.0)) as url:
        use(url, monkeypatch)
        assert ask(1000, settings) == (1000, 1000)
        seen = stats(url)
    assert set(FAULTS) <= set(seen["outcomes"]), "every fault happened"
    assert max(seen["answered"].values()) <= 2, "a question was answered again after it was answered"
    assert seen["requests"] <= 1000 * (SETTINGS.retries + 1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("500", r"refused \(500\): busy; tried 3 times, and no other request was answered meanwhile"),
        ("drop", r"cannot be reached \(.*\); tried 3 times"),
        ("truncated", r"a reply that is not a JSON object .*; tried 3 times"),
        ("content_type", r"begins '<html>busy</html>'"),
        ("quota", r"refused \(429\): You exceeded your current quota$"),
        ("401", r"refused \(401\): Incorrect API key provided$"),
        ("404", r"refused \(404\): The model does not exist$"),
        ("too_long", r"maximum context length is 10 tokens; llm\.context says .*; 2\d of 2\d requests were refused"),
    ],
)
def test_a_fault_for_good_ends_the_run_soon_in_one_line(monkeypatch: pytest.MonkeyPatch, fault: str, said: str) -> None:
    settings = SETTINGS.model_copy(update={"retries": 2})
    began = time.monotonic()
    with running(Behavior(faults={fault: 1.0})) as url:
        use(url, monkeypatch)
        with pytest.raises(LLMError, match=said) as caught:
            ask(1000, settings)
        assert stats(url)["requests"] < 100
    assert time.monotonic() - began < 10
    assert "\n" not in str(caught.value)


def test_refused_questions_are_kept_as_refused_and_no_run_ends_by_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running(Behavior(faults={"filtered": 0.1, "too_long": 0.05})) as url:
        use(url, monkeypatch)
        assert ask(200) == (200, 200), "the right answer, or none"
        too_long = stats(url)["outcomes"]["too_long"]
        assert ask(200) == (too_long, 200), "the server may take longer prompts by then"
        assert stats(url)["requests"] == 200 + too_long
        answered = len(stats(url)["answered"])
    assert 100 < answered < 200
    assert Store(tmp_path / "answers.sqlite").spent().tokens == answered * 4


def test_a_time_limit_ends_the_run_and_keeps_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SETTINGS.model_copy(update={"time_limit": 3.0, "concurrency": 4})
    with running(Behavior(latency=0.1)) as url:
        use(url, monkeypatch)
        with pytest.raises(LLMError, match=r"time_limit of asking\.yaml is reached"):
            ask(1000, settings)
        before = len(stats(url)["answered"])
        assert 4 <= before <= 30 * 4 + 4, "four at a time, ten a second each, for three seconds"
        assert ask(before, settings)[0] <= 4


# 16 in flight meet the burst before the rate limiter can know of it: those, and no second wave, are refused.
@pytest.mark.parametrize(
    ("rate", "burst", "pause", "count"), [(50, 20, 0.5, 120), pytest.param(20, 5, 1.0, 48, marks=pytest.mark.slow)]
)
def test_all_workers_wait_where_the_server_limits_the_rate(
    monkeypatch: pytest.MonkeyPatch, rate: int, burst: int, pause: float, count: int
) -> None:
    with running(Behavior(latency=0.02, rate=rate, burst=burst, retry_after=pause)) as url:
        use(url, monkeypatch)
        assert ask(count) == (count, count)
        seen = stats(url)
    refused = seen["outcomes"]["429_after"]
    assert refused <= count / 2
    assert seen["requests"] == count + refused


def test_killed_again_and_again_only_what_was_in_flight_is_requested_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = random.Random(0)
    with running(Behavior(latency=0.1)) as url:
        use(url, monkeypatch)
        for _ in range(2):
            process = start(300)
            time.sleep(moments.uniform(1.0, 1.8))
            process.kill()
            process.communicate()
        said, _ = start(300).communicate()
        seen = stats(url)
    assert json.loads(said)["right"] == 300
    assert len(seen["answered"]) == 300
    assert sum(seen["answered"].values()) <= 300 + 2 * SETTINGS.concurrency


def test_two_processes_at_once_send_each_request_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Behavior(latency=0.05)) as url:
        use(url, monkeypatch)
        both = [start(500), start(500)]
        ended = [process.communicate() for process in both]
        assert [process.returncode for process in both] == [0, 0], ended
        said = [json.loads(out) for out, _ in ended]
        seen = stats(url)
    assert [each["right"] for each in said] == [500, 500]
    assert sum(each["asked"] for each in said) == 500
    assert min(each["asked"] for each in said) > 100, "the work was shared"
    assert sum(seen["answered"].values()) == seen["requests"] == 500


@pytest.mark.slow
def test_two_processes_with_a_budget_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together they could exceed it by what both have in flight."""
    with running(Behavior(latency=1.0)) as url:
        use(url, monkeypatch)
        first = start(100, budget=10_000)
        wait_for(first, lambda: stats(url)["requests"])
        both = [first, start(100, budget=10_000)]
        ended = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert sorted(json.loads(out)["asked"] for out, _ in ended) == [0, 100]
    assert [json.loads(out)["right"] for out, _ in ended] == [100, 100]
    assert sum("waits for another run" in said for _, said in ended) == 1


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_ends_soon_with_every_answer_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ending: signal.Signals
) -> None:
    with running(Behavior(latency=0.3)) as url:
        use(url, monkeypatch)
        process = start(500)
        wait_for(process, lambda: stats(url)["answered"])
        began = time.monotonic()
        process.send_signal(ending)
        _, said = process.communicate()
        took = time.monotonic() - began
        time.sleep(0.5)
        answered = len(stats(url)["answered"])
    assert took < 5
    assert process.returncode == 130
    assert "stopped; everything answered so far is kept" in said
    assert "Traceback" not in said
    assert Store(tmp_path / "answers.sqlite").spent().tokens == answered * 4, "those in flight were waited for"


def test_a_hanging_server_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Behavior(faults={"hang": 1.0}, hang=60.0)) as url:
        use(url, monkeypatch)
        process = start(20)
        wait_for(process, lambda: stats(url)["requests"])
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert time.monotonic() - began < 5


@pytest.mark.slow
def test_a_bundled_model_that_is_computing_does_not_hold_up_the_end(small_llm: Pretrained) -> None:
    process = start(0)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n", process.communicate()
    time.sleep(3)
    assert process.poll() is None, process.communicate()
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - began < 5
    assert process.returncode == 130
    assert "stopped; everything answered so far is kept" in said


def test_the_key_is_in_no_process_title(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Behavior(latency=0.2)) as url:
        use(url, monkeypatch)
        process = start(50)
        wait_for(process, lambda: stats(url)["answered"])
        titles = [file.read_bytes() for name in ("cmdline", "comm") for file in Path("/proc").glob(f"*/{name}")]
        process.communicate()
    assert any(b"asking_process" in title for title in titles), "the asking process was looked at"
    assert not any(KEY.encode() in title for title in titles)


def test_replies_that_were_paid_for_and_are_no_answer_count_as_spent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running(Behavior(faults={"empty": 0.3, "cut_by_filter": 0.1})) as url:
        use(url, monkeypatch)
        ask(200)
        seen = stats(url)
    assert {"empty", "cut_by_filter"} <= set(seen["outcomes"])
    assert Store(tmp_path / "answers.sqlite").spent().tokens == seen["tokens"]


def test_the_key_is_in_no_file_and_no_message(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running(Behavior(faults={"500": 0.2, "drop": 0.2, "filtered": 0.1})) as url:
        use(url, monkeypatch)
        process = start(50, retries=1)
        out, said = process.communicate()
    assert process.returncode == 1
    assert KEY not in out + said
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
