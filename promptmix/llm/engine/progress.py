"""How many requests are answered: a bar in a terminal, a line now and then in a log."""

import sys
import time

from tqdm import tqdm

from promptmix.llm.store.entries import TokenCounts

LOG_EVERY = 10.0  # seconds between two lines where there is no terminal


class RequestProgress:
    """Counts the answers, failures, tokens and dollars of one call of ``Client.ask``."""

    def __init__(self, name: str, total: int, recorded: int) -> None:
        """Start to count.

        Args:
            name: Begins every line, for example ``generate demo-0``.
            total: Requests without an answer.
            recorded: Requests whose answers were stored before.
        """
        self._name, self._total, self._recorded = name, total, recorded
        self._ended = self._failed = self._tokens = self._elsewhere = 0
        self._dollars = 0.0
        self._start = self._logged = time.monotonic()
        self._bar = tqdm(total=total, desc=name, unit="answer", disable=not sys.stderr.isatty())

    def answered(self, usage: TokenCounts, dollars: float) -> None:
        """Count one answer."""
        self._tokens += usage["prompt_tokens"] + usage["completion_tokens"]
        self._dollars += dollars
        self._step()

    def failed(self) -> None:
        """Count a request that gets no answer."""
        self._failed += 1
        self._step()

    def answered_elsewhere(self, count: int, waiting: int) -> None:
        """Count answers that another process got, and note how many it is still getting."""
        self._recorded += count
        self._elsewhere = waiting
        self._step(count)

    def close(self) -> None:
        """End the bar."""
        self._bar.close()

    def _step(self, count: int = 1) -> None:
        self._ended += count
        self._bar.update(count)
        if not self._bar.disable:
            self._bar.set_postfix_str(", ".join(self._facts()))
            return
        now = time.monotonic()
        if now - self._logged >= LOG_EVERY:
            self._logged = now
            left = (now - self._start) / max(self._ended, 1) * (self._total - self._ended)
            facts = ", ".join([f"{self._ended} of {self._total} answers", *self._facts(), f"about {left:.0f} s left"])
            log(f"{self._name}: {facts}")

    def _facts(self) -> list[str]:
        facts = [f"{self._tokens} tokens"]
        if self._recorded:
            facts.insert(0, f"{self._recorded} recorded before")
        if self._failed:
            facts.append(f"{self._failed} failed")
        if self._elsewhere:
            facts.append(f"{self._elsewhere} requested by another process")
        if self._dollars:
            facts.append(f"${self._dollars:.4f}")
        return facts


def log(line: str) -> None:
    """Write one line to standard error at once."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
