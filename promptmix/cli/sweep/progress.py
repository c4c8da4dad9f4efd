"""How far a sweep is: a bar in a terminal, a line now and then in a log."""

import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

LOG_EVERY = 60.0  # seconds between two lines where there is no terminal


class SweepProgress:
    """Counts finished experiments and says which stages run."""

    def __init__(self, total: int) -> None:
        """Start to count."""
        self._total, self._done = total, 0
        self._start = self._said = time.monotonic()
        self._bar = tqdm(total=total, desc="sweep", unit="experiment", disable=not sys.stderr.isatty())

    def say(self, line: str) -> None:
        """Write a line, above the bar where there is one."""
        self._bar.write(line, file=sys.stderr)
        sys.stderr.flush()

    def ended(self) -> None:
        """Count an experiment that has finished or failed for good."""
        self._done += 1
        self._bar.update()

    def running(self, logs: Mapping[str, Path]) -> None:
        """Show what runs now: name of the experiment and its log."""
        now = time.monotonic()
        if self._bar.disable and now - self._said < LOG_EVERY:
            return
        self._said = now
        facts = ", ".join(f"{name} ({stage(log)})" for name, log in logs.items())
        self._bar.set_postfix_str(facts)
        if self._bar.disable:
            self.say(f"sweep: {self._done} of {self._total} done after {(now - self._start) / 60:.0f} min; now {facts}")

    def close(self) -> None:
        """End the bar."""
        self._bar.close()


def stage(log: Path) -> str:
    """Return the stage that a log of ``dvc exp run`` began last."""
    begun = re.findall(r"^Running stage '([^']+)'", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return begun[-1] if begun else "preparing"


def last_lines(log: Path, count: int) -> str:
    """Return the end of a log, indented."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in [line for line in lines if line.strip()][-count:])
