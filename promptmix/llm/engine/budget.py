"""What may be spent: counted before a question is sent, so that the limit is never passed.

A budget holds for the response store as a whole, over all runs: what was paid is in the store, and so is the record of
having paid for it.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from promptmix.core.errors import LLMError
from promptmix.llm.engine.prices import Price
from promptmix.llm.store.entries import Spent
from promptmix.params import Limit

Usage = Mapping[str, int]
NO_LIMIT = Limit(float("inf"), float("inf"))


class Budget:
    """Keeps what was spent and what the questions in flight may still cost below a limit; safe for threads."""

    def __init__(self, limit: Limit, price: Price, tokens: int, dollars: float) -> None:
        """Begin with what was spent before: so many tokens and dollars."""
        self._limit, self._price = limit, price
        self.tokens, self.dollars = tokens, dollars
        self._reserved_tokens, self._reserved_dollars = 0, 0.0
        self._changed = threading.Condition()

    @contextmanager
    def reserved(self, ceiling: int) -> Iterator[Callable[[Usage], None]]:
        """Set aside what a question can cost at most until the block ends; yields what is called with its real usage.

        Waits while questions in flight may still turn out cheaper.

        Raises:
            LLMError: there is not enough left.
        """
        dollars = ceiling * self._price.dearest
        with self._changed:
            while not self._fits(ceiling, dollars):
                if not self._reserved_tokens:
                    raise LLMError(self._spent(ceiling))
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

    def heed(self, spent: Callable[[], Spent]) -> None:
        """Take note of what was spent in all, by other processes and by batches too; asks only if there is a limit."""
        if self._limit != NO_LIMIT:
            tokens, dollars = spent()
            with self._changed:
                self.tokens, self.dollars = max(self.tokens, tokens), max(self.dollars, dollars)

    def _pay(self, usage: Usage) -> None:
        with self._changed:
            self.tokens += usage["prompt_tokens"] + usage["completion_tokens"]
            self.dollars += self._price.of(usage)

    def _fits(self, tokens: int, dollars: float) -> bool:
        return (
            self.tokens + self._reserved_tokens + tokens <= self._limit.tokens
            and self.dollars + self._reserved_dollars + dollars <= self._limit.dollars
        )

    def _spent(self, ceiling: int) -> str:
        tokens = self._limit.tokens < float("inf")
        spent, limit = (
            (f"{self.tokens:,} of {self._limit.tokens:,.0f} tokens", "tokens")
            if tokens
            else (f"{self.dollars:.4f} of {self._limit.dollars:.2f} dollars", "dollars")
        )
        return (
            f"llm.budget: {spent} are spent in this response store, and the next question may cost {ceiling:,} tokens;"
            f" every answer is kept: raise llm.budget ({limit}) and run the same command to go on"
        )
