"""The requests of one call of ``Client.ask``: claimed, sent, stored; those that another process claimed are awaited."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.failures import FailureKind, RequestFailed
from promptmix.llm.endpoints.replies import refusal_answer
from promptmix.llm.engine.budget import OUT_OF_TIME
from promptmix.llm.engine.prices import Price
from promptmix.llm.engine.progress import RequestProgress
from promptmix.llm.engine.workers import Outcome, WorkerPool
from promptmix.llm.request import Pending, request
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import Answer, Paid, StoredAnswer, TokenCounts

CLAIMED = 32  # requests claimed at a time, twice that ahead: few, so that another process can send the others meanwhile
POLL = 0.2  # seconds between two looks at what another process sends


class Session:
    """Gets each request sent by one process only, stores every answer on arrival, and counts what was paid."""

    def __init__(
        self, store: Store, identity: Mapping[str, str], price: Price, progress: RequestProgress, deadline: float
    ) -> None:
        """Send nothing yet; ``deadline`` is the ``time.monotonic`` at which waiting ends."""
        self.asked = self.found = 0
        """Answers got by this process, and by others meanwhile."""
        self.usage: Counter[str] = Counter()
        self.failures: list[RequestFailed] = []
        self._refused: list[Outcome] = []
        self.store, self.deadline = store, deadline
        self._identity, self._price, self._progress = dict(identity), price, progress

    def send(self, pending: Sequence[Pending], open_pool: Callable[[], WorkerPool]) -> None:
        """Return when every request has an answer in the store, or a failure in ``failures``.

        ``open_pool`` is called only if this process has something to send.

        Raises:
            LLMError: the run cannot go on; answers that came are in the store.
        """
        waiting = list(pending)
        while waiting:
            elsewhere: list[Pending] = []
            claimed = self.claimed(waiting, elsewhere)
            if (first := next(claimed, None)) is not None:
                self._send_claimed(chain([first], claimed), open_pool())
                self.failures += [o.failure for o in self._refused if o.failure is not None]
                self._refused = []
                self.store.release()  # of what failed, which another process may wait for
            waiting = self._unanswered(elsewhere)
            if waiting and time.monotonic() >= self.deadline:
                raise LLMError(OUT_OF_TIME)

    def claimed(self, pending: Iterable[Pending], elsewhere: list[Pending] | None = None) -> Iterator[Pending]:
        """Yield the requests that this process is to send; those claimed by another are added to ``elsewhere``."""
        rest = iter(pending)

        def claim() -> tuple[list[Pending], set[str]]:
            chunk = list(islice(rest, CLAIMED))
            return chunk, self.store.claim([each.key for each in chunk]) if chunk else set()

        with ThreadPoolExecutor(1) as ahead:  # one chunk ahead, so that no worker waits for the disk
            coming = ahead.submit(claim)
            while (found := coming.result())[0]:
                coming = ahead.submit(claim)
                chunk, mine = found
                if elsewhere is not None:
                    elsewhere += [each for each in chunk if each.key not in mine]
                yield from (each for each in chunk if each.key in mine)

    def request(self, pending: Pending) -> dict[str, Any]:
        """Return everything that decides the answer, as the store keeps it."""
        return request(self._identity, pending.question, pending.sampling)

    def keep(self, answers: Iterable[StoredAnswer], wasted: Iterable[TokenCounts], discount: float = 1.0) -> None:
        """Store answers, and count what they and wasted replies cost: the list price times ``discount``."""
        priced = [self._priced(each, discount) for each in answers]
        name = self._identity["name"]
        unused = [Paid(name, usage, discount * self._price.of(usage)) for usage in wasted]
        if priced or unused:
            self.store.put(priced, unused)
        self.asked += len(priced)
        for paid in [*(each.paid for each in priced), *unused]:
            self.usage.update({**paid.usage, "microdollars": round(paid.dollars * 1e6)})
        for each in priced:
            self._progress.answered(each.answer["usage"], each.dollars)

    def _priced(self, stored: StoredAnswer, discount: float) -> StoredAnswer:
        """Add what an answer cost; what the server made of the request belongs to the request."""
        answer = {name: value for name, value in stored.answer.items() if name != "changes"}
        changes = {"changes": stored.answer["changes"]} if "changes" in stored.answer else {}
        dollars = discount * self._price.of(answer["usage"])
        return stored._replace(request={**stored.request, **changes}, answer=answer, dollars=dollars)

    @property
    def all_refused(self) -> bool:
        """Whether every failure is a refusal of the prompt itself, by a server that may answer others."""
        return all(failed.kind is FailureKind.REFUSED for failed in self.failures)

    def causes(self) -> str:
        """Say how many requests failed and why, most frequent cause first."""
        if len(self.failures) == 1:
            return f"{self.failures[0].message}; all other answers are kept"
        counts = Counter(failed.cause for failed in self.failures)
        messages = {failed.cause: failed.message for failed in reversed(self.failures)}
        table = "; ".join(f"{count} by {cause}: {messages[cause]}" for cause, count in counts.most_common())
        return f"{len(self.failures)} questions have no answer, all other answers are kept; {table}"

    def _send_claimed(self, claimed: Iterable[Pending], pool: WorkerPool) -> None:
        try:
            for outcomes in pool.run(claimed):
                self._keep_outcomes(outcomes)
                self._keep_refused(pool)
                pool.budget.update(self.store.spent)
        except BaseException:
            with suppress(LLMError):
                self._keep_outcomes([each for each in pool.drain() if self.store.get(each.pending.key) is None])
            raise

    def _keep_outcomes(self, outcomes: Sequence[Outcome]) -> None:
        answers = [
            StoredAnswer(pending.key, self.request(pending), answer, seconds=seconds)
            for pending, answer, _, _, seconds in outcomes
            if answer is not None
        ]
        self.keep(answers, [usage for each in outcomes for usage in each.wasted])
        for each in outcomes:
            if each.failure is None:
                continue
            self._progress.failed()
            if each.failure.kind is FailureKind.REFUSED:
                self._refused.append(each)
            else:
                self.failures.append(each.failure)

    def _keep_refused(self, pool: WorkerPool) -> None:
        """Store refused requests as such, so that they are not sent again, once the server has answered others.

        Until then the reason may be one that concerns all requests.
        """
        if self._refused and (pool.answered or self.store.pace(self._identity["name"]) is not None):
            refused, self._refused = self._refused, []
            self.keep([StoredAnswer(o.pending.key, self.request(o.pending), _refusal(o)) for o in refused], [])

    def _unanswered(self, elsewhere: Sequence[Pending]) -> list[Pending]:
        """Return what another process has not answered yet, after a moment if there is any."""
        missing = [each for each in elsewhere if self.store.get(each.key) is None]
        self.found += len(elsewhere) - len(missing)
        self._progress.answered_elsewhere(len(elsewhere) - len(missing), len(missing))
        if missing:
            time.sleep(POLL)
        return missing


def _refusal(outcome: Outcome) -> Answer:
    """Return what is stored of a refused request; what it cost is counted apart."""
    assert outcome.failure is not None
    return refusal_answer(outcome.failure.words, {"prompt_tokens": 0, "completion_tokens": 0})
