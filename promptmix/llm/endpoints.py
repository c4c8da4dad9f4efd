"""Who answers: the bundled llama.cpp server, or any OpenAI-compatible one; both through the ``openai`` client."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from promptmix.errors import LLMError
from promptmix.llm.sampling import Sampling, seed
from promptmix.llm.store import Answer
from promptmix.params import Asking
from promptmix.pretrained import Pretrained
from promptmix.records import Question

if TYPE_CHECKING:
    from openai import OpenAI


class Endpoint(Protocol):
    """Something that answers one question at a time, from several threads."""

    workers: int
    """How many questions may be under way at once."""

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answer:
        """Return a complete answer, or raise LLMError."""


@contextmanager
def open_endpoint(model: Pretrained, settings: Asking) -> Iterator[Endpoint]:
    """Open the endpoint of a model; a bundled one is served until the block ends."""
    if model.endpoint == "bundled":
        from promptmix.llm.bundled import serve

        with serve(model, settings.threads) as url:
            yield Bundled(_client(f"{url}/v1", "not-needed", settings), url)
    else:
        yield Hosted(_client(None, None, settings), model.name, settings.concurrency)


class Hosted:
    """A server that speaks OpenAI's protocol, found through ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``."""

    def __init__(self, client: "OpenAI", model: str, workers: int) -> None:
        """Wrap a client; ``model`` is the name that the server knows."""
        self.workers = workers
        self._client = client
        self._model = model

    def answer(self, key: str, question: Question, sampling: Sampling) -> Answer:
        """Ask one question; whatever goes wrong at the other end is an LLMError of one line."""
        import openai

        place = urlsplit(str(self._client.base_url))._replace(query="")
        where = place._replace(netloc=place.netloc.rpartition("@")[2]).geturl()  # without a password in the address
        try:
            return self._answer(key, question, sampling)
        except openai.APIStatusError as error:
            raise LLMError(f"{where} refused ({error.status_code}): {_masked(_words(error))}") from None
        except openai.APIConnectionError as error:
            raise LLMError(f"{where} cannot be reached ({_masked(str(error.__cause__ or error))})") from None
        except (openai.OpenAIError, Malformed) as error:
            reason = f"{_masked(str(error))}; does OPENAI_BASE_URL end in /v1?"
            raise LLMError(f"{where} does not answer as OpenAI's protocol says: {reason}") from None

    def _answer(self, key: str, question: Question, sampling: Sampling) -> Answer:
        return _ask(self._client, self._model, key, question, sampling)


class Bundled(Hosted):
    """The bundled server, asked so that an answer depends on its question alone.

    llama.cpp's arithmetic depends on how a prompt is cut into batches, and so on what an earlier question left in its
    cache: the same sampled answer came back for 1 to 4 of 12 questions when the order or the number in flight changed.
    Here one question is asked at a time, and before each the cache is set back to the shared part of the prompt,
    itself computed from nothing: 12 of 12, in any order, for 1 to 2 % more time (benchmarks/order.py). With 2 cores,
    several at once were no faster.
    """

    def __init__(self, client: "OpenAI", url: str) -> None:
        """Wrap the client of a server at ``url``."""
        super().__init__(client, "bundled", 1)
        self._url = url
        self._primed = ""
        self._turn = threading.Lock()

    def _answer(self, key: str, question: Question, sampling: Sampling) -> Answer:
        """Ask one question with the server's cache holding the shared part of its prompt, and nothing else."""
        with self._turn:
            self._prime(self._shared(question, sampling))
            return super()._answer(key, question, sampling)

    def _prime(self, shared: str) -> None:
        if shared != self._primed:
            self._evaluate(shared, cache=False)
        # A second time because the server computes the last token anew, alone, where all of a prompt is cached.
        self._evaluate(shared, cache=True)
        self._primed = shared

    def _evaluate(self, shared: str, *, cache: bool) -> None:
        self._client.completions.create(
            model=self._model, prompt=shared, max_tokens=0, extra_body={"cache_prompt": cache}
        )

    def _shared(self, question: Question, sampling: Sampling) -> str:
        """Return the shared part as the model sees it: inside the chat template where the question is a message."""
        part = question.text[: question.shared]
        if sampling.form == "completion":
            return part or "\n"
        reply = self._client.with_options(base_url=self._url).post(
            "/apply-template", cast_to=object, body={"messages": [{"role": "user", "content": question.text}]}
        )
        prompt = str(reply["prompt"])  # type: ignore[index]  # `object` is what the client casts unknown JSON to
        return prompt[: prompt.rindex(question.text.strip()) + len(part)]


class Malformed(Exception):  # noqa: N818  # never leaves this module
    """An answer that is not of the protocol's form."""


def _client(url: str | None, key: str | None, settings: Asking) -> "OpenAI":
    import openai

    key = key or os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        raise LLMError("llm.endpoint is openai but OPENAI_API_KEY is not set; a server of your own takes any word")
    if not (key.isascii() and key.isprintable()):
        raise LLMError(
            "OPENAI_API_KEY holds a character that no key has (a line break, a quotation mark?); set it anew"
        )
    return openai.OpenAI(base_url=url, api_key=key, timeout=settings.timeout, max_retries=settings.retries)


def _ask(client: "OpenAI", model: str, key: str, question: Question, sampling: Sampling) -> Answer:
    common: dict[str, Any] = {
        "model": model,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": seed(key),
    }
    if sampling.stop:
        common["stop"] = list(sampling.stop)
    if sampling.form == "chat":
        chat = client.chat.completions.create(messages=[{"role": "user", "content": question.text}], **common)
        choice = _choice(chat)
        return _complete(choice.message.content, choice.finish_reason, chat.usage, {})
    if sampling.alternatives:
        common["logprobs"] = sampling.alternatives
    plain = client.completions.create(prompt=question.text, **common)
    choice = _choice(plain)
    return _complete(choice.text, choice.finish_reason, plain.usage, _alternatives(choice))


def _choice(reply: Any) -> Any:
    if not getattr(reply, "choices", None) or getattr(reply, "usage", None) is None:
        raise Malformed(f"an answer without choices or usage ({str(reply)[:60]!r})")
    return reply.choices[0]


def _complete(text: str | None, finish: str | None, usage: Any, alternatives: dict[str, float]) -> Answer:
    if finish not in ("stop", "length"):
        raise LLMError(f"the model gave no complete answer (finish_reason {finish!r})")
    return {
        "text": (text or "").encode("utf-8", "replace").decode(),  # a lone surrogate can be in no file
        "finish": finish,
        "usage": {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
        "alternatives": alternatives,
    }


def _alternatives(choice: Any) -> dict[str, float]:
    """Return the possible first tokens, most probable first; none where the endpoint shows none."""
    content = getattr(choice.logprobs, "content", None)  # llama.cpp answers in the chat form of log-probabilities
    if content:
        first = {token["token"]: token["logprob"] for token in content[0]["top_logprobs"]}
    else:
        first = (getattr(choice.logprobs, "top_logprobs", None) or [{}])[0]
    return {token: float(value) for token, value in sorted(first.items(), key=lambda item: (-item[1], item[0]))}


def _words(error: Any) -> str:
    """Return the endpoint's own words."""
    body = error.body if isinstance(error.body, dict) else {}
    return str(body.get("message") or error.message)


def _masked(words: str) -> str:
    """Put words on one line of bounded length, with the key masked before anything is cut."""
    secret = os.environ.get("OPENAI_API_KEY", "").strip()
    shown = words.replace(secret, "***") if len(secret) > 3 else words
    return " ".join(shown.split())[:300]
