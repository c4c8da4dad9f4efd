"""OpenAI's batch files: questions handed in together, answered within a day, at half the price.

A batch that was handed in is noted in the response store, so that a run that ends while it is under way, however it
ends, collects its answers the next time. What a batch could not answer is left to be asked in the ordinary way.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from promptmix.errors import LLMError
from promptmix.llm.endpoints import Hosted, read_chat, read_completion, request_body
from promptmix.llm.prices import BATCH, Price
from promptmix.llm.progress import Progress, say
from promptmix.llm.refusals import Refusal, refusal
from promptmix.llm.round import Wish
from promptmix.llm.sampling import Sampling, request
from promptmix.llm.store import Answer, Entry, Store
from promptmix.llm.wire import Malformed

if TYPE_CHECKING:
    from openai.types import Batch

MOST = 50_000  # questions in one file, as OpenAI allows
MOST_BYTES = 100_000_000  # of one file; OpenAI allows twice as much
POLL = 15.0  # seconds between two looks at a batch
UNDER_WAY = {"validating", "in_progress", "finalizing", "cancelling"}


class Batches:
    """Gets answers through batch files of one server."""

    def __init__(self, store: Store, endpoint: Hosted, identity: Mapping[str, str], sampling: Sampling) -> None:
        """Prepare; nothing is sent yet."""
        self._store, self._endpoint, self._identity, self._sampling = store, endpoint, dict(identity), sampling
        self._client = endpoint.wire.client

    def run(self, wishes: Sequence[Wish], price: Price, progress: Progress) -> Counter[str]:
        """Hand in what is not under way yet, wait for all of it, and keep what was answered; returns what was used.

        Raises:
            LLMError: the server offers no batches, or refused one; those under way are collected by the next run.
        """
        import openai

        used: Counter[str] = Counter()
        try:
            mine = {wish.key: wish for wish in wishes}
            pending = {id: keys for id, keys in self._store.batches().items() if mine.keys() & set(keys)}
            known = {key for keys in pending.values() for key in keys}
            for chunk in _files(self._claimed([wish for wish in wishes if wish.key not in known]), self._line):
                id = self._submit(chunk)
                pending[id] = [json.loads(line)["custom_id"] for line in chunk]
            for id in pending:
                used += self._collect(id, mine, price, progress)
        except (openai.OpenAIError, Malformed) as error:
            raise LLMError(f"batch: {refusal(error, self._endpoint.wire.address).words}") from None
        return used

    def _claimed(self, wishes: Iterable[Wish]) -> Iterator[Wish]:
        """Yield the questions that no other process asks."""
        rest = iter(wishes)
        while chunk := list(islice(rest, 1000)):
            mine = self._store.claim([wish.key for wish in chunk])
            yield from (wish for wish in chunk if wish.key in mine)

    def _line(self, wish: Wish) -> str:
        body = request_body(self._endpoint.model, wish.key, wish.question, self._sampling)
        asked = {"custom_id": wish.key, "method": "POST", "url": self._url, "body": body}
        return json.dumps(asked, ensure_ascii=False)

    @property
    def _url(self) -> Literal["/v1/chat/completions", "/v1/completions"]:
        return "/v1/chat/completions" if self._sampling.form == "chat" else "/v1/completions"

    def _submit(self, lines: Sequence[str]) -> str:
        content = "\n".join(lines).encode("utf-8", "replace")
        file = self._client.files.create(file=("questions.jsonl", content), purpose="batch")
        batch = self._client.batches.create(
            input_file_id=file.id,
            endpoint=self._url,
            completion_window="24h",
        )
        self._store.add_batch(batch.id, [json.loads(line)["custom_id"] for line in lines])
        say(f"batch {batch.id}: {len(lines)} questions handed in; this run may be ended, the next one collects")
        return batch.id

    def _collect(self, id: str, mine: Mapping[str, Wish], price: Price, progress: Progress) -> Counter[str]:
        batch = self._ended(id)
        used: Counter[str] = Counter()
        entries = []
        for key, answer in self._answers(batch):
            if (wish := mine.get(key)) is not None:
                dollars = BATCH * price.of(answer["usage"])
                asked = request(self._identity, wish.question, self._sampling)
                entries.append(Entry(key, asked, answer, dollars))
                used.update(answer["usage"] | {"microdollars": round(dollars * 1e6)})
                progress.answered(answer["usage"], dollars)
        self._store.put(entries)
        self._store.forget_batch(id)
        say(f"batch {id}: {batch.status}, {len(entries)} answers")
        used["answers"] = len(entries)
        return used

    def _ended(self, id: str) -> "Batch":
        """Wait for the end of a batch."""
        while (batch := self._client.batches.retrieve(id)).status in UNDER_WAY:
            time.sleep(POLL)
        return batch

    def _answers(self, batch: "Batch") -> Iterator[tuple[str, Answer]]:
        """Yield keys and answers of a batch; questions without a whole answer are left out."""
        if batch.output_file_id is None:
            return
        for line in self._client.files.content(batch.output_file_id).text.splitlines():
            result = json.loads(line)
            reply = result.get("response") or {}
            if reply.get("status_code") == 200:
                try:
                    yield result["custom_id"], self._read(reply["body"])
                except (Refusal, Malformed):
                    continue

    def _read(self, body: Mapping[str, Any]) -> Answer:
        from openai.types import Completion
        from openai.types.chat import ChatCompletion

        if self._sampling.form == "chat":
            return read_chat(ChatCompletion.construct(**body))
        return read_completion(Completion.construct(**body))


def _files(wishes: Iterable[Wish], line: Callable[[Wish], str]) -> Iterator[list[str]]:
    """Cut questions into files that the server takes."""
    lines = (line(wish) for wish in wishes)
    while chunk := list(islice(lines, MOST)):
        file, size = list[str](), 0
        for each in chunk:
            if file and size + len(each.encode("utf-8", "replace")) > MOST_BYTES:
                yield file
                file, size = [], 0
            file.append(each)
            size += len(each.encode("utf-8", "replace")) + 1
        yield file
