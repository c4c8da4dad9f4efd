"""When a question may be sent: one gate for all workers of a run.

The gate holds three things: how many questions are in flight, how many may start in a minute, and until when nothing
may start at all. A refusal for haste closes it for everybody, halves the number in flight, and teaches it the pace that
the server has really allowed; answers then quicken the pace by a fiftieth each and widen the gate by one a round, as
long as they come as fast as before.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

SLOWER = 2.0  # a round this many times slower than the fastest one does not widen the gate
HOPE = 1.25  # the learned pace is so many times what was answered on the whole, pauses included
UNTOLD_PAUSE = 0.5  # seconds, where the server does not say
QUICKENING = 0.98  # of the time between two questions, after each answer
LONGEST_PAUSE = 300.0  # seconds; a server that asks for more is not waited for at once


class Closed(Exception):  # noqa: N818  # a state, not a fault
    """The gate was shut for good while somebody waited."""


class Rate:
    """A limit of so much a minute, spread evenly; up to a second's worth may start at once (GCRA)."""

    def __init__(self, per_minute: float) -> None:
        """Allow ``per_minute`` units; 0: any number."""
        self._seconds = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0

    def delay(self, now: float, units: float) -> float:
        """Take ``units`` and return after how many seconds they may be used."""
        start = max(self._next, now - 1.0)
        self._next = start + units * self._seconds
        return max(0.0, start - now)


class Gate:
    """Lets questions through; safe for any number of threads."""

    def __init__(self, most: int, requests_per_minute: float = 0, tokens_per_minute: float = 0) -> None:
        """Begin wide open.

        Args:
            most: Questions in flight at most; the gate never opens wider.
            requests_per_minute: 0 for any number.
            tokens_per_minute: Of prompts and longest answers together; 0 for any number.
        """
        self._most, self._width = most, float(most)
        self._inside = 0
        self._began, self._closed_at, self._opens = time.monotonic(), float("-inf"), 0.0
        self._closed_for_good = False
        self._requests, self._tokens = Rate(requests_per_minute), Rate(tokens_per_minute)
        self._fastest = float("inf")
        self._spacing, self._next = 0.0, 0.0  # seconds between two questions, as learned; when the next may start
        self._answers = 0
        self._changed = threading.Condition()

    @property
    def width(self) -> int:
        """How many questions may be in flight now, at least 1."""
        return max(1, int(self._width))

    @contextmanager
    def passage(self, tokens: int) -> Iterator[None]:
        """Wait until a question of so many tokens may be sent, and count it as in flight until the block ends.

        Raises:
            Closed: the gate was shut for good.
        """
        with self._changed:
            now = time.monotonic()
            due = now + max(self._requests.delay(now, 1), self._tokens.delay(now, tokens))
            while (pause := self._wait(due)) is not None:
                self._changed.wait(pause)
            self._inside += 1
            self._next = max(self._next, time.monotonic()) + self._spacing
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let nobody start for so many seconds, without any reproach: the server said that it is full."""
        with self._changed:
            self._opens = max(self._opens, time.monotonic() + min(seconds, LONGEST_PAUSE))

    def answered(self, seconds: float) -> None:
        """Note an answer: the gate widens by one a round, unless answers have become much slower."""
        with self._changed:
            self._fastest = min(self._fastest, seconds)
            self._answers += 1
            self._spacing *= QUICKENING
            if self._width < self._most and seconds <= SLOWER * self._fastest:
                self._width = min(self._most, self._width + 1 / self._width)
                self._changed.notify_all()

    def refused(self, sent: float, pause: float | None) -> None:
        """Close for ``pause`` seconds, halve the width, and learn how many answers the server gives in what time.

        Args:
            sent: When the refused question was sent (``time.monotonic``); those sent before the last closure halve
                nothing, because they were on their way when the gate closed.
            pause: Seconds as the server asks; None where it does not say, which teaches no pace.
        """
        with self._changed:
            now, told = time.monotonic(), pause is not None
            pause = min(UNTOLD_PAUSE if pause is None else pause, LONGEST_PAUSE)
            if sent >= self._closed_at:
                self._width = max(1.0, self._width / 2)
                self._closed_at = now
                if told and self._answers:
                    self._spacing = (now + pause - self._began) / self._answers / HOPE
            self._opens = max(self._opens, now + pause)

    def shut(self) -> None:
        """Let nobody through any more; those who wait get Closed."""
        with self._changed:
            self._closed_for_good = True
            self._changed.notify_all()

    def _wait(self, due: float) -> float | None:
        """Return how long to wait before looking again; None where the way is free."""
        if self._closed_for_good:
            raise Closed
        now = time.monotonic()
        if (wait := max(due, self._opens, self._next) - now) > 0:
            return wait
        return 60.0 if self._inside >= self.width else None
