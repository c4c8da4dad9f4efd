"""Asks many questions: what is stored is not asked, what is asked is stored at once."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from promptmix.errors import LLMError
from promptmix.files import root
from promptmix.llm.endpoints import Endpoint, open_endpoint
from promptmix.llm.sampling import Sampling, key, request
from promptmix.llm.store import Answer, Answers, Recorded, Store
from promptmix.llm.store import path as store_path
from promptmix.params import Params
from promptmix.pretrained import Pretrained
from promptmix.records import Completion, Question

PACKS = Path("data/answers")  # recorded answers, in git
LOG_EVERY = 10.0  # seconds between two lines of progress where there is no terminal

Open = Callable[[], AbstractContextManager[Endpoint]]


class Asker:
    """Answers questions for one stage, with one model; opens the endpoint only when something must be asked.

    Use as a context manager: the endpoint stays open between calls and closes with the block.
    """

    def __init__(self, name: str, identity: dict[str, str], answers: Answers, open_endpoint: Open) -> None:
        """Prepare to ask.

        Args:
            name: Stands before every line of progress, for example ``generate demo-0``.
            identity: What tells the model apart from all others; part of every key.
            answers: Where answers are looked up and kept.
            open_endpoint: Called at most once.
        """
        self.asked = self.recorded = 0
        self._name, self._identity, self._answers, self._open = name, identity, answers, open_endpoint
        self._context: AbstractContextManager[Endpoint] | None = None
        self._endpoint: Endpoint | None = None

    def __enter__(self) -> "Asker":
        """Enter; nothing is opened yet."""
        return self

    def __exit__(self, *exception: Any) -> None:
        """Close the endpoint if one was opened, and say how many answers were asked for and how many were at hand."""
        if self._context is not None:
            self._context.__exit__(*exception)
        say(f"{self._name}: {self.asked} answers asked now, {self.recorded} recorded before")
        with tally_path().open("a", encoding="utf-8") as tally:
            tally.write(json.dumps({"stage": self._name, "asked": self.asked, "recorded": self.recorded}) + "\n")

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
        """Return one completion for each question, in their order.

        Raises:
            LLMError: the endpoint refused or failed; all answers that came are stored.
        """
        requests = [request(self._identity, question, sampling) for question in questions]
        keys = [key(each) for each in requests]
        found = {k: answer for k in keys if (answer := self._answers.get(k)) is not None}
        todo = {k: n for n, k in enumerate(keys) if k not in found}
        self.recorded += len(keys) - len(todo)
        if todo:
            # Neighbours share the start of their prompts, which a server then computes once.
            order = sorted(
                todo.items(), key=lambda item: (questions[item[1]].text[: questions[item[1]].shared], item[1])
            )
            for k, answer in self._ask_all({k: (requests[n], questions[n]) for k, n in order}, sampling):
                found[k] = answer
        return [
            Completion(key=k, prompt_id=question.id, model=self._identity["name"], **found[k])
            for k, question in zip(keys, questions, strict=True)
        ]

    def _ask_all(
        self, todo: dict[str, tuple[dict[str, Any], Question]], sampling: Sampling
    ) -> Iterator[tuple[str, Answer]]:
        if not self._answers.asks:
            raise LLMError(
                f"{self._name}: {len(todo)} answers are not recorded in data/answers; `make repro` asks for them"
            )
        if self._endpoint is None:
            self._context = self._open()
            self._endpoint = self._context.__enter__()
        progress = Progress(self._name, len(todo))
        with ThreadPoolExecutor(self._endpoint.workers) as pool:
            jobs = {pool.submit(self._ask_one, k, *job, sampling): k for k, job in todo.items()}
            try:
                for job in _done(jobs):
                    answer = job.result()
                    self.asked += 1
                    progress.advance(answer)
                    yield jobs[job], answer
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
                progress.close()

    def _ask_one(self, key: str, request: dict[str, Any], question: Question, sampling: Sampling) -> Answer:
        assert self._endpoint is not None
        answer = self._endpoint.answer(key, question, sampling)
        self._answers.put(key, request, answer)
        return answer


class Progress:
    """A bar in a terminal; a line now and then in a log."""

    def __init__(self, name: str, total: int) -> None:
        """Start to count ``total`` answers."""
        self._name, self._total, self._done, self._tokens = name, total, 0, 0
        self._start = self._said = time.monotonic()
        self._bar = tqdm(total=total, desc=name, unit="answer", disable=not sys.stderr.isatty())

    def advance(self, answer: Answer) -> None:
        """Count one answer."""
        self._done += 1
        self._tokens += answer["usage"]["completion_tokens"]
        self._bar.update()
        now = time.monotonic()
        if self._bar.disable and now - self._said >= LOG_EVERY:
            self._said = now
            left = (now - self._start) / self._done * (self._total - self._done)
            say(f"{self._name}: {self._done} of {self._total} answers, {self._tokens} tokens, about {left:.0f} s left")

    def close(self) -> None:
        """End the bar."""
        self._bar.close()


def _done(jobs: dict[Future[Answer], str]) -> Iterator[Future[Answer]]:
    """Yield futures as they end."""
    waiting = set(jobs)
    while waiting:
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        yield from done


def asker(name: str, model: Pretrained, settings: Params) -> Asker:
    """Return the asker of one stage: live, or from recorded answers alone where ``PROMPTMIX_REPLAY`` is set."""
    replay = os.environ.get("PROMPTMIX_REPLAY")
    answers: Answers = Recorded(PACKS) if replay else Store(store_path())
    return Asker(name, model.identity(settings.llm.alias), answers, lambda: open_endpoint(model, settings.asking))


def tally_path() -> Path:
    """Return the log of what each stage asked; no output of a stage, because it differs between equal runs."""
    path = root() / ".cache" / "llm" / "tally.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def tallied() -> tuple[int, int]:
    """Return how many answers were asked for, and how many were at hand, since the tally was started."""
    lines = tally_path().read_text(encoding="utf-8").splitlines() if tally_path().exists() else []
    counts = [json.loads(line) for line in lines]
    return sum(count["asked"] for count in counts), sum(count["recorded"] for count in counts)


def say(line: str) -> None:
    """Write one line of progress to the log."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
