"""Questions asked one by one: claimed, asked, kept; those that another process asks are waited for."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.failures import Refusal
from promptmix.llm.endpoints.hosted import Endpoint
from promptmix.llm.engine.context import Call, Wish
from promptmix.llm.engine.workers import OUT_OF_TIME, Crew, Done, Job

POLL = 0.2  # seconds between two looks at what another process asks


class Round:
    """Asks the questions of one call, each by one process only, and keeps every answer as it comes."""

    def __init__(self, call: Call, hire: Callable[[], tuple[Endpoint, Crew]]) -> None:
        """Prepare; ``hire`` is called when there is something to ask."""
        self.found = 0
        self.refused: list[tuple[Wish, Refusal]] = []
        self._call, self._hire = call, hire

    def run(self, wishes: Sequence[Wish]) -> None:
        """Return when every question has an answer in the store, or a refusal in ``refused``.

        Raises:
            LLMError: the asking cannot go on; answers that came are in the store.
        """
        waiting = list(wishes)
        while waiting:
            elsewhere: list[Wish] = []
            claimed = self._call.claimed(waiting, elsewhere)
            if (first := next(claimed, None)) is not None:
                self._ask(chain([first], claimed))
                self._call.store.release()  # of what was refused, which another process may wait for
            waiting = self._unanswered(elsewhere)
            if waiting and time.monotonic() >= self._call.until:
                raise LLMError(OUT_OF_TIME)

    def causes(self) -> str:
        """Say how many questions were refused and why, most frequent cause first."""
        counts = Counter(refusal.cause for _, refusal in self.refused)
        words = {refusal.cause: refusal.words for _, refusal in reversed(self.refused)}
        table = "; ".join(f"{count} by {cause}: {words[cause]}" for cause, count in counts.most_common())
        return f"{len(self.refused)} questions have no answer, all others are kept; {table}"

    def _ask(self, wishes: Iterable[Wish]) -> None:
        endpoint, crew = self._hire()
        jobs = (self._job(endpoint, wish) for wish in wishes)
        store = self._call.store
        try:
            for done in crew.work(jobs):
                self._keep(done)
                crew.budget.heed(store.spent)
        except BaseException:
            with suppress(LLMError):
                self._keep([done for done in crew.last() if store.get(done.job.about.key) is None])
            raise

    def _job(self, endpoint: Endpoint, wish: Wish) -> Job[Wish]:
        sampling = self._call.sampling
        return Job(wish, wish.ceiling(sampling), partial(endpoint.answer, wish.key, wish.question, sampling))

    def _keep(self, done: Sequence[Done[Wish]]) -> None:
        call = self._call
        entries = [
            call.entry(job.about.key, call.request(job.about.question), answer, seconds=seconds)
            for job, answer, _, seconds, _ in done
            if answer is not None
        ]
        call.keep(entries, [usage for each in done for usage in each.superseded])
        for each in done:
            if each.refusal is not None:
                self.refused.append((each.job.about, each.refusal))
                call.progress.failed()

    def _unanswered(self, elsewhere: Sequence[Wish]) -> list[Wish]:
        """Return what another process has not answered yet, after a moment if there is any."""
        missing = [wish for wish in elsewhere if self._call.store.get(wish.key) is None]
        self.found += len(elsewhere) - len(missing)
        self._call.progress.appeared(len(elsewhere) - len(missing), len(missing))
        if missing:
            time.sleep(POLL)
        return missing
