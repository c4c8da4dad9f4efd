"""Workers that take questions from one source and bring back answers: no chunks, no barriers, retries in one place."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.failures import Refusal, Verdict
from promptmix.llm.engine.budget import Budget
from promptmix.llm.engine.rate_limit import Closed, Gate
from promptmix.llm.store.entries import Answer

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds before a question is tried again; doubled each time
GRACE = 2.0  # seconds that questions in flight are waited for when a run is stopped
HOPELESS = 20  # questions that cannot be answered, and not one that could: no other will be
OUT_OF_TIME = "asking.time_limit is reached; every answer that came is kept, the same command goes on"
GATHER = 0.005  # seconds in which answers that come close together are gathered, to be kept in one go
SETTLE_AFTER = 2  # tries for a better answer than an empty one


About = TypeVar("About")


class Job(NamedTuple, Generic[About]):
    """One question to be asked."""

    about: About
    """Whatever the caller knows it by."""
    ceiling: int
    """Tokens that it can cost at most, prompt and answer."""
    ask: Callable[[], "Answered"]
    """Asks once; raises Refusal."""


class Answered(NamedTuple):
    """An answer, and how long the server then wants to be left alone."""

    answer: Answer
    pause: float | None = None
    """Seconds; None where it does not say."""


class Done(NamedTuple, Generic[About]):
    """What became of a question."""

    job: Job[About]
    answer: Answer | None
    refusal: Refusal | None
    seconds: float = 0.0
    """From question to answer."""
    superseded: Sequence[Mapping[str, int]] = ()
    """Usage of replies that were paid for and asked for again, or are no answer at all."""


class Crew:
    """Asks questions with several workers until all are answered or none can be."""

    def __init__(self, gate: Gate, budget: Budget, workers: int, retries: int, deadline: float) -> None:
        """Hire workers; none works yet.

        Args:
            gate: Shared by all workers.
            budget: Asked before every question.
            workers: Threads; the gate may let fewer through.
            retries: How often one question is tried again.
            deadline: ``time.monotonic`` at which the run ends; infinity for never.
        """
        self._gate = gate
        self.budget, self.deadline = budget, deadline
        self._workers, self._retries = workers, retries
        self._source: Iterator[Job[Any]] = iter(())
        self._turn = threading.Lock()
        # Only ever appended to by workers, and shortened after its head was kept: an interrupt can lose nothing.
        self._results: list[Done[Any] | BaseException] = []
        self._news = threading.Event()
        self._started = self._ended = 0
        self._stopping = threading.Event()
        self._answered_at = self._began = time.monotonic()
        self._refused = 0

    def work(self, jobs: Iterable[Job[About]]) -> Iterator[list[Done[About]]]:
        """Ask all questions and yield what became of them, in the order of arrival, several at a time.

        Ends early, by raising, when the run cannot go on: a refusal that concerns all questions, a spent budget, the
        deadline, or a question that failed all its tries while no other was answered. What was yielded counts as kept
        when the next is asked for; :meth:`last` has the rest.

        Raises:
            LLMError: the run ended early.
        """
        self._source = iter(jobs)
        try:
            for _ in range(self._workers):
                self._started += 1
                threading.Thread(target=self._toil, daemon=True).start()
            while self._ended < self._started or self._results:
                self._news.wait(max(0.01, min(1.0, self.deadline - time.monotonic())))
                self._news.clear()
                time.sleep(GATHER)
                results = self._results[:]
                yield [result for result in results if isinstance(result, Done)]
                del self._results[: len(results)]
                for result in results:
                    if not isinstance(result, Done):
                        raise result
                if time.monotonic() >= self.deadline:
                    self._stop()  # no new questions; those in flight are waited for
            if self._stopping.is_set():
                raise LLMError(OUT_OF_TIME)
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        self._stopping.set()
        self._gate.shut()

    def last(self) -> list[Done[Any]]:
        """Return what was not kept when the run was stopped, and what still comes back within a few seconds.

        After a Ctrl-C that came while answers were being kept, some of them may be among it once more.
        """
        until = time.monotonic() + GRACE
        while self._ended < self._started and time.monotonic() < until:
            time.sleep(0.02)
        return [result for result in self._results[:] if isinstance(result, Done)]

    def _toil(self) -> None:
        try:
            while not self._stopping.is_set():
                with self._turn:
                    job = next(self._source, None)
                if job is None:
                    break
                self._tell(self._tried(job))
        except Closed:
            pass
        except BaseException as fault:  # a thread's fault is raised where the run is waited for
            self._tell(fault)
        finally:
            with self._turn:
                self._ended += 1
            self._news.set()

    def _tell(self, result: Done[Any] | BaseException) -> None:
        self._results.append(result)
        self._news.set()

    def _tried(self, job: Job[Any]) -> Done[Any]:
        """Ask a question until it is answered or cannot be."""
        began = time.monotonic()
        superseded: list[Mapping[str, int]] = []
        for attempt in range(self._retries + 1):
            try:
                answer, seconds = self._once(job)
                return Done(job, answer, None, seconds, superseded)
            except Refusal as refusal:
                if refusal.verdict is Verdict.STOP:
                    raise LLMError(refusal.words) from None
                last = refusal
            if last.settle is not None and attempt >= min(SETTLE_AFTER, self._retries):
                return Done(job, last.settle, None, 0.0, superseded)
            if last.usage:
                superseded.append(last.usage)
            if last.verdict is Verdict.NEVER or attempt == self._retries:
                break
            self._rest(attempt, last)
        self._despair(last, began)
        return Done(job, None, last, 0.0, superseded)

    def _despair(self, last: Refusal, began: float) -> None:
        """End the run where a question that was not answered means that none will be.

        Raises:
            LLMError: nothing was answered since ``began``, or nothing ever and many questions were refused.
        """
        if last.verdict is not Verdict.NEVER and self._answered_at < began:
            times = f"{self._retries + 1} times" if self._retries else "once"
            raise LLMError(f"{last.words}; tried {times}, and no other question was answered meanwhile")
        self._refused += 1
        if self._answered_at == self._began and self._refused >= HOPELESS:
            raise LLMError(f"{last.words}; {HOPELESS} questions or more were refused and none was answered")

    def _once(self, job: Job[Any]) -> tuple[Answer, float]:
        """Ask once, and return the answer and the seconds that it took."""
        with self._gate.passage(job.ceiling), self.budget.reserved(job.ceiling) as paid:
            if self._stopping.is_set():
                raise Closed
            sent = time.monotonic()
            try:
                answer, pause = job.ask()
            except Refusal as refusal:
                if refusal.verdict is Verdict.SLOWER:
                    self._gate.refused(sent, refusal.pause)
                if refusal.usage:
                    paid(refusal.usage)
                raise
            paid(answer["usage"])
            if pause is not None:
                self._gate.pause(pause)
            self._answered_at = time.monotonic()
            self._gate.answered(self._answered_at - sent)
            return answer, self._answered_at - sent

    def _rest(self, attempt: int, refusal: Refusal) -> None:
        """Wait before the next try, each worker a little differently, so that they do not all come back at once."""
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt)
        if refusal.verdict is Verdict.AGAIN and refusal.pause is not None:
            pause = max(pause, min(refusal.pause, 60.0))
        # Timing alone: no answer depends on it.
        if self._stopping.wait(pause * random.uniform(0.5, 1.0)):
            raise Closed
