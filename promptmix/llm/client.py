"""Asks many questions: what is stored is not asked, what is asked is stored at once."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from promptmix import params
from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question, Usage
from promptmix.llm.endpoints.hosted import Endpoint, Hosted, open_endpoint
from promptmix.llm.engine.batch_files import Batches
from promptmix.llm.engine.budget import NO_LIMIT, Budget
from promptmix.llm.engine.context import Call, Wish
from promptmix.llm.engine.live import Round
from promptmix.llm.engine.prices import FREE, Price, price
from promptmix.llm.engine.progress import Progress, say
from promptmix.llm.engine.rate_limit import Gate
from promptmix.llm.engine.workers import OUT_OF_TIME, Crew
from promptmix.llm.request import Sampling, key, request
from promptmix.llm.store import usage_log
from promptmix.llm.store.database import Store
from promptmix.llm.store.database import path as store_path
from promptmix.llm.store.entries import Spent
from promptmix.llm.store.packs import Recorded
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking, Limit, Params

PACKS = Path("data/answers")  # recorded answers, in git

Open = Callable[[], AbstractContextManager[Endpoint]]


class Terms(NamedTuple):
    """How fast, how long and for how much a stage may ask."""

    settings: Asking
    limit: Limit
    price: Price | None
    """None where nobody knows it; tokens are then counted alone."""
    batch: bool = False
    """Whether batch files are used where the endpoint is a hosted one."""

    def crew(self, workers: int, spent: Spent, until: float) -> Crew:
        """Hire workers who know what was spent before, and when their time is over."""
        settings = self.settings
        gate = Gate(workers, settings.requests_per_minute or 0, settings.tokens_per_minute or 0)
        return Crew(gate, self._budget(spent), workers, settings.retries, until)

    def check(self, spent: Spent, ceiling: int) -> None:
        """Raise LLMError where questions that cost at most so many tokens together could pass the budget."""
        with self._budget(spent).reserved(ceiling):
            pass

    def _budget(self, spent: Spent) -> Budget:
        return Budget(self.limit, self.price or FREE, *spent)


class Asker:
    """Answers questions for one stage, with one model; opens the endpoint only when something must be asked.

    Use as a context manager: the endpoint stays open between calls and closes with the block.
    """

    def __init__(
        self, name: str, identity: dict[str, str], answers: Store | Recorded, open_endpoint: Open, terms: Terms
    ) -> None:
        """Prepare to ask.

        Args:
            name: Stands before every line of progress, for example ``generate demo-0``.
            identity: What tells the model apart from all others; part of every key.
            answers: Where answers are looked up and kept.
            open_endpoint: Called at most once.
            terms: How fast, how long and for how much.
        """
        self.asked = self.recorded = 0
        self._name, self._identity, self._answers = name, identity, answers
        self._open, self._terms = open_endpoint, terms
        self._context: AbstractContextManager[Endpoint] | None = None
        self._crew: tuple[Endpoint, Crew] | None = None
        self._usage: Counter[str] = Counter()
        self._until = time.monotonic() + (terms.settings.time_limit or float("inf"))

    def __enter__(self) -> "Asker":
        """Enter; nothing is opened yet."""
        return self

    def __exit__(self, *exception: Any) -> None:
        """Close the endpoint if one was opened, and say how many answers were asked for and how many were at hand."""
        if self._context is not None:
            self._context.__exit__(*exception)
        say(f"{self._name}: {self.asked} answers asked now, {self.recorded} recorded before{_spent(self._usage)}")
        usage_log.add(self._name, {"asked": self.asked, "recorded": self.recorded, **self._usage})

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterator[Completion]:
        """Ask what is not stored, then yield one completion for each question, in their order.

        Everything is asked before the first completion is yielded, and read from the store as it is yielded, so that
        memory does not grow with the answers.

        Raises:
            LLMError: not every question could be answered; all answers that came are stored.
        """
        keys = [key(request(self._identity, question, sampling)) for question in questions]
        todo = {k: number for number, k in enumerate(keys) if self._answers.get(k) is None}
        self.recorded += len(keys) - len(todo)
        if todo:
            self._ask_all(questions, sampling, todo, len(keys) - len(todo))
        return (self._completion(k, question) for k, question in zip(keys, questions, strict=True))

    def _completion(self, key: str, question: Question) -> Completion:
        answer = self._answers.get(key)
        if answer is None:
            raise LLMError(f"{self._name}: an answer was lost from the response store; run the same command again")
        usage = Usage(**{kind: answer["usage"][kind] for kind in Usage.model_fields})
        return Completion(key=key, prompt_id=question.id, model=self._identity["name"], **{**answer, "usage": usage})

    def _ask_all(self, questions: Sequence[Question], sampling: Sampling, todo: dict[str, int], found: int) -> None:
        if not isinstance(self._answers, Store):
            raise LLMError(
                f"{self._name}: {len(todo)} answers are not recorded in data/answers; `make repro` asks for them"
            )
        with self._budget_turn(self._answers) as store:
            self._ask_now(questions, sampling, todo, found, store)

    def _ask_now(
        self, questions: Sequence[Question], sampling: Sampling, todo: dict[str, int], found: int, store: Store
    ) -> None:
        # Neighbours share the start of their prompts, which a server then computes once.
        order = sorted(todo.items(), key=lambda item: (_start(questions[item[1]]), item[1]))
        wishes = [Wish(k, questions[number]) for k, number in order]
        progress = Progress(self._name, len(todo), found)
        price = self._terms.price or FREE
        call = Call(store, self._identity, sampling, price, progress, self._until)
        round = Round(call, self._hire)
        try:
            if self._terms.batch or any(todo.keys() & asked.keys() for asked in store.batches().values()):
                self._hand_in(wishes, call)
                wishes = [wish for wish in wishes if store.get(wish.key) is None]
            round.run(wishes)
        finally:
            store.release()
            self.asked += call.asked
            self.recorded += round.found
            self._usage += call.usage
            progress.close()
        if round.refused:
            raise LLMError(f"{self._name}: {round.causes()}")

    def _hand_in(self, wishes: Sequence[Wish], call: Call) -> None:
        """Get what batch files can give; batches under way are collected in any mode, because they are paid."""
        endpoint, crew = self._hire()
        assert isinstance(endpoint, Hosted)
        spent = call.store.spent
        Batches(call, endpoint).run(wishes, self._terms.batch, lambda ceiling: self._terms.check(spent(), ceiling))
        crew.budget.heed(spent)

    @contextmanager
    def _budget_turn(self, store: Store) -> Iterator[Store]:
        """Where there is a budget, let one process ask at a time: two could pass it by what both have in flight."""
        if self._terms.limit == NO_LIMIT:
            yield store
            return
        with self._alone(FileLock(f"{store.path}.budget")):
            if self._crew is not None:
                _, crew = self._crew
                crew.budget.heed(store.spent)
            yield store

    def _alone(self, lock: FileLock) -> AbstractContextManager[object]:
        left = self._until - time.monotonic()
        try:
            try:
                return lock.acquire(timeout=0)
            except Timeout:
                say(f"{self._name}: waits for another run to end its questions, because both share llm.budget")
                return lock.acquire(timeout=-1 if left == float("inf") else max(0.0, left))
        except Timeout:
            raise LLMError(OUT_OF_TIME) from None
        except OSError as error:
            raise LLMError(f"{lock.lock_file}: cannot be locked ({error}); remove it, or unset llm.budget") from None

    def _hire(self) -> tuple[Endpoint, Crew]:
        """Open the endpoint and hire its workers, once."""
        if self._crew is None:
            self._context = self._open()
            endpoint = self._context.__enter__()
            assert isinstance(self._answers, Store)  # nothing else asks
            self._crew = endpoint, self._terms.crew(endpoint.workers, self._answers.spent(), self._until)
        return self._crew


def asker(name: str, model: Pretrained, settings: Params) -> Asker:
    """Return the asker of one stage: live, or from recorded answers alone where ``PROMPTMIX_REPLAY`` is set.

    Raises:
        LLMError: the response store cannot be opened, or the budget is in dollars and the model has no price.
    """
    cost = price(model.name, model.endpoint)
    if cost is None and settings.llm.limit().dollars < float("inf"):
        raise LLMError(
            f"llm.budget is in dollars, but promptmix/llm/engine/prices.yaml has no price for {model.name};"
            " add it, or give the budget in tokens"
        )
    answers = Recorded(PACKS) if os.environ.get("PROMPTMIX_REPLAY") else Store(store_path())
    batch = settings.llm.batch_api and model.endpoint == "openai"
    terms = Terms(params.asking(), settings.llm.limit(), cost, batch)
    identity = model.identity(settings.llm.server)
    return Asker(name, identity, answers, lambda: open_endpoint(model, params.asking()), terms)


def _start(question: Question) -> str:
    return question.text[: question.shared]


def _spent(usage: Counter[str]) -> str:
    """Say in a few words what was spent; nothing where nothing was."""
    if not usage["prompt_tokens"]:
        return ""
    words = f"; {usage['prompt_tokens']} tokens in"
    if usage["cached_tokens"]:
        words += f" ({usage['cached_tokens']} of them cached by the server)"
    words += f", {usage['completion_tokens']} out"
    return words + (f", ${usage['microdollars'] / 1e6:.4f}" if usage["microdollars"] else "")
