"""One call for answers: the terms that all its questions share, who asks them, and the keeping of what comes back."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from promptmix.core.records import Question
from promptmix.llm.engine.prices import Price
from promptmix.llm.engine.progress import Progress
from promptmix.llm.request import Sampling, request
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import Answer, Entry, Paid

CLAIMED = 64  # questions claimed at a time: few, so that another process can ask the others meanwhile


class Wish(NamedTuple):
    """A question without an answer."""

    key: str
    question: Question

    def ceiling(self, sampling: Sampling) -> int:
        """Return how many tokens prompt and answer have at most: a token is at least one byte."""
        template = 64  # tokens that a chat template or a server may add
        return len(self.question.text.encode("utf-8", "replace")) + template + sampling.max_tokens


class Call:
    """What the ways of asking (one by one, batch files) have in common; counts what was paid."""

    def __init__(
        self,
        store: Store,
        identity: Mapping[str, str],
        sampling: Sampling,
        price: Price,
        progress: Progress,
        until: float,
    ) -> None:
        """Prepare; ``until`` is the ``time.monotonic`` at which waiting ends."""
        self.asked = 0
        self.usage: Counter[str] = Counter()
        self.store, self.sampling, self.progress, self.until = store, sampling, progress, until
        self._identity, self._price = dict(identity), price

    def request(self, question: Question) -> dict[str, Any]:
        """Return all that decides the answer to a question, as the store keeps it."""
        return request(self._identity, question, self.sampling)

    def claimed(self, wishes: Iterable[Wish], elsewhere: list[Wish] | None = None) -> Iterator[Wish]:
        """Yield the questions that are this process's to ask; those that another asks go to ``elsewhere``."""
        rest = iter(wishes)
        while chunk := list(islice(rest, CLAIMED)):
            mine = self.store.claim([wish.key for wish in chunk])
            if elsewhere is not None:
                elsewhere += [wish for wish in chunk if wish.key not in mine]
            yield from (wish for wish in chunk if wish.key in mine)

    def entry(
        self, key: str, request: Mapping[str, Any], answer: Answer, *, discount: float = 1.0, seconds: float = 0.0
    ) -> Entry:
        """Return an answer as it is kept, with what it cost."""
        return Entry(key, request, answer, discount * self._price.of(answer["usage"]), seconds)

    def keep(
        self, entries: Sequence[Entry], superseded: Sequence[Mapping[str, int]] = (), *, discount: float = 1.0
    ) -> None:
        """Keep answers, and count what they cost together with the replies that better ones took the place of.

        Args:
            entries: As :meth:`entry` makes them.
            superseded: Usage of replies that were paid for and are of no use.
            discount: What these cost in place of 1.
        """
        wasted = [Paid(self._identity["name"], usage, discount * self._price.of(usage)) for usage in superseded]
        if entries or wasted:
            self.store.put(entries, wasted)
        self.asked += len(entries)
        for paid in [*(entry.paid for entry in entries), *wasted]:
            self.usage.update({**paid.usage, "microdollars": round(paid.dollars * 1e6)})
        for entry in entries:
            self.progress.answered(entry.answer["usage"], entry.dollars)
