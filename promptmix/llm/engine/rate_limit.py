"""When a request may be sent: one rate limiter for all workers of a run.

It limits three things: how many requests are in flight, how many start per minute, and until when none may start at
all. A 429 or 503 blocks everybody, halves the number in flight, and sets the pace to what the server has really
allowed so far. Every answer then shortens the interval between requests by 2 % and raises the number in flight, by one
for each round of answers, as long as answers come as fast as before.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from promptmix.llm.endpoints.failures import LONGEST_WAIT

SLOW = 2.0  # an answer this many times slower than the fastest one does not raise the number in flight
PROBE = 1.25  # after a 429: try 25 % faster than the average rate achieved so far, pauses included
DEFAULT_PAUSE = 0.5  # seconds, where the server does not say
SPEEDUP = 0.98  # of the interval between two requests, after each answer


class LimiterClosed(Exception):  # noqa: N818  # a state, not a fault
    """The rate limiter was closed while somebody waited."""


class RateLimiter:
    """Lets requests through; safe for any number of threads."""

    def __init__(
        self,
        most: int,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] = threading.Condition.wait,
    ) -> None:
        """Start without any restraint but these.

        Args:
            most: Requests in flight at most; the limit never rises above it.
            requests_per_minute: None for any number.
            tokens_per_minute: Of prompts and longest answers together; None for any number.
            clock: Seconds since any moment.
            wait: Waits for a change or for seconds of ``clock``.
        """
        self._most, self._limit = most, float(most)
        self._clock, self._wait = clock, wait
        self._in_flight = self._answers = 0
        self._began, self._limited_at, self._blocked_until = clock(), float("-inf"), float("-inf")
        self._requests, self._tokens = _Rate(requests_per_minute), _Rate(tokens_per_minute)
        self._fastest = float("inf")
        self._recent = deque[float](maxlen=most)  # times of the last answers
        self._cold = False
        self._interval, self._next_start = 0.0, float("-inf")
        self._closed = False
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many requests may be in flight now, at least 1."""
        return max(1, int(self._limit))

    @contextmanager
    def slot(self, tokens: int) -> Iterator[None]:
        """Wait until a request of at most ``tokens`` tokens may start; it is in flight until the block ends.

        Raises:
            LimiterClosed: the limiter was closed.
        """
        with self._changed:
            now = self._clock()
            due = now + max(self._requests.delay(now, 1), self._tokens.delay(now, tokens))
            while (seconds := self._delay(due)) is not None:
                self._wait(self._changed, seconds)
            self._in_flight += 1
            self._next_start = max(self._next_start, self._clock()) + self._interval
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let nothing start for some seconds, and change nothing else: an answer said that the limit is reached."""
        with self._changed:
            self._blocked_until = max(self._blocked_until, self._clock() + min(seconds, LONGEST_WAIT))

    def one_at_a_time(self) -> None:
        """Let one request out at a time until the first answer: nobody has answered yet, and the server is failing."""
        with self._changed:
            if not self._answers:
                self._limit, self._cold = 1.0, True

    def answered(self, seconds: float) -> None:
        """Note an answer and how long it took."""
        with self._changed:
            if self._cold:
                self._limit, self._cold = float(self._most), False
                self._changed.notify_all()
            self._fastest = min(self._fastest, seconds)
            self._recent.append(self._clock())
            self._answers += 1
            self._interval *= SPEEDUP
            if self._limit < self._most and seconds <= SLOW * self._fastest:
                self._limit = min(self._most, self._limit + 1 / self._limit)
                self._changed.notify_all()

    def limited(self, sent: float, pause: float | None) -> None:
        """Note a 429 or 503: block for ``pause`` seconds, halve the number in flight, and adapt the pace.

        Args:
            sent: Time of ``clock`` at which the refused request was sent; one that was in flight at the last refusal
                halves nothing again.
            pause: Seconds that the server asked to wait; None where it does not say, and then the pace is not adapted.
        """
        with self._changed:
            now, known = self._clock(), pause is not None
            pause = min(DEFAULT_PAUSE if pause is None else pause, LONGEST_WAIT)
            if sent >= self._limited_at:
                self._limit = max(1.0, self._limit / 2)
                self._limited_at = now
                if known and self._answers:
                    # Never longer than the server itself wants to be left alone.
                    self._interval = min((now + pause - self._began) / self._answers / PROBE, pause)
            self._blocked_until = max(self._blocked_until, now + pause)

    def timed_out(self, sent: float, seconds: float) -> None:
        """Note a request without an answer in time: no more in flight than the server has answered meanwhile.

        A server that works off its queue also computes answers that nobody waits for any more; it gets the time for
        that, at the rate at which it has answered.

        Args:
            sent: Time of ``clock`` at which the request was sent; one that was in flight at the last refusal or
                time-out changes nothing again.
            seconds: How long the answer was waited for.
        """
        with self._changed:
            if sent < self._limited_at:
                return
            self._limited_at = now = self._clock()
            answered, most = sum(moment >= sent for moment in self._recent), self.limit
            if answered < most:
                self._limit = max(1.0, min(self._limit, answered) / 2)
                pause = seconds * (most - answered) / answered if answered else 0.0
                self._blocked_until = max(self._blocked_until, now + min(pause, 2 * seconds))

    def close(self) -> None:
        """Let nothing through any more; whoever waits gets LimiterClosed."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _delay(self, due: float) -> float | None:
        """Return how long to wait before looking again; None if a request may start."""
        if self._closed:
            raise LimiterClosed
        if (seconds := max(due, self._blocked_until, self._next_start) - self._clock()) > 0:
            return seconds
        return 60.0 if self._in_flight >= self.limit else None


class _Rate:
    """A number of units per minute, spread evenly; up to a second's worth may start at once (GCRA)."""

    def __init__(self, per_minute: float | None) -> None:
        self._seconds = 60.0 / per_minute if per_minute else 0.0
        self._next = float("-inf")

    def delay(self, now: float, units: float) -> float:
        """Take ``units`` and return in how many seconds they may be used."""
        start = max(self._next, now - 1.0)
        self._next = start + units * self._seconds
        return max(0.0, start - now)
