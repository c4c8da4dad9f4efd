"""Threads that take requests from one source and bring back answers: no chunks, no barriers, retries in one place."""

import random
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from promptmix.core.errors import LLMError, PromptsRefusedError
from promptmix.llm.endpoints.failures import FailureKind, RequestFailed
from promptmix.llm.endpoints.open import Endpoint
from promptmix.llm.engine.budget import OUT_OF_TIME, Budget
from promptmix.llm.engine.progress import log
from promptmix.llm.engine.rate_limit import LimiterClosed, RateLimiter
from promptmix.llm.request import Pending
from promptmix.llm.store.entries import Answer, TokenCounts

if TYPE_CHECKING:
    from promptmix.params import Asking

FIRST_BACKOFF, LONGEST_BACKOFF = 0.5, 8.0  # seconds before a request is retried; doubled each time
GRACE = 2.0  # seconds that requests in flight are waited for when a run is stopped
HOPELESS = 20  # give up after this many refused requests, where most are
SILENT = 8  # give up after this many replies without a word, where no reply has one
SAY_WAITING = 60.0  # seconds without an answer after which that is said
LOADING_GROWTH = 1.5  # of one pause to the next while a server loads
LOADING_SHARE = 0.9  # of the timeout, which these pauses take in all
GATHER = 0.005  # seconds in which answers that arrive close together are gathered, to be stored in one transaction
FALLBACK_AFTER = 2  # retries for a better answer than an empty one


class Outcome(NamedTuple):
    """What became of a request: an answer or a failure, or neither where the run ended before."""

    pending: Pending
    answer: Answer | None
    failure: RequestFailed | None
    wasted: Sequence[TokenCounts]
    """Usage of replies that were paid for, but replaced by a retry or no answer at all."""
    seconds: float = 0.0
    """From request to answer."""


class WorkerPool:
    """Sends requests to one endpoint until all are answered or none can be."""

    def __init__(
        self, endpoint: Endpoint, asking: "Asking", budget: Budget, deadline: float, name: str = "requests"
    ) -> None:
        """Start no thread yet.

        Args:
            endpoint: Also says how many workers there are; the rate limiter may let fewer send.
            asking: Rates, and how often a request is retried.
            budget: Reserved from before every request.
            deadline: ``time.monotonic`` at which the run ends; infinity for never.
            name: Begins every line of the log, for example ``generate demo-0``.
        """
        self.endpoint, self.budget = endpoint, budget
        self._limiter = RateLimiter(endpoint.workers, asking.requests_per_minute, asking.tokens_per_minute)
        self._retries, self._timeout, self._deadline, self._name = asking.retries, asking.timeout, deadline, name
        self._source: Iterator[Pending] = iter(())
        self._lock = threading.Lock()
        self._taking = threading.Lock()  # of its own: the source may wait for the disk, and answers must not
        # Workers only ever append, and the head is removed after it was stored: an interrupt can lose nothing.
        self._results: list[Outcome | BaseException] = []
        self._news = threading.Event()
        self._started = self._ended = 0
        self._stopping = threading.Event()
        self._answered_at = self._began = self._said_at = time.monotonic()
        self._last_failure = ""
        self.answered = self.refused = 0
        self._silent: list[TokenCounts] = []
        self._spoke = False

    def run(self, pending: Iterable[Pending]) -> Iterator[list[Outcome]]:
        """Send all requests and yield their outcomes, in order of arrival, several at a time.

        Ends early, by raising, when the run cannot go on: a failure that concerns all requests, a spent budget, the
        deadline, or a request that failed all its tries while no other was answered. What was yielded counts as
        handled when the next is requested; :meth:`drain` returns the rest.

        Raises:
            LLMError: the run ended early.
        """
        self._source = iter(pending)
        try:
            for _ in range(self.endpoint.workers):
                self._started += 1
                threading.Thread(target=self._run_worker, daemon=True).start()
            while self._ended < self._started or self._results:
                self._news.wait(max(0.01, min(1.0, self._deadline - time.monotonic())))
                self._news.clear()
                self._say_waiting()
                time.sleep(GATHER)
                results = self._results[:]
                yield [result for result in results if isinstance(result, Outcome)]
                del self._results[: len(results)]
                for result in results:
                    if not isinstance(result, Outcome):
                        raise result
                if time.monotonic() >= self._deadline:
                    self._stop()  # nothing new is sent; requests in flight are waited for
            if self._stopping.is_set():
                raise LLMError(OUT_OF_TIME)
        except BaseException:
            self._stop()
            raise

    def drain(self) -> list[Outcome]:
        """Return what was not handled when the run was stopped, and what still arrives within a few seconds.

        After a Ctrl-C during the handling of outcomes, some of them may be among these again.
        """
        until = time.monotonic() + GRACE
        while self._ended < self._started and time.monotonic() < until:
            time.sleep(0.02)
        return [result for result in self._results[:] if isinstance(result, Outcome)]

    def _stop(self) -> None:
        self._stopping.set()
        self._limiter.close()

    def _run_worker(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._taking:
                    pending = next(self._source, None)
                if pending is None:
                    break
                self._report(self._send_with_retries(pending))
        except LimiterClosed:
            pass
        except BaseException as error:  # raised again in the thread that waits for the outcomes
            self._report(error)
        finally:
            with self._lock:
                self._ended += 1
            self._news.set()

    def _report(self, result: Outcome | BaseException) -> None:
        self._results.append(result)
        self._news.set()

    def _send_with_retries(self, pending: Pending) -> Outcome:
        """Send a request until it is answered or cannot be; what was paid until the run ends is reported."""
        wasted: list[TokenCounts] = []
        try:
            return self._send_until_answered(pending, wasted)
        except BaseException:
            if wasted:
                self._report(Outcome(pending, None, None, wasted))
            raise

    def _send_until_answered(self, pending: Pending, wasted: list[TokenCounts]) -> Outcome:
        began = time.monotonic()
        for attempt in range(self._retries + 1):
            try:
                answer, seconds = self._send(pending)
                self._check_speech(answer, pending)
                return Outcome(pending, answer, None, wasted, seconds)
            except RequestFailed as failed:
                last = failed
            if last.kind is FailureKind.FATAL:
                if last.usage:
                    wasted.append(last.usage)
                raise LLMError(last.message)
            if last.fallback is not None and attempt >= min(FALLBACK_AFTER, self._retries):
                self._check_speech(last.fallback, pending)
                return Outcome(pending, last.fallback, None, wasted)
            if last.usage:
                wasted.append(last.usage)
            if last.kind is FailureKind.REFUSED or attempt == self._retries:
                break
            self._backoff(attempt, last)
        self._abort_if_hopeless(last, began)
        if last.kind is FailureKind.RETRY and _may_be_the_prompts(last):
            # Others were answered meanwhile, so that it is this prompt that the server breaks down at.
            last = RequestFailed(FailureKind.REFUSED, last.cause, last.message, words=last.words)
        return Outcome(pending, None, last, wasted)

    def _send(self, pending: Pending) -> tuple[Answer, float]:
        """Send a request once, when rate limit and budget allow it; returns the answer and the seconds it took."""
        with self._limiter.slot(pending.ceiling), self.budget.reserved(pending.ceiling) as pay:
            if self._stopping.is_set():
                raise LimiterClosed
            sent = time.monotonic()
            try:
                answer, pause = self.endpoint.answer(*pending)
            except RequestFailed as failed:
                self._note(failed, sent)
                if failed.usage:
                    pay(failed.usage)
                raise
            pay(answer["usage"])
            if pause is not None:
                self._limiter.pause(pause)
            with self._lock:
                self.answered += 1
                self._answered_at = time.monotonic()
            self._limiter.answered(self._answered_at - sent)
            return answer, self._answered_at - sent

    def _note(self, failed: RequestFailed, sent: float) -> None:
        """Slow down where a failure shows that the server cannot do more."""
        self._last_failure = failed.message
        if failed.kind is FailureKind.TIMED_OUT:
            self._limiter.timed_out(sent, self._timeout)
        elif failed.kind is FailureKind.RATE_LIMITED:
            self._limiter.limited(sent, failed.pause)
        elif failed.kind in (FailureKind.LOADING, FailureKind.RETRY) and not self.answered:
            self._limiter.one_at_a_time()

    def _backoff(self, attempt: int, failed: RequestFailed) -> None:
        """Wait before the next try, each worker a little differently, so that they do not all come back at once."""
        pause = min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**attempt)
        if failed.kind is FailureKind.LOADING and failed.pause is None and not self.answered:
            pause = max(pause, self._loading_pause(attempt))
        elif failed.kind in (FailureKind.RETRY, FailureKind.LOADING) and failed.pause is not None:
            pause = max(pause, failed.pause)
        # Unseeded, because it is timing alone: no answer depends on it.
        if self._stopping.wait(pause * random.uniform(0.5, 1.0) if pause <= LONGEST_BACKOFF else pause):
            raise LimiterClosed

    def _loading_pause(self, attempt: int) -> float:
        """Return how long to wait for a server that loads: all pauses together are a share of the timeout."""
        parts = [LOADING_GROWTH**number for number in range(self._retries)]
        return LOADING_SHARE * self._timeout * parts[attempt] / sum(parts)

    def _say_waiting(self) -> None:
        """Say now and then that no answer comes, and why."""
        now = time.monotonic()
        if now - max(self._answered_at, self._said_at) >= SAY_WAITING and not self._stopping.is_set():
            self._said_at = now
            why = self._last_failure or "the server has not replied yet"
            log(f"{self._name}: no answer for {now - self._answered_at:.0f} s; {why}")

    def _check_speech(self, answer: Answer, pending: Pending) -> None:
        """End the run where its first replies hold no word: all others would be paid for nothing too.

        Raises:
            LLMError: with what was paid, and the setting to change.
        """
        if answer["text"].strip() or pending.sampling.top_logprobs or answer["finish"] == "refused":
            self._spoke = True
        if self._spoke:
            return
        with self._lock:
            self._silent.append(answer["usage"])
            count = len(self._silent)
        if count >= SILENT and not self._spoke:
            self._report(Outcome(pending, answer, None, ()))
            raise LLMError(self._silence(answer, pending.sampling.max_tokens))

    def _silence(self, answer: Answer, most: int) -> str:
        tokens = sum(usage["prompt_tokens"] + usage["completion_tokens"] for usage in self._silent)
        section = "generate" if self._name.startswith(("generate", "contrast")) else "relabel"
        cut = answer["finish"] == "length"
        why = f"they were cut at {section}.max_tokens {most}, inside the model's thoughts" if cut else "they are empty"
        remedy = (
            f"raise {section}.max_tokens, or shorten the thoughts by a field of llm.extra such as reasoning_effort: low"
            if cut
            else "try the model by hand, or set generate.json_schema and relabel.json_schema to false"
        )
        count = len(self._silent)
        return f"no word in the first {count} replies of the model: {why}; {tokens:,} tokens were paid; {remedy}"

    def _abort_if_hopeless(self, failed: RequestFailed, began: float) -> None:
        """End the run where a failed request means that none will be answered.

        Raises:
            LLMError: nothing was answered since ``began``, or most requests are refused.
        """
        if failed.kind is not FailureKind.REFUSED:
            if self._answered_at < began:
                times = f"{self._retries + 1} times" if self._retries else "once"
                kind = PromptsRefusedError if _may_be_the_prompts(failed) else LLMError
                raise kind(f"{failed.message}; tried {times}, and no other request was answered meanwhile")
            return
        with self._lock:
            self.refused += 1
        if self.refused >= HOPELESS and self.refused > self.answered:
            raise LLMError(f"{failed.message}; {self.refused} of {self.refused + self.answered} requests were refused")


def _may_be_the_prompts(failed: RequestFailed) -> bool:
    """Whether a failure for good may be due to its prompt: the server breaks down at it, or replies with nothing."""
    return failed.cause.startswith("500") or failed.cause == "malformed"
