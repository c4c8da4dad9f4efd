"""Answers many questions: stored answers are reused, all others are requested and stored on arrival."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from promptmix.core.errors import LLMError, PromptsRefusedError
from promptmix.core.records import Completion, Question, Usage
from promptmix.llm.endpoints.bundled import Bundled
from promptmix.llm.endpoints.fields import Change, Fields
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.meanings import LONG
from promptmix.llm.endpoints.open import Endpoint, open_endpoint
from promptmix.llm.endpoints.refusals import Refusal, masked
from promptmix.llm.engine.batch_files import BatchFiles
from promptmix.llm.engine.budget import Budget, exclusive
from promptmix.llm.engine.prices import FREE, Price, price
from promptmix.llm.engine.progress import RequestProgress, log
from promptmix.llm.engine.session import Session
from promptmix.llm.engine.workers import WorkerPool
from promptmix.llm.request import FIRST_QUESTION, Pending, Sampling, key, request
from promptmix.llm.store import usage_log
from promptmix.llm.store.database import Store, store_path
from promptmix.llm.store.entries import Answer
from promptmix.llm.store.packs import Recorded
from promptmix.models.pretrained import Pretrained

if TYPE_CHECKING:
    from promptmix.params import Asking, Limit, Llm

PACKS = Path("data/answers")  # recorded answers, in git

Open = Callable[[], AbstractContextManager[Endpoint]]


class Client:
    """Answers questions for one stage, with one model; opens the endpoint only when something must be sent.

    Use as a context manager: the endpoint stays open between calls and closes with the block.
    """

    def __init__(
        self,
        name: str,
        identity: dict[str, Any],
        answers: Store | Recorded,
        open_endpoint: Open,
        asking: "Asking",
        *,
        limit: "Limit | None" = None,
        price: Price = FREE,
        batch_api: bool = False,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            name: Begins every line of progress, for example ``generate demo-0``.
            identity: What tells the model apart from all others, with the ``extra`` fields of its requests, if any;
                part of every key.
            answers: Where answers are looked up and stored.
            open_endpoint: Called at most once.
            asking: How fast and how long requests are sent.
            limit: What may be spent, by all runs on this store together; None for any amount.
            price: Free also where it is unknown: tokens alone are counted then.
            batch_api: Whether batch files are used; needs a hosted endpoint.
        """
        self.asked = self.recorded = 0
        self._name, self._identity, self._answers = name, identity, answers
        self._open_endpoint, self._asking = open_endpoint, asking
        self._limit, self._price, self._batch_api = limit, price, batch_api
        self._context: AbstractContextManager[Endpoint] | None = None
        self._endpoint: Endpoint | None = None
        self._pool: WorkerPool | None = None
        self._usage: Counter[str] = Counter()
        self._requested: set[str] = set()  # keys
        self._said: set[str] = set()  # changes of requests
        self._deadline = time.monotonic() + (asking.time_limit or float("inf"))

    def __enter__(self) -> "Client":
        """Enter; nothing is opened yet."""
        return self

    def __exit__(self, *exception: Any) -> None:
        """Close the endpoint if one was opened, and log how many answers were requested and how many were stored."""
        if self._context is not None:
            self._context.__exit__(*exception)
        log(f"{self._name}: {self.asked} answers requested now, {self.recorded} recorded before{_spent(self._usage)}")
        usage_log.add_usage(self._name, {"asked": self.asked, "recorded": self.recorded, **self._usage})

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterator[Completion]:
        """Request what is not stored, then yield one completion for each question, in their order.

        Every answer is in the store before the first completion is yielded, and is read from there as it is yielded,
        so that memory does not grow with the answers.

        Raises:
            LLMError: not every question could be answered; all answers that came are stored.
        """
        keys = [key(request(self._identity, question, sampling)) for question in questions]
        missing = {
            k: question for k, question in zip(keys, questions, strict=True) if not self._is_answered(k, question)
        }
        self.recorded += len(keys) - len(missing)
        if missing:
            # Neighbors share the start of their prompts, which a server then computes once.
            ordered = sorted(missing.items(), key=lambda item: item[1].text[: item[1].shared])
            self._resolve([Pending(k, question, sampling) for k, question in ordered], len(keys) - len(missing))
            self._requested |= missing.keys()
        return (self._completion(k, question) for k, question in zip(keys, questions, strict=True))

    def _is_answered(self, key: str, question: Question) -> bool:
        """Tell whether a question has an answer that is of use; some refusals hold for the run alone."""
        answer = self._answers.get(key)
        if not _is_refused(answer) or isinstance(self._answers, Recorded) or key in self._requested:
            return answer is not None
        return not _may_pass(question, answer)

    def _completion(self, key: str, question: Question) -> Completion:
        answer = self._answers.get(key)
        if answer is None:
            raise LLMError(f"{self._name}: an answer was lost from the response store; run the same command again")
        usage = Usage(**{kind: answer["usage"][kind] for kind in Usage.model_fields})
        return Completion(key=key, prompt_id=question.id, model=self._identity["name"], **{**answer, "usage": usage})

    def _resolve(self, pending: list[Pending], found: int) -> None:
        """Get every missing answer into the store: in batch files where they are used, the rest one by one."""
        store = self._answers
        if not isinstance(store, Store):
            raise LLMError(
                f"{self._name}: {len(pending)} answers are not recorded in data/answers; `make repro` requests them"
            )
        alone = nullcontext() if self._limit is None else exclusive(store.path, self._name, self._deadline)
        with alone:
            progress = RequestProgress(self._name, len(pending), found)
            store.forget([each.key for each in pending if _is_refused(store.get(each.key))])  # in an earlier run
            session = Session(store, self._identity, self._price, progress, self._deadline)
            try:
                if self._pool is not None:
                    self._pool.budget.update(store.spent)
                if self._batch_api or _in_batches(store, pending):
                    self._submit_batches(session, pending)
                    pending = [each for each in pending if store.get(each.key) is None]
                session.send(pending, lambda: self._open(pending[0]))
            except LLMError:
                self._pool = None
                raise
            finally:
                store.release()
                self.asked += session.asked
                self.recorded += session.found
                self._usage += session.usage
                progress.close()
        if session.failures:
            kind = PromptsRefusedError if session.all_refused else LLMError
            raise kind(f"{self._name}: {session.causes()}")

    def _submit_batches(self, session: Session, pending: Sequence[Pending]) -> None:
        pool = self._open(pending[0])
        assert isinstance(pool.endpoint, Hosted)
        BatchFiles(session, pool.endpoint).run(pending, pool.budget, submit=self._batch_api)
        pool.budget.update(session.store.spent)

    def _open(self, first: Pending) -> WorkerPool:
        """Return the workers that send to the endpoint, which is opened once; they are new after a run that failed."""
        assert isinstance(self._answers, Store)  # recorded answers alone never get here
        if self._endpoint is None:
            self._context = self._open_endpoint()
            self._endpoint = self._context.__enter__()
            if isinstance(self._endpoint, Hosted):
                self._endpoint.fields = self._fields(self._endpoint, self._answers)
        if self._pool is None:
            budget = Budget(self._limit, self._price, self._answers.spent())
            self._pool = WorkerPool(self._endpoint, self._asking, budget, self._deadline, self._name)
        if isinstance(self._endpoint, Hosted):
            self._say_changes(self._endpoint.fields.changed(first.key, first.question, first.sampling))
        return self._pool

    def _say_changes(self, changes: Sequence[str]) -> None:
        """Say once what is not sent as params.yaml has it."""
        if new := [each for each in changes if each not in self._said]:
            log(f"{self._name}: {', '.join(new)}, because the server wanted it in an earlier run")
        self._said.update(changes)

    def _fields(self, endpoint: Hosted, store: Store) -> Fields:
        """Return the fields that a server takes as far as is known; what is learned from now on is kept and said."""
        # A bundled server has another address each time, and takes everything.
        address = "" if isinstance(endpoint, Bundled) else endpoint.transport.address
        known = [Change(*each) for each in store.changes(address, endpoint.model)] if address else []

        def learned(changes: Sequence[Change], change: Change, refusal: Refusal) -> None:
            if address:
                store.keep_changes(address, endpoint.model, changes)
            self._said.add(str(change))
            log(f"{self._name}: {change} from now on, because the server says: {masked(refusal.words, 160)}")

        return Fields(endpoint.model, self._identity.get("extra"), known, learned)


def identity_of(model: Pretrained, llm: "Llm") -> dict[str, Any]:
    """Return what tells the answers of a model apart from all others."""
    return model.identity(llm.server) | ({"extra": llm.extra} if llm.extra else {})


def open_client(name: str, model: Pretrained, llm: "Llm", asking: "Asking") -> Client:
    """Return the client of one stage; with ``PROMPTMIX_REPLAY`` set it has recorded answers alone and sends nothing.

    Raises:
        LLMError: the response store cannot be opened, or the budget is in dollars and the model's price is unknown.
    """
    cost = price(model.name, model.endpoint)
    if cost is None and llm.limit().dollars < float("inf"):
        raise LLMError(f"llm.budget is in dollars, but the price of {model.name} is unknown; give the budget in tokens")
    return Client(
        name,
        identity_of(model, llm),
        Recorded(PACKS) if os.environ.get("PROMPTMIX_REPLAY") else Store(store_path()),
        lambda: open_endpoint(model, asking, llm.context),
        asking,
        limit=None if llm.budget is None else llm.limit(),
        price=cost or FREE,
        batch_api=llm.batch_api and model.endpoint == "openai",
    )


def _in_batches(store: Store, pending: Sequence[Pending]) -> bool:
    """Whether a batch in progress has any of these requests; it is collected in any mode, because it is paid."""
    keys = {each.key for each in pending}
    return any(keys & asked.keys() for asked in store.batches().values())


def _is_refused(answer: Answer | None) -> TypeGuard[Answer]:
    return answer is not None and answer["finish"] == "refused"


def _may_pass(question: Question, refusal: Answer) -> bool:
    """Tell whether a refusal may be none in the next run: of a first question, or for the length of a prompt."""
    return question.id.startswith(FIRST_QUESTION) or bool(LONG.search(refusal.get("reason") or ""))


def _spent(usage: Counter[str]) -> str:
    """Say briefly what was spent; nothing where nothing was."""
    if not usage["prompt_tokens"]:
        return ""
    words = f"; {usage['prompt_tokens']} tokens in"
    if usage["cached_tokens"]:
        words += f" ({usage['cached_tokens']} of them cached by the server)"
    words += f", {usage['completion_tokens']} out"
    if usage["estimated"]:
        words += " (estimated here: the server does not count them)"
    return words + (f", ${usage['microdollars'] / 1e6:.4f}" if usage["microdollars"] else "")
