"""A server that speaks OpenAI's protocol: a question as the body of a request, and its reply as an answer."""

from typing import TYPE_CHECKING, Any

from promptmix.core.records import Question
from promptmix.llm.endpoints.failures import FailureKind, RequestFailed, failure, pause_of
from promptmix.llm.endpoints.transport import MalformedReply, Transport
from promptmix.llm.request import Sampling, schema, seed
from promptmix.llm.store.entries import Answer

if TYPE_CHECKING:
    from openai.types import Completion
    from openai.types.chat import ChatCompletion


class Hosted:
    """A server found through ``OPENAI_BASE_URL`` and ``OPENAI_API_KEY``."""

    def __init__(self, transport: Transport, model: str, workers: int) -> None:
        """Wrap a transport; ``model`` is the name that the server knows."""
        self.workers = workers
        self.transport = transport
        self.model = model
        self._schemas = True

    def answer(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        """Send one request, as :class:`promptmix.llm.endpoints.open.Endpoint` says; whatever goes wrong is raised."""
        import openai

        if not self._schemas:  # free text is then parsed
            question, sampling = question.model_copy(update={"choices": ()}), sampling._replace(texts=0)
        try:
            answer, pause = self._send(key, question, sampling)
        except (openai.OpenAIError, MalformedReply) as error:
            if schema(question, sampling) and _about_schema(error):
                self._schemas = False
                return self.answer(key, question, sampling)
            raise failure(error, self.transport.address) from None
        if sampling.form == "chat" and not answer["text"].strip():
            # Some servers lose an answer now and then; a model that keeps saying nothing is believed in the end.
            raise RequestFailed(FailureKind.RETRY, "empty", "the model gave an empty answer", fallback=answer)
        return answer, pause

    def _send(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        from openai.types import Completion
        from openai.types.chat import ChatCompletion

        body = request_body(self.model, key, question, sampling)
        if sampling.form == "chat":
            chat, headers = self.transport.parsed("chat/completions", body, ChatCompletion)
            return read_chat(chat), pause_of(headers)
        plain, headers = self.transport.parsed("completions", body, Completion)
        return read_completion(plain), pause_of(headers)


def request_body(model: str, key: str, question: Question, sampling: Sampling) -> dict[str, Any]:
    """Return a question as the JSON body of OpenAI's protocol."""
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
    if sampling.top_logprobs:
        body["logprobs"] = sampling.top_logprobs
    return body | {"prompt": question.text}


def read_chat(reply: "ChatCompletion") -> Answer:
    """Return the answer in a reply to a chat request; raises MalformedReply or RequestFailed."""
    choice = _choice(reply)
    message = getattr(choice, "message", None)
    return _complete(getattr(message, "content", None), choice.finish_reason, reply.usage, {})


def read_completion(reply: "Completion") -> Answer:
    """Return the answer in a reply to a completion request; raises MalformedReply or RequestFailed."""
    choice = _choice(reply)
    return _complete(choice.text, choice.finish_reason, reply.usage, _top_logprobs(choice))


def _about_schema(error: Exception) -> bool:
    words = str(error).lower()
    return getattr(error, "status_code", 0) in (400, 404, 422, 501) and (
        "response_format" in words or "json_schema" in words or "schema" in words
    )


def _choice(reply: Any) -> Any:
    choices = getattr(reply, "choices", None)
    usage = getattr(reply, "usage", None)
    if not choices or not isinstance(getattr(usage, "prompt_tokens", None), int):
        raise MalformedReply(f"a reply without choices or usage ({str(reply)!r})")
    return choices[0]


def _complete(text: str | None, finish: str | None, usage: Any, alternatives: dict[str, float]) -> Answer:
    cached = getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None)
    counts = {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens or 0}
    counts |= {"cached_tokens": cached} if cached else {}
    if finish not in ("stop", "length"):
        message = f"the model gave no complete answer (finish_reason {finish!r})"
        raise RequestFailed(FailureKind.UNANSWERABLE, f"finish {finish}", message, usage=counts)
    return {
        "text": (text or "").encode("utf-8", "replace").decode(),  # no file can hold a lone surrogate
        "finish": finish,
        "usage": counts,
        "alternatives": alternatives,
    }


def _top_logprobs(choice: Any) -> dict[str, float]:
    """Return the possible first tokens, most probable first; empty where the endpoint reports none."""
    logprobs = getattr(choice, "logprobs", None)
    content = getattr(logprobs, "content", None)  # llama.cpp replies in the chat form of log-probabilities
    if content:
        first = {token["token"]: token["logprob"] for token in content[0]["top_logprobs"]}
    else:
        first = (getattr(logprobs, "top_logprobs", None) or [{}])[0]
    return {token: float(value) for token, value in sorted(first.items(), key=lambda item: (-item[1], item[0]))}
