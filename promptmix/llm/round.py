"""One batch of questions on its way: claimed, asked, kept; those that another process asks are waited for."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

from promptmix.errors import LLMError
from promptmix.llm.crew import OUT_OF_TIME, Crew, Done, Job
from promptmix.llm.endpoints import Endpoint
from promptmix.llm.prices import Price
from promptmix.llm.progress import Progress
from promptmix.llm.refusals import Refusal
from promptmix.llm.sampling import Sampling, request
from promptmix.llm.store import Entry, Store
from promptmix.records import Question

CLAIMED = 64  # questions claimed at a time: few, so that another process can ask the others meanwhile
POLL = 0.2  # seconds between two looks at what another process asks


class Wish(NamedTuple):
    """A question without an answer."""

    key: str
    question: Question

    def ceiling(self, sampling: Sampling) -> int:
        """Return how many tokens prompt and answer have at most: a token is at least one byte."""
        template = 64  # tokens that a chat template or a server may add
        return len(self.question.text.encode("utf-8", "replace")) + template + sampling.max_tokens


class Round:
    """Asks the questions of one call, each by one process only, and keeps every answer as it comes."""

    def __init__(
        self,
        store: Store,
        hire: Callable[[], tuple[Endpoint, Crew]],
        identity: Mapping[str, str],
        sampling: Sampling,
        price: Price,
        progress: Progress,
        until: float,
    ) -> None:
        """Prepare; ``hire`` is called when there is something to ask, and ``until`` is when waiting ends."""
        self._until = until
        self.asked = self.found = 0
        self.usage: Counter[str] = Counter()
        self.refused: list[tuple[Wish, Refusal]] = []
        self._store, self._hire, self._identity = store, hire, dict(identity)
        self._sampling, self._price, self._progress = sampling, price, progress

    def run(self, wishes: Sequence[Wish]) -> None:
        """Return when every question has an answer in the store, or a refusal in ``refused``.

        Raises:
            LLMError: the asking cannot go on; answers that came are in the store.
        """
        waiting = list(wishes)
        try:
            while waiting:
                elsewhere: list[Wish] = []
                claimed = self._claimed(waiting, elsewhere)
                if (first := next(claimed, None)) is not None:
                    self._ask(chain([first], claimed))
                    self._store.release()  # of what was refused, which another process may wait for
                waiting = self._unanswered(elsewhere)
                if waiting and time.monotonic() >= self._until:
                    raise LLMError(OUT_OF_TIME)
        finally:
            self._store.release()

    def causes(self) -> str:
        """Say how many questions were refused and why, most frequent cause first."""
        counts = Counter(refusal.cause for _, refusal in self.refused)
        words = {refusal.cause: refusal.words for _, refusal in reversed(self.refused)}
        table = "; ".join(f"{count} by {cause}: {words[cause]}" for cause, count in counts.most_common())
        return f"{len(self.refused)} questions have no answer, all others are kept; {table}"

    def _claimed(self, wishes: Iterable[Wish], elsewhere: list[Wish]) -> Iterator[Wish]:
        """Yield the questions that are this process's to ask; the others go to ``elsewhere``."""
        rest = iter(wishes)
        while chunk := list(islice(rest, CLAIMED)):
            mine = self._store.claim([wish.key for wish in chunk])
            elsewhere += [wish for wish in chunk if wish.key not in mine]
            yield from (wish for wish in chunk if wish.key in mine)

    def _ask(self, wishes: Iterable[Wish]) -> None:
        endpoint, crew = self._hire()
        jobs = (self._job(endpoint, wish) for wish in wishes)
        try:
            for done in crew.work(jobs):
                self._keep(done)
                crew.budget.heed(self._store.spent())
        except BaseException:
            with suppress(LLMError):
                self._keep([done for done in crew.last() if self._store.get(done.job.about.key) is None])
            raise

    def _job(self, endpoint: Endpoint, wish: Wish) -> Job[Wish]:
        return Job(
            wish, wish.ceiling(self._sampling), partial(endpoint.answer, wish.key, wish.question, self._sampling)
        )

    def _keep(self, done: Sequence[Done[Wish]]) -> None:
        entries = []
        for job, answer, refusal, seconds in done:
            if answer is not None:
                dollars = self._price.of(answer["usage"])
                asked = request(self._identity, job.about.question, self._sampling)
                entries.append(Entry(job.about.key, asked, answer, dollars, seconds))
            elif refusal is not None:
                self.refused.append((job.about, refusal))
                self._progress.failed()
        if entries:
            self._store.put(entries)
        for entry in entries:
            self.asked += 1
            self.usage.update(entry.answer["usage"] | {"microdollars": round(entry.dollars * 1e6)})
            self._progress.answered(entry.answer["usage"], entry.dollars)

    def _unanswered(self, elsewhere: Sequence[Wish]) -> list[Wish]:
        """Return what another process has not answered yet, after a moment if there is any."""
        missing = [wish for wish in elsewhere if self._store.get(wish.key) is None]
        self.found += len(elsewhere) - len(missing)
        self._progress.appeared(len(elsewhere) - len(missing), len(missing))
        if missing:
            time.sleep(POLL)
        return missing
