"""Batch files: submitted once, collected however the run ended, and what they leave out is sent live."""

from math import inf
from pathlib import Path

import pytest

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.engine import batch_files
from promptmix.llm.engine.prices import Price
from promptmix.llm.request import Sampling, key, request, seed
from promptmix.llm.store import usage_log
from promptmix.llm.store.database import Store
from promptmix.params import Limit
from tests.support.asking_process import MODEL, SETTINGS, questions
from tests.support.batch_server import Office, running
from tests.support.llm_server import answer

SAMPLING = Sampling("chat", 1.0, 1.0, 10)


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setattr(batch_files, "POLL", 0.01)


def ask(
    url: str,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    tokens: float = inf,
    *,
    batch_api: bool = True,
    time_limit: float | None = None,
) -> list[Completion]:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    settings = SETTINGS.model_copy(update={"time_limit": time_limit})
    client = Client(
        "t",
        MODEL.identity("stub"),
        store,
        lambda: open_endpoint(MODEL, settings),
        settings,
        limit=Limit(tokens, inf),
        price=Price(1e-3, 1e-3, 1e-3),
        batch_api=batch_api,
    )
    with client:
        return list(client.ask(questions(count), SAMPLING))


def right(completions: list[Completion]) -> bool:
    identity = MODEL.identity("stub")
    return all(
        completion.text == answer(question.text, seed(key(request(identity, question, SAMPLING))))
        for question, completion in zip(questions(len(completions)), completions, strict=True)
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.sqlite")


def test_a_batch_gives_every_answer_in_place_at_half_the_price(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    with running(office) as url:
        assert right(ask(url, store, monkeypatch, 40))
        assert right(ask(url, store, monkeypatch, 40))
    assert (len(office.batches), office.live) == (1, [])
    assert store.spent().tokens == 160
    assert store.spent().dollars == pytest.approx(0.08)
    assert store.batches() == {}


def test_what_a_batch_could_not_answer_is_sent_live(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office(odd=10)
    with running(office) as url:
        assert right(ask(url, store, monkeypatch, 40))
    assert sorted(office.live) == [f"question {n}" for n in (19, 29, 39, 9)]


def test_a_filtered_reply_of_a_batch_is_kept_as_refused_and_counted_at_the_batch_price(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(filtered=10)
    with running(office) as url:
        completions = ask(url, store, monkeypatch, 40)
    assert sum(each.finish == "refused" for each in completions) == 4
    assert office.live == []
    assert store.spent().tokens == 40 * 4, "the 4 filtered replies were paid for too"
    assert store.spent().dollars == pytest.approx(40 * 4 * 0.5e-3)
    assert usage_log.totals()["prompt_tokens"] == 40 * 2


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_a_batch_without_answers_is_sent_live(store: Store, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    office = Office(status=status)
    with running(office) as url:
        assert right(ask(url, store, monkeypatch, 5))
    assert len(office.live) == 5
    assert store.batches() == {}


def test_a_batch_that_failed_is_reported_and_submitted_again_by_the_next_run(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(status="failed")
    with running(office) as url:
        with pytest.raises(LLMError, match=r"batch_0 failed: the server does not say why; nothing was answered"):
            ask(url, store, monkeypatch, 5)
        office.status = "completed"
        assert right(ask(url, store, monkeypatch, 5))
    assert (len(office.batches), office.live) == (2, [])


def test_a_batch_in_progress_is_collected_in_any_mode_and_as_a_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office = Office(looks=10**9)
    with running(office) as url:
        with pytest.raises(LLMError, match=r"time_limit of asking\.yaml is reached.* batch_0 is collected then"):
            ask(url, store, monkeypatch, 10, time_limit=0.2)
        office.looks = 1
        assert right(ask(url, Store(tmp_path / "s.sqlite"), monkeypatch, 2, batch_api=False))
    assert store.spent().tokens == 40, "all ten are kept"
    assert (len(office.batches), office.live) == (1, [])


def test_a_batch_that_the_server_has_forgotten_is_sent_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_batch("batch_lost", {key(request(MODEL.identity("stub"), questions(1)[0], SAMPLING)): {}})
    office = Office()
    with running(office) as url:
        assert right(ask(url, store, monkeypatch, 3))
    assert store.batches() == {}


def test_a_run_that_ended_meanwhile_is_resumed_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    office = Office(looks=3)
    with running(office) as url:
        with monkeypatch.context() as patched:
            patched.setattr("promptmix.llm.engine.batch_files.time.sleep", interrupt)
            with pytest.raises(KeyboardInterrupt):
                ask(url, store, monkeypatch, 10)
        assert list(store.batches()) == ["batch_0"]
        assert right(ask(url, Store(tmp_path / "s.sqlite"), monkeypatch, 12))
    assert [len(office.files[batch["input_file_id"]].splitlines()) for batch in office.batches.values()] == [10, 2]
    assert office.live == []


def test_a_long_list_is_cut_into_files(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_files, "MOST", 7)
    monkeypatch.setattr(batch_files, "MOST_BYTES", 1500)
    office = Office()
    with running(office) as url:
        assert right(ask(url, store, monkeypatch, 20))
    assert 3 < len(office.batches) <= 20


def test_a_server_without_batches_is_reported_in_one_line(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.BaseClient._calculate_retry_timeout", lambda *_, **__: 0.0)
    with pytest.raises(LLMError, match=r"batch: http://127\.0\.0\.1:9/v1 cannot be reached"):
        ask("http://127.0.0.1:9/v1", store, monkeypatch, 2)


def test_a_batch_that_could_exceed_the_budget_is_not_submitted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office()
    with running(office) as url, pytest.raises(LLMError, match=r"llm\.budget: 0 of 100 tokens are spent"):
        ask(url, store, monkeypatch, 40, tokens=100)
    assert office.batches == {}


def test_what_is_left_out_of_a_batch_is_stored_with_its_requests(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Office()) as url:
        store.keep_changes(url, MODEL.name, [["temperature", "left out", None]])
        keys = [each.key for each in ask(url, store, monkeypatch, 2)]
    assert [each["request"]["changes"] for each in store.records(keys)] == [["temperature left out"]] * 2
