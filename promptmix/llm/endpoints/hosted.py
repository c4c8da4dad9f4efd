"""Who answers: the bundled llama.cpp server, or any OpenAI-compatible one; both by OpenAI's protocol."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from promptmix.core.records import Question
from promptmix.llm.endpoints.failures import Refusal, Verdict, pause_of, refusal
from promptmix.llm.endpoints.transport import Malformed, Wire
from promptmix.llm.engine.workers import Answered
from promptmix.llm.request import Sampling, schema, seed
from promptmix.llm.store.entries import Answer
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking

if TYPE_CHECKING:
    from openai.types import Completion
    from openai.types.chat import ChatCompletion


class Endpoint(Protocol):
    """Something that answers one question at a time, from several threads."""

    workers: int
    """How many questions may be under way at once."""

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answered:
        """Return a complete answer, or raise Refusal."""


@contextmanager
def open_endpoint(model: Pretrained, settings: Asking) -> Iterator[Endpoint]:
    """Open the endpoint of a model; a bundled one is served until the block ends.

    Raises:
        LLMError: there is no usable key.
        ModelError: a bundled model cannot be served.
    """
    if model.endpoint == "bundled":
        from promptmix.llm.endpoints.server import serve

        with serve(model, settings.threads) as url:
            yield Bundled(Wire(f"{url}/v1", "not-needed", settings.timeout, 1), url)
    else:
        yield Hosted(Wire(None, None, settings.timeout, settings.concurrency), model.name, settings.concurrency)


class Hosted:
    """A server that speaks OpenAI's protocol, found through ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``."""

    def __init__(self, wire: Wire, model: str, workers: int) -> None:
        """Wrap a connection; ``model`` is the name that the server knows."""
        self.workers = workers
        self.wire = wire
        self.model = model
        self._schemas = True

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answered:
        """Ask once; whatever goes wrong is a Refusal that says what makes sense now."""
        import openai

        held = self._schemas and schema(question, sampling)
        try:
            answered = self._answer(key, *self._as_understood(question, sampling))
        except (openai.OpenAIError, Malformed) as error:
            if held and _about_schema(error):
                self._schemas = False
                return self.answer(key, question, sampling)
            raise refusal(error, self.wire.address) from None
        if sampling.form == "chat" and not answered.answer["text"].strip():
            # Some servers lose an answer now and then; a model that has nothing to say is believed in the end.
            raise Refusal(Verdict.AGAIN, "empty", "the model gave an empty answer", settle=answered.answer)
        return answered

    def _as_understood(self, question: Question, sampling: Sampling) -> tuple[Question, Sampling]:
        """Leave the schema out for a server that has refused one; its free text is read as well as it can be."""
        if self._schemas:
            return question, sampling
        return question.model_copy(update={"choices": ()}), sampling._replace(texts=0)

    def _answer(self, key: str, question: Question, sampling: Sampling) -> Answered:
        from openai.types import Completion
        from openai.types.chat import ChatCompletion

        body = request_body(self.model, key, question, sampling)
        if sampling.form == "chat":
            chat, headers = self.wire.post("chat/completions", body, ChatCompletion)
            return Answered(read_chat(chat), pause_of(headers))
        plain, headers = self.wire.post("completions", body, Completion)
        return Answered(read_completion(plain), pause_of(headers))


class Bundled(Hosted):
    """The bundled server, asked so that an answer depends on its question alone.

    llama.cpp's arithmetic depends on how a prompt is cut into batches, and so on what an earlier question left in its
    cache: the same sampled answer came back for 1 to 4 of 12 questions when the order or the number in flight changed.
    Here one question is asked at a time, and before each the cache is set back to the shared part of the prompt,
    itself computed from nothing: 12 of 12, in any order, for 1 to 2 % more time (benchmarks/order.py). With 2 cores,
    several at once were no faster.
    """

    def __init__(self, wire: Wire, url: str) -> None:
        """Wrap the connection to a server at ``url``."""
        super().__init__(wire, "bundled", 1)
        self._url = url
        self._primed = ""
        self._turn = threading.Lock()

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answered:
        """Ask once; an empty answer is believed, because the same question gives the same answer here."""
        try:
            return super().answer(key, question, sampling)
        except Refusal as refusal:
            if refusal.settle is None:
                raise
            return Answered(refusal.settle)

    def _answer(self, key: str, question: Question, sampling: Sampling) -> Answered:
        """Ask one question with the server's cache holding the shared part of its prompt, and nothing else."""
        with self._turn:
            self._prime(self._shared(question, sampling))
            return super()._answer(key, question, sampling)

    def _prime(self, shared: str) -> None:
        if shared != self._primed:
            self._primed = ""  # should the next line fail
            self._evaluate(shared, cache=False)
        # A second time because the server computes the last token anew, alone, where all of a prompt is cached.
        self._evaluate(shared, cache=True)
        self._primed = shared

    def _evaluate(self, shared: str, *, cache: bool) -> None:
        body = {"model": self.model, "prompt": shared, "max_tokens": 0, "cache_prompt": cache}
        self.wire.send(f"{self._url}/v1/completions", body)

    def _shared(self, question: Question, sampling: Sampling) -> str:
        """Return the shared part as the model sees it: inside the chat template where the question is a message."""
        part = question.text[: question.shared]
        if sampling.form == "completion":
            return part or "\n"
        prompt = as_prompt(self.wire, self._url, question)
        return prompt[: prompt.rindex(question.text.strip()) + len(part)]


def as_prompt(wire: Wire, url: str, question: Question) -> str:
    """Return a message as llama.cpp's server at ``url`` gives it to the model: inside the model's chat template."""
    messages = [{"role": "user", "content": question.text}]
    return str(wire.send(f"{url}/apply-template", {"messages": messages})["prompt"])


def request_body(model: str, key: str, question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return a question as OpenAI's protocol sends it."""
    body: dict[str, Any] = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": seed(key),
    }
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if form := schema(question, sampling):
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": form},
        }
    if sampling.form == "chat":
        return body | {"messages": [{"role": "user", "content": question.text}]}
    if sampling.alternatives:
        body["logprobs"] = sampling.alternatives
    return body | {"prompt": question.text}


def read_chat(reply: "ChatCompletion") -> Answer:
    """Return the answer in a reply of the chat form; raises Malformed or Refusal."""
    choice = _choice(reply)
    message = getattr(choice, "message", None)
    return _complete(getattr(message, "content", None), choice.finish_reason, reply.usage, {})


def read_completion(reply: "Completion") -> Answer:
    """Return the answer in a reply of the completion form; raises Malformed or Refusal."""
    choice = _choice(reply)
    return _complete(choice.text, choice.finish_reason, reply.usage, _alternatives(choice))


def _about_schema(error: Exception) -> bool:
    words = str(error).lower()
    return getattr(error, "status_code", 0) in (400, 404, 422, 501) and (
        "response_format" in words or "json_schema" in words or "schema" in words
    )


def _choice(reply: Any) -> Any:
    choices = getattr(reply, "choices", None)
    usage = getattr(reply, "usage", None)
    if not choices or not isinstance(getattr(usage, "prompt_tokens", None), int):
        raise Malformed(f"an answer without choices or usage ({str(reply)!r})")
    return choices[0]


def _complete(text: str | None, finish: str | None, usage: Any, alternatives: dict[str, float]) -> Answer:
    cached = getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None)
    counts = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens or 0}
    counts |= {"cached_tokens": cached} if cached else {}
    if finish not in ("stop", "length"):
        words = f"the model gave no complete answer (finish_reason {finish!r})"
        raise Refusal(Verdict.NEVER, f"finish {finish}", words, usage=counts)
    return {
        "text": (text or "").encode("utf-8", "replace").decode(),  # a lone surrogate can be in no file
        "finish": finish,
        "usage": counts,
        "alternatives": alternatives,
    }


def _alternatives(choice: Any) -> dict[str, float]:
    """Return the possible first tokens, most probable first; none where the endpoint shows none."""
    logprobs = getattr(choice, "logprobs", None)
    content = getattr(logprobs, "content", None)  # llama.cpp answers in the chat form of log-probabilities
    if content:
        first = {token["token"]: token["logprob"] for token in content[0]["top_logprobs"]}
    else:
        first = (getattr(logprobs, "top_logprobs", None) or [{}])[0]
    return {token: float(value) for token, value in sorted(first.items(), key=lambda item: (-item[1], item[0]))}
