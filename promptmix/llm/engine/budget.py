"""What may be spent: checked before a request is sent, so that the limit is never exceeded.

A budget covers the response store as a whole, over all runs: the store also records what its answers cost.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from promptmix.core.errors import LLMError
from promptmix.llm.engine.prices import Price
from promptmix.llm.engine.progress import log
from promptmix.llm.store.entries import Spent, TokenCounts

if TYPE_CHECKING:
    from promptmix.params import Limit

OUT_OF_TIME = "time_limit of asking.yaml is reached; every answer that came is kept, run the same command to go on"


class Budget:
    """Keeps what was spent plus what the requests in flight may still cost below a limit; safe for threads."""

    def __init__(self, limit: "Limit | None", price: Price, spent: Spent) -> None:
        """Start from what was spent before; without a limit everything fits."""
        self._limit, self._price = limit, price
        self.tokens, self.dollars = spent
        self._reserved_tokens, self._reserved_dollars = 0, 0.0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, ceiling: int) -> Iterator[Callable[[TokenCounts], None]]:
        """Reserve the ``ceiling`` tokens of a request until the block ends; yields what takes its real usage.

        Waits while requests in flight may still turn out cheaper than reserved.

        Raises:
            LLMError: there is not enough left.
        """
        dollars = ceiling * self._price.dearest
        with self._changed:
            while not self._fits(ceiling, dollars):
                if not self._reserved_tokens:
                    raise LLMError(self._exceeded(ceiling))
                self._changed.wait()
            self._reserved_tokens += ceiling
            self._reserved_dollars += dollars
        try:
            yield self._pay
        finally:
            with self._changed:
                self._reserved_tokens -= ceiling
                self._reserved_dollars -= dollars
                self._changed.notify_all()

    def check(self, ceiling: int) -> None:
        """Raise LLMError where ``ceiling`` more tokens could exceed the limit."""
        with self.reserved(ceiling):
            pass

    def update(self, spent: Callable[[], Spent]) -> None:
        """Catch up with what was spent in all, by other processes and by batches too; queried only under a limit."""
        if self._limit is not None:
            tokens, dollars = spent()
            with self._changed:
                self.tokens, self.dollars = max(self.tokens, tokens), max(self.dollars, dollars)

    def _pay(self, usage: TokenCounts) -> None:
        with self._changed:
            self.tokens += usage["prompt_tokens"] + usage["completion_tokens"]
            self.dollars += self._price.of(usage)

    def _fits(self, tokens: int, dollars: float) -> bool:
        return self._limit is None or (
            self.tokens + self._reserved_tokens + tokens <= self._limit.tokens
            and self.dollars + self._reserved_dollars + dollars <= self._limit.dollars
        )

    def _exceeded(self, ceiling: int) -> str:
        assert self._limit is not None
        tokens = self._limit.tokens < float("inf")
        spent, unit = (
            (f"{self.tokens:,} of {self._limit.tokens:,.0f} tokens", "tokens")
            if tokens
            else (f"{self.dollars:.4f} of {self._limit.dollars:.2f} dollars", "dollars")
        )
        return (
            f"llm.budget: {spent} are spent in this response store, and the next request may cost {ceiling:,} tokens;"
            f" every answer is kept: raise llm.budget ({unit}) and run the same command to go on"
        )


def exclusive(store: Path, name: str, deadline: float) -> AbstractContextManager[object]:
    """Lock a store, so that one process at a time spends its budget: two could exceed it by what both have in flight.

    Waits until ``deadline`` (``time.monotonic``) and says so in the log under ``name``.

    Raises:
        LLMError: the deadline has passed, or the file cannot be locked.
    """
    lock = FileLock(f"{store}.budget")
    try:
        try:
            return lock.acquire(timeout=0)
        except Timeout:
            log(f"{name}: waits for another run to end its requests, because both share llm.budget")
            left = deadline - time.monotonic()
            return lock.acquire(timeout=-1 if left == float("inf") else max(0.0, left))
    except Timeout:
        raise LLMError(OUT_OF_TIME) from None
    except OSError as error:
        raise LLMError(f"{lock.lock_file}: cannot be locked ({error}); remove it, or unset llm.budget") from None
