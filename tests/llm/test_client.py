"""The client: nothing is requested twice, nothing lost, answers come in the order of the questions."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

import pytest

from promptmix import params
from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question
from promptmix.llm.client import Client, open_client
from promptmix.llm.endpoints.failures import FailureKind, RequestFailed
from promptmix.llm.engine import progress
from promptmix.llm.engine.prices import Price
from promptmix.llm.request import Sampling
from promptmix.llm.store import usage_log
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import Answer
from promptmix.llm.store.packs import Recorded
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking, Limit

SAMPLING = Sampling("chat", 1.0, 1.0, 10)
MODEL = {"name": "scripted", "endpoint": "bundled", "files": ""}
SETTINGS = Asking(
    concurrency=4, timeout=60.0, time_limit=None, retries=0, requests_per_minute=None, tokens_per_minute=None, threads=1
)


class ScriptedEndpoint:
    """Answers "re: QUESTION", remembers what came, and refuses one text."""

    def __init__(
        self, workers: int = 4, refuse: str = "", kind: FailureKind = FailureKind.FATAL, cause: str = "odd"
    ) -> None:
        self.workers, self.refuse, self.kind, self.cause = workers, refuse, kind, cause
        self.asked: list[str] = []
        self.opened = self.closed = 0
        self._lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator["ScriptedEndpoint"]:
        self.opened += 1
        yield self
        self.closed += 1

    def answer(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        with self._lock:
            self.asked.append(question.text)
        if question.text == self.refuse:
            time.sleep(0.1)  # others are answered meanwhile
            raise RequestFailed(self.kind, self.cause, "refused: odd")
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        text = f"re: {question.text}/{question.draw}"
        return {"text": text, "finish": "stop", "usage": usage, "alternatives": {}}, None


class ListingClient(Client):
    """A client whose completions are all taken at once."""

    def __enter__(self) -> "ListingClient":
        return self

    def all(self, questions: list[Question]) -> list[Completion]:
        return list(self.ask(questions, SAMPLING))


def stage(
    store: Store | Recorded,
    endpoint: ScriptedEndpoint,
    limit: Limit | None = None,
    name: str = "t",
) -> ListingClient:
    return ListingClient(name, MODEL, store, endpoint.open, SETTINGS, limit=limit, price=Price(1e-6, 1e-6, 1e-6))


def questions(*texts: str) -> list[Question]:
    return [Question(id=f"q{n}", text=text, shared=0, draw=0) for n, text in enumerate(texts)]


@pytest.fixture(autouse=True)
def _tally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.sqlite")


def test_answers_come_in_the_order_of_the_questions(store: Store) -> None:
    endpoint = ScriptedEndpoint()
    with stage(store, endpoint) as client:
        completions = client.all(questions(*"zyxabc"))
    assert [c.text for c in completions] == [f"re: {t}/0" for t in "zyxabc"]
    assert [c.prompt_id for c in completions] == [f"q{n}" for n in range(6)]


def test_a_second_run_requests_nothing_and_opens_nothing(store: Store) -> None:
    with stage(store, ScriptedEndpoint()) as client:
        first = client.all(questions("a", "b"))
    endpoint = ScriptedEndpoint()
    with stage(store, endpoint) as client:
        assert client.all(questions("a", "b")) == first
    assert (endpoint.opened, client.asked, client.recorded) == (0, 0, 2)


def test_an_appended_question_is_the_only_one_sent(store: Store) -> None:
    with stage(store, ScriptedEndpoint()) as client:
        client.all(questions("a", "b"))
    endpoint = ScriptedEndpoint()
    with stage(store, endpoint) as client:
        client.all(questions("c", "b", "a"))
    assert endpoint.asked == ["c"]


def test_equal_questions_are_sent_once_and_other_draws_apart(store: Store) -> None:
    endpoint = ScriptedEndpoint()
    twice = [Question(id=str(n), text="a", shared=0, draw=draw) for n, draw in enumerate([0, 0, 1])]
    with stage(store, endpoint) as client:
        texts = [c.text for c in client.all(twice)]
    assert texts == ["re: a/0", "re: a/0", "re: a/1"]
    assert len(endpoint.asked) == 2


def test_a_fatal_failure_ends_the_run_and_keeps_every_answer_that_came(store: Store) -> None:
    endpoint = ScriptedEndpoint(workers=1, refuse="bad")
    with pytest.raises(LLMError, match="refused"), stage(store, endpoint) as client:
        client.all(questions("a", "b", "bad"))
    assert endpoint.closed == 0 or endpoint.opened == endpoint.closed
    again = ScriptedEndpoint()
    with stage(store, again) as client:
        client.all(questions("a", "b"))
    assert again.asked == []


def test_questions_that_share_a_beginning_are_sent_one_after_the_other(store: Store) -> None:
    endpoint = ScriptedEndpoint(workers=1)
    mixed = [Question(id=t, text=t, shared=1, draw=0) for t in ("a1", "b1", "a2", "b2")]
    with stage(store, endpoint) as client:
        client.all(mixed)
    assert endpoint.asked == ["a1", "a2", "b1", "b2"]


def test_a_replay_sends_nothing_and_says_what_is_not_recorded(tmp_path: Path) -> None:
    with (
        pytest.raises(
            LLMError, match="generate demo-0: 2 answers are not recorded in data/answers; `make repro` requests them"
        ),
        stage(Recorded(tmp_path), ScriptedEndpoint(), name="generate demo-0") as client,
    ):
        client.all(questions("a", "b"))


def test_the_usage_log_adds_up_over_stages(store: Store) -> None:
    for _ in range(2):
        with stage(store, ScriptedEndpoint()) as client:
            client.all(questions("a", "b"))
    sums = usage_log.totals()
    assert (sums["asked"], sums["recorded"], sums["prompt_tokens"]) == (2, 2, 2)


def test_a_log_gets_a_line_now_and_then_and_no_bar(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "LOG_EVERY", 0.0)
    with stage(store, ScriptedEndpoint(workers=1), name="generate demo-0") as client:
        client.all(questions("a", "b"))
    said = capsys.readouterr().err
    assert "generate demo-0: 1 of 2 answers, 2 tokens, $0.0000, about" in said
    assert "\r" not in said


def test_a_question_that_cannot_be_answered_holds_up_no_other_and_ends_in_a_table(store: Store) -> None:
    endpoint = ScriptedEndpoint(refuse="b", kind=FailureKind.RETRY)
    with (
        pytest.raises(LLMError, match=r"t: refused: odd; all other answers are kept"),
        stage(store, endpoint) as client,
    ):
        client.all(questions(*"abcdef"))
    again = ScriptedEndpoint()
    with stage(store, again) as client:
        client.all(questions(*"abcdef"))
    assert again.asked == ["b"]


def test_a_refused_question_is_kept_as_refused_with_its_reason_and_never_sent_again(store: Store) -> None:
    with stage(store, ScriptedEndpoint(refuse="b", kind=FailureKind.REFUSED)) as client:
        first = client.all(questions(*"abcdef"))
    assert [c.finish for c in first] == ["stop", "refused", "stop", "stop", "stop", "stop"]
    assert (first[1].text, first[1].reason) == ("", "refused: odd")
    again = ScriptedEndpoint()
    with stage(store, again) as client:
        assert client.all(questions(*"abcdef")) == first
    assert again.asked == []


def test_a_prompt_at_which_the_server_breaks_down_again_and_again_is_kept_as_refused(store: Store) -> None:
    endpoint = ScriptedEndpoint(refuse="b", kind=FailureKind.RETRY, cause="500")
    with stage(store, endpoint) as client:
        assert [c.finish for c in client.all(questions(*"abcdef"))] == ["stop", "refused", *["stop"] * 4]


def test_a_refusal_is_not_believed_before_the_server_has_answered_anything(store: Store) -> None:
    endpoint = ScriptedEndpoint(refuse="b", kind=FailureKind.REFUSED)
    with pytest.raises(LLMError, match=r"refused: odd"), stage(store, endpoint) as client:
        client.all(questions("b"))
    again = ScriptedEndpoint()
    with stage(store, again) as client:
        client.all(questions("b"))
    assert again.asked == ["b"]


def test_a_run_stops_before_it_exceeds_the_budget_and_the_same_command_goes_on_with_more(store: Store) -> None:
    many = questions(*(f"question {n}" for n in range(100)))
    with (
        pytest.raises(LLMError, match=r"llm.budget: \d+ of 200 tokens are spent .* raise llm.budget .* to go on"),
        stage(store, ScriptedEndpoint(), Limit(200, inf)) as client,
    ):
        client.all(many)
    spent = store.spent().tokens
    assert 200 - 84 - 2 <= spent <= 200, "the last question may cost 84 tokens"
    with (
        pytest.raises(LLMError, match=r"llm.budget: 0\.\d+ of 0\.00 dollars are spent"),
        stage(store, ScriptedEndpoint(), Limit(inf, 0.0001)) as client,
    ):
        client.all(many)
    rest = ScriptedEndpoint()
    with stage(store, rest, Limit(1000, inf)) as client:
        client.all(many)
    assert len(rest.asked) == 100 - spent // 2


def test_a_budget_whose_lock_cannot_be_had_is_named(store: Store) -> None:
    store.path.with_name(store.path.name + ".budget").mkdir()
    with (
        pytest.raises(LLMError, match=r"\.budget: cannot be locked \(.*remove it, or unset llm\.budget"),
        stage(store, ScriptedEndpoint(), Limit(1000, inf)) as client,
    ):
        client.all(questions("a"))


def test_a_budget_in_dollars_needs_a_price() -> None:
    llm = params.load("llm").model_copy(update={"budget": "5 dollars"})
    with pytest.raises(LLMError, match=r"the price of unheard-of is unknown; give the budget in tokens"):
        open_client("t", Pretrained(name="unheard-of", endpoint="openai", files={}), llm, SETTINGS)


def test_after_a_run_that_failed_the_next_questions_of_the_same_client_are_sent(store: Store) -> None:
    endpoint = ScriptedEndpoint(workers=1, refuse="bad")
    with stage(store, endpoint) as client:
        with pytest.raises(LLMError, match="refused: odd"):
            client.all(questions("bad"))
        assert [c.text for c in client.all(questions("good"))] == ["re: good/0"]
    assert (endpoint.opened, endpoint.closed) == (1, 1)
