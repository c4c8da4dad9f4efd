"""OpenAI's batch files: questions handed in together, answered within a day, at half the price.

A batch that was handed in is noted in the response store, so that a run that ends while it is under way, however it
ends, collects its answers the next time. What a batch could not answer is left to be asked in the ordinary way.
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.failures import Refusal, masked, refusal
from promptmix.llm.endpoints.hosted import Hosted, read_chat, read_completion, request_body
from promptmix.llm.endpoints.transport import Malformed
from promptmix.llm.engine.context import Call, Wish
from promptmix.llm.engine.prices import BATCH
from promptmix.llm.engine.progress import say
from promptmix.llm.engine.workers import OUT_OF_TIME
from promptmix.llm.store.entries import Answer

if TYPE_CHECKING:
    from openai.types import Batch

MOST = 20_000  # questions in one file; OpenAI allows 50,000
MOST_BYTES = 100_000_000  # of one file; OpenAI allows twice as much
POLL = 15.0  # seconds between two looks at a batch
Line = tuple[str, Any, str]
UNDER_WAY = {"validating", "in_progress", "finalizing", "cancelling"}


class Batches:
    """Gets answers through batch files of one server."""

    def __init__(self, call: Call, endpoint: Hosted) -> None:
        """Prepare; nothing is sent yet."""
        self._call, self._store, self._endpoint = call, call.store, endpoint
        # A batch is waited for for hours, in which the network may fail now and then.
        self._client = endpoint.wire.client.with_options(max_retries=5)

    def run(self, wishes: Sequence[Wish], submit: bool, check: Callable[[int], None]) -> None:
        """Hand in what is not under way yet, wait for all of it, and keep what was answered.

        Args:
            wishes: Questions without an answer.
            submit: Whether to hand in new batches; else only those under way are collected.
            check: Called with the tokens that new questions cost at most; raises where that is too much.

        Raises:
            LLMError: the server offers no batches, or refused one; those under way are collected by the next run.
        """
        import openai

        keys = {wish.key for wish in wishes}
        mine = {
            id: asked for id, asked in self._store.batches().items() if keys & asked.keys() and self._own(id, asked)
        }
        known = {key for asked in self._store.batches().values() for key in asked}
        try:
            if submit:
                fresh = list(self._call.claimed(wish for wish in wishes if wish.key not in known))
                check(sum(wish.ceiling(self._call.sampling) for wish in fresh))
                for chunk in _files(fresh, self._line):
                    id, asked = self._submit(chunk)
                    mine[id] = asked
            for id, asked in mine.items():
                self._collect(id, asked)
        except (openai.OpenAIError, Malformed) as error:
            raise LLMError(f"batch: {refusal(error, self._endpoint.wire.address).words}") from None

    def _own(self, id: str, asked: Mapping[str, Any]) -> bool:
        """Claim a batch and its questions; another process that has it collects it, and is waited for."""
        return f"batch {id}" in self._store.claim([f"batch {id}", *asked])

    def _line(self, wish: Wish) -> Line:
        """Return a question's key, its request, and its line in a file."""
        body = request_body(self._endpoint.model, wish.key, wish.question, self._call.sampling)
        line = {"custom_id": wish.key, "method": "POST", "url": self._url, "body": body}
        return wish.key, self._call.request(wish.question), json.dumps(line, ensure_ascii=False)

    @property
    def _url(self) -> Literal["/v1/chat/completions", "/v1/completions"]:
        return "/v1/chat/completions" if self._call.sampling.form == "chat" else "/v1/completions"

    def _submit(self, lines: Sequence[Line]) -> tuple[str, dict[str, Any]]:
        content = "\n".join(line for _, _, line in lines).encode("utf-8", "replace")
        file = self._client.files.create(file=("questions.jsonl", content), purpose="batch")
        batch = self._client.batches.create(input_file_id=file.id, endpoint=self._url, completion_window="24h")
        asked = {key: request for key, request, _ in lines}
        self._store.add_batch(batch.id, asked)
        self._store.claim([f"batch {batch.id}"])
        say(f"batch {batch.id}: {len(lines)} questions handed in; this run may be ended, the next one collects")
        return batch.id, asked

    def _collect(self, id: str, asked: Mapping[str, Any]) -> None:
        """Wait for a batch and keep all its answers, also those that nobody asks for any more: they are paid."""
        import openai

        try:
            batch = self._ended(id)
        except openai.NotFoundError:
            self._store.forget_batch(id)
            say(f"batch {id}: the server does not know it any more; its questions are asked again")
            return
        wasted: list[Mapping[str, int]] = []
        answers = [(key, answer) for key, answer in self._answers(batch, wasted) if key in asked]
        entries = [self._call.entry(key, asked[key], answer, discount=BATCH) for key, answer in answers]
        self._call.keep(entries, wasted, discount=BATCH)
        self._store.forget_batch(id)
        if batch.status == "failed":
            raise LLMError(
                f"batch {id} failed: {_reasons(batch)}; nothing was asked, the same command hands it in again"
            )
        say(f"batch {id}: {batch.status}, {len(answers)} answers")

    def _ended(self, id: str) -> "Batch":
        """Wait for the end of a batch."""
        while (batch := self._client.batches.retrieve(id)).status in UNDER_WAY:
            if time.monotonic() >= self._call.until:
                raise LLMError(f"{OUT_OF_TIME}, and batch {id} is collected then")
            time.sleep(POLL)
        return batch

    def _answers(self, batch: "Batch", wasted: list[Mapping[str, int]]) -> Iterator[tuple[str, Answer]]:
        """Yield keys and answers of a batch; of replies that are no whole answer the usage goes to ``wasted``."""
        if batch.output_file_id is None:
            return
        # Lines of bytes: a text may hold characters that end a line for `str`.
        for line in self._client.files.content(batch.output_file_id).content.splitlines():
            result = json.loads(line)
            reply = result.get("response") or {}
            if reply.get("status_code") == 200:
                try:
                    answer = self._read(reply["body"])
                except Refusal as refused:
                    wasted += [refused.usage] if refused.usage else []
                except Malformed:
                    pass  # without usage: sent again in the ordinary way
                else:
                    yield result["custom_id"], answer

    def _read(self, body: Mapping[str, Any]) -> Answer:
        from openai.types import Completion
        from openai.types.chat import ChatCompletion

        if self._call.sampling.form == "chat":
            return read_chat(ChatCompletion.construct(**body))
        return read_completion(Completion.construct(**body))


def _files(wishes: Iterable[Wish], line: Callable[[Wish], Line]) -> Iterator[list[Line]]:
    """Cut questions into files that the server takes."""
    file, size = list[Line](), 0
    for each in map(line, wishes):
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
