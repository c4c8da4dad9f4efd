"""OpenAI's batch files: requests submitted together, answered within a day, at half the price.

A submitted batch is recorded in the response store, so that a run that ends while the batch is in progress, however it
ends, has its answers collected by the next run. What a batch could not answer is left to be sent request by request.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.refusals import masked
from promptmix.llm.endpoints.replies import MalformedReply, read_answer
from promptmix.llm.engine.budget import OUT_OF_TIME, Budget
from promptmix.llm.engine.prices import BATCH
from promptmix.llm.engine.progress import log
from promptmix.llm.engine.session import Session
from promptmix.llm.request import Pending, Sampling
from promptmix.llm.store.entries import Answer, StoredAnswer

if TYPE_CHECKING:
    from openai.types import Batch

MOST = 20_000  # requests in one file; OpenAI allows 50,000
MOST_BYTES = 100_000_000  # of one file; OpenAI allows twice as much
POLL = 15.0  # seconds between two looks at a batch
IN_PROGRESS = {"validating", "in_progress", "finalizing", "cancelling"}

BatchUrl = Literal["/v1/chat/completions", "/v1/completions"]
Line = tuple[str, Any, str]
"""Key, request as the store keeps it, and the line of the file."""


class BatchFiles:
    """Gets answers through batch files of one server."""

    def __init__(self, session: Session, endpoint: Hosted) -> None:
        """Send nothing yet."""
        self._session, self._store, self._endpoint = session, session.store, endpoint
        # A batch takes hours, in which the network may fail now and then.
        self._client = endpoint.transport.client.with_options(max_retries=5)

    def run(self, pending: Sequence[Pending], budget: Budget, *, submit: bool) -> None:
        """Submit what is not in progress yet, wait for all of it, and store the answers.

        Args:
            pending: Requests without an answer, with equal sampling.
            budget: Has to allow for all new requests at once.
            submit: Whether to submit new batches; else only those in progress are collected.

        Raises:
            LLMError: the server offers no batches or refused one, or the budget is too small; batches in progress
                are collected by the next run.
        """
        import openai

        form = pending[0].sampling.form
        keys = {each.key for each in pending}
        batches = self._store.batches()
        mine = {id: each for id, each in batches.items() if keys & each.keys() and self._claim(id, each)}
        known = {key for requests in self._store.batches().values() for key in requests}
        try:
            if submit:
                new = list(self._session.claimed(each for each in pending if each.key not in known))
                budget.update(self._store.spent)
                budget.check(sum(each.ceiling for each in new))
                for lines in _files(new, self._line):
                    id, requests = self._submit(lines, _url(form))
                    mine[id] = requests
            for id, requests in mine.items():
                self._collect(id, requests)
        except openai.OpenAIError as error:
            raise LLMError(f"batch: {_described(error, self._endpoint.transport.address)}") from None

    def _claim(self, id: str, requests: Mapping[str, Any]) -> bool:
        """Claim a batch and its requests; False if another process collects it."""
        return f"batch {id}" in self._store.claim([f"batch {id}", *requests])

    def _line(self, pending: Pending) -> Line:
        body, changes = self._endpoint.fields.body(*pending), self._endpoint.fields.changed(*pending)
        request = self._session.request(pending) | ({"changes": changes} if changes else {})
        line = {"custom_id": pending.key, "method": "POST", "url": _url(pending.sampling.form), "body": body}
        return pending.key, request, json.dumps(line, ensure_ascii=False)

    def _submit(self, lines: Sequence[Line], url: BatchUrl) -> tuple[str, dict[str, Any]]:
        content = "\n".join(line for _, _, line in lines).encode("utf-8", "replace")
        file = self._client.files.create(file=("questions.jsonl", content), purpose="batch")
        batch = self._client.batches.create(input_file_id=file.id, endpoint=url, completion_window="24h")
        requests = {key: request for key, request, _ in lines}
        self._store.add_batch(batch.id, requests)
        self._store.claim([f"batch {batch.id}"])
        log(f"batch {batch.id}: {len(lines)} requests submitted; this run may be ended, the next one collects them")
        return batch.id, requests

    def _collect(self, id: str, requests: Mapping[str, Any]) -> None:
        """Wait for a batch and store all its answers, also those that nobody needs any more: they are paid."""
        import openai

        try:
            batch = self._ended(id)
        except openai.NotFoundError:
            self._store.forget_batch(id)
            log(f"batch {id}: the server does not know it any more; its requests are sent again")
            return
        answers = [StoredAnswer(key, requests[key], answer) for key, answer in self._answers(batch, requests)]
        self._session.keep(answers, [], BATCH)
        self._store.forget_batch(id)
        if batch.status == "failed":
            raise LLMError(
                f"batch {id} failed: {_reasons(batch)}; nothing was answered, run the same command to submit it again"
            )
        log(f"batch {id}: {batch.status}, {len(answers)} answers")

    def _ended(self, id: str) -> "Batch":
        """Wait for the end of a batch."""
        while (batch := self._client.batches.retrieve(id)).status in IN_PROGRESS:
            if time.monotonic() >= self._session.deadline:
                raise LLMError(f"{OUT_OF_TIME}; batch {id} is collected then")
            time.sleep(POLL)
        return batch

    def _answers(self, batch: "Batch", requests: Mapping[str, Any]) -> Iterator[tuple[str, Answer]]:
        """Yield keys and answers of a batch; what it does not answer is sent again, request by request."""
        if batch.output_file_id is None:
            return
        # Split as bytes: a text may hold characters that end a line for `str`.
        for line in self._client.files.content(batch.output_file_id).content.splitlines():
            result = json.loads(line)
            key, reply = result["custom_id"], result.get("response") or {}
            if reply.get("status_code") == 200 and key in requests:
                with suppress(MalformedReply):
                    yield key, read_answer(reply["body"], _sampling(requests[key]), requests[key]["text"])


def _described(error: Exception, address: str) -> str:
    import openai

    if isinstance(error, openai.APIConnectionError):
        return f"{address} cannot be reached ({masked(str(error.__cause__ or error))})"
    status = f" ({error.status_code})" if isinstance(error, openai.APIStatusError) else ""
    return f"{address} refused{status}: {masked(str(error))}"


def _url(form: str) -> BatchUrl:
    return "/v1/chat/completions" if form == "chat" else "/v1/completions"


def _sampling(request: Mapping[str, Any]) -> Sampling:
    """Return what of a stored request tells how its reply is read."""
    how = request["sampling"]
    logprobs = how["alternatives"]
    return Sampling(how["form"], None, None, how["max_tokens"], tuple(how["stop"]), top_logprobs=logprobs)


def _files(pending: Iterable[Pending], line: Callable[[Pending], Line]) -> Iterator[list[Line]]:
    """Split requests into files that the server accepts."""
    file, size = list[Line](), 0
    for each in map(line, pending):
        length = len(each[-1].encode("utf-8", "replace")) + 1
        if file and (len(file) == MOST or size + length > MOST_BYTES):
            yield file
            file, size = [], 0
        file.append(each)
        size += length
    if file:
        yield file


def _reasons(batch: "Batch") -> str:
    errors = (batch.errors and batch.errors.data) or []
    return masked("; ".join(str(error.message) for error in errors)) or "the server does not say why"
