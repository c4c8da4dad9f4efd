"""Asking: nothing twice, nothing lost, answers in the order of the questions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from promptmix.errors import LLMError
from promptmix.llm import asking
from promptmix.llm.asking import Asker
from promptmix.llm.sampling import Sampling
from promptmix.llm.store import Answer, Recorded, Store
from promptmix.records import Question

SAMPLING = Sampling("chat", 1.0, 1.0, 10)
MODEL = {"name": "scripted", "endpoint": "bundled", "files": ""}


class ScriptedEndpoint:
    """Answers "re: QUESTION", counts what it was asked, and refuses what it is told to refuse."""

    def __init__(self, workers: int = 4, refuse: str = "") -> None:
        self.workers, self.refuse = workers, refuse
        self.asked: list[str] = []
        self.opened = self.closed = 0
        self._lock = threading.Lock()

    @contextmanager
    def open(self) -> Iterator["ScriptedEndpoint"]:
        self.opened += 1
        yield self
        self.closed += 1

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answer:
        with self._lock:
            self.asked.append(question.text)
        if question.text == self.refuse:
            raise LLMError("refused")
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        return {"text": f"re: {question.text}/{question.draw}", "finish": "stop", "usage": usage, "alternatives": {}}


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
    with Asker("t", MODEL, store, endpoint.open) as asker:
        completions = asker.ask(questions(*"zyxabc"), SAMPLING)
    assert [c.text for c in completions] == [f"re: {t}/0" for t in "zyxabc"]
    assert [c.prompt_id for c in completions] == [f"q{n}" for n in range(6)]


def test_a_second_run_asks_nothing_and_opens_nothing(store: Store) -> None:
    with Asker("t", MODEL, store, ScriptedEndpoint().open) as asker:
        first = asker.ask(questions("a", "b"), SAMPLING)
    endpoint = ScriptedEndpoint()
    with Asker("t", MODEL, store, endpoint.open) as asker:
        assert asker.ask(questions("a", "b"), SAMPLING) == first
    assert (endpoint.opened, asker.asked, asker.recorded) == (0, 0, 2)


def test_an_appended_question_is_the_only_one_asked(store: Store) -> None:
    with Asker("t", MODEL, store, ScriptedEndpoint().open) as asker:
        asker.ask(questions("a", "b"), SAMPLING)
    endpoint = ScriptedEndpoint()
    with Asker("t", MODEL, store, endpoint.open) as asker:
        asker.ask(questions("c", "b", "a"), SAMPLING)
    assert endpoint.asked == ["c"]


def test_equal_questions_are_asked_once_and_other_draws_apart(store: Store) -> None:
    endpoint = ScriptedEndpoint()
    twice = [Question(id=str(n), text="a", shared=0, draw=draw) for n, draw in enumerate([0, 0, 1])]
    with Asker("t", MODEL, store, endpoint.open) as asker:
        texts = [c.text for c in asker.ask(twice, SAMPLING)]
    assert texts == ["re: a/0", "re: a/0", "re: a/1"]
    assert len(endpoint.asked) == 2


def test_a_refusal_ends_the_run_and_keeps_every_answer_that_came(store: Store) -> None:
    endpoint = ScriptedEndpoint(workers=1, refuse="bad")
    with pytest.raises(LLMError, match="refused"), Asker("t", MODEL, store, endpoint.open) as asker:
        asker.ask(questions("a", "b", "bad"), SAMPLING)
    assert endpoint.closed == 0 or endpoint.opened == endpoint.closed
    again = ScriptedEndpoint()
    with Asker("t", MODEL, store, again.open) as asker:
        asker.ask(questions("a", "b"), SAMPLING)
    assert again.asked == []


def test_neighbours_with_the_same_beginning_are_asked_one_after_the_other(store: Store) -> None:
    endpoint = ScriptedEndpoint(workers=1)
    mixed = [Question(id=t, text=t, shared=1, draw=0) for t in ("a1", "b1", "a2", "b2")]
    with Asker("t", MODEL, store, endpoint.open) as asker:
        asker.ask(mixed, SAMPLING)
    assert endpoint.asked == ["a1", "a2", "b1", "b2"]


def test_a_replay_asks_nothing_and_says_what_is_not_recorded(tmp_path: Path) -> None:
    with (
        pytest.raises(LLMError, match="generate demo-0: 2 answers are not recorded in data/answers; `make repro`"),
        Asker("generate demo-0", MODEL, Recorded(tmp_path), ScriptedEndpoint().open) as asker,
    ):
        asker.ask(questions("a", "b"), SAMPLING)


def test_the_tally_adds_up_over_stages(store: Store) -> None:
    for _ in range(2):
        with Asker("t", MODEL, store, ScriptedEndpoint().open) as asker:
            asker.ask(questions("a", "b"), SAMPLING)
    assert asking.tallied() == (2, 2)


def test_a_log_gets_a_line_now_and_then_and_no_bar(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asking, "LOG_EVERY", 0.0)
    with Asker("generate demo-0", MODEL, store, ScriptedEndpoint(workers=1).open) as asker:
        asker.ask(questions("a", "b"), SAMPLING)
    said = capsys.readouterr().err
    assert "generate demo-0: 1 of 2 answers, 1 tokens, about" in said
    assert "\r" not in said
