"""The bundled llama.cpp server, queried so that an answer depends on its question alone."""

import threading

from promptmix.core.records import Question
from promptmix.llm.endpoints.failures import RequestFailed, disconnected
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.refusals import Refusal
from promptmix.llm.endpoints.transport import ConnectionFailed, Transport
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer


class Bundled(Hosted):
    """The bundled server, with its cache reset to a known state before every question.

    llama.cpp's arithmetic depends on how a prompt is cut into batches, and so on what an earlier question left in its
    cache: the same sampled answer came back for 1 to 4 of 12 questions when the order or the number in flight changed.
    Here one question is sent at a time, and before each the cache is reset to the shared part of the prompt, itself
    computed from an empty cache: 12 of 12, in any order, for 1 to 2 % more time (benchmarks/order.py). With 2 cores,
    several at once were no faster.
    """

    def __init__(self, transport: Transport, url: str) -> None:
        """Wrap the connection to a server at ``url``."""
        super().__init__(transport, "bundled", 1)
        self._url = url
        self._primed = ""
        self._one_at_a_time = threading.Lock()

    def answer(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        """Send once; an empty answer is accepted, because the same question always gets the same answer here."""
        try:
            return super().answer(key, question, sampling)
        except RequestFailed as failed:
            if failed.fallback is None:
                raise
            return failed.fallback, None

    def _send(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        """Send one question while the server's cache holds the shared part of its prompt, and nothing else."""
        with self._one_at_a_time:
            try:
                self._prime(self._shared(question, sampling))
            except ConnectionFailed as error:
                raise disconnected(error, self.transport.address) from None
            return super()._send(key, question, sampling)

    def _prime(self, shared: str) -> None:
        if shared != self._primed:
            self._primed = ""  # should the next line fail
            self._evaluate(shared, cache=False)
        # Evaluated again, because the server computes the last token anew, alone, when all of a prompt is cached.
        self._evaluate(shared, cache=True)
        self._primed = shared

    def _evaluate(self, shared: str, *, cache: bool) -> None:
        body = {"model": self.model, "prompt": shared, "max_tokens": 0, "cache_prompt": cache}
        found, _ = self._post("completions", body)
        if isinstance(found, Refusal):
            raise self._failure(found, "completions")

    def _shared(self, question: Question, sampling: Sampling) -> str:
        """Return the shared part as the model sees it: inside the chat template where the question is a message."""
        part = question.text[: question.shared]
        if sampling.form == "completion":
            return part or "\n"
        prompt = as_prompt(self.transport, self._url, question)
        return prompt[: prompt.rindex(question.text.strip()) + len(part)]


def as_prompt(transport: Transport, url: str, question: Question) -> str:
    """Return a message as llama.cpp's server at ``url`` passes it to the model: inside the model's chat template."""
    messages = [{"role": "user", "content": question.text}]
    return str(transport.send(f"{url}/apply-template", {"messages": messages})["prompt"])
