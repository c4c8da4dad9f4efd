"""How far the asking is: a bar in a terminal, a line now and then in a log."""

import sys
import time
from collections.abc import Mapping

from tqdm import tqdm

LOG_EVERY = 10.0  # seconds between two lines where there is no terminal


class Progress:
    """Counts answers, failures, tokens and dollars of one batch of questions."""

    def __init__(self, name: str, total: int, recorded: int) -> None:
        """Start to count.

        Args:
            name: Stands before every line, for example ``generate demo-0``.
            total: Questions to be asked.
            recorded: Questions whose answers were at hand and are not asked.
        """
        self._name, self._total, self._recorded = name, total, recorded
        self._ended = self._failed = self._tokens = self._waiting = 0
        self._dollars = 0.0
        self._start = self._said = time.monotonic()
        self._bar = tqdm(total=total, desc=name, unit="answer", disable=not sys.stderr.isatty())

    def answered(self, usage: Mapping[str, int], dollars: float) -> None:
        """Count one answer."""
        self._tokens += usage["prompt_tokens"] + usage["completion_tokens"]
        self._dollars += dollars
        self._step()

    def failed(self) -> None:
        """Count a question that has no answer."""
        self._failed += 1
        self._step()

    def appeared(self, count: int, waiting: int) -> None:
        """Count answers that another process got, and how many it is still asked for."""
        self._recorded += count
        self._waiting = waiting
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
        if now - self._said >= LOG_EVERY:
            self._said = now
            left = (now - self._start) / max(self._ended, 1) * (self._total - self._ended)
            facts = ", ".join([f"{self._ended} of {self._total} answers", *self._facts(), f"about {left:.0f} s left"])
            say(f"{self._name}: {facts}")

    def _facts(self) -> list[str]:
        facts = [f"{self._tokens} tokens"]
        if self._recorded:
            facts.insert(0, f"{self._recorded} recorded before")
        if self._failed:
            facts.append(f"{self._failed} failed")
        if self._waiting:
            facts.append(f"{self._waiting} asked by another process")
        if self._dollars:
            facts.append(f"${self._dollars:.4f}")
        return facts


def say(line: str) -> None:
    """Write one line of progress to the log."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
