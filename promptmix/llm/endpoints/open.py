"""Opens the endpoint of a model: the bundled llama.cpp server, or a hosted one; both speak OpenAI's protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from promptmix.core.records import Question
from promptmix.llm.endpoints.bundled import Bundled
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.transport import Transport
from promptmix.llm.request import Sampling
from promptmix.llm.store.entries import Answer
from promptmix.models.pretrained import Pretrained

if TYPE_CHECKING:
    from promptmix.params import Asking


class Endpoint(Protocol):
    """Something that answers one question per call, from several threads."""

    workers: int
    """How many requests may be in flight at once."""

    def answer(self, key: str, question: Question, sampling: Sampling) -> tuple[Answer, float | None]:
        """Return a complete answer, and how many seconds the server then asks to wait (None: it does not say).

        Raises:
            RequestFailed: there is no answer.
        """


@contextmanager
def open_endpoint(model: Pretrained, asking: "Asking", context: int | None = None) -> Iterator[Endpoint]:
    """Open the endpoint of a model; a bundled model is served until the block ends, with ``context`` tokens.

    Raises:
        LLMError: there is no usable key.
        ModelError: a bundled model cannot be served.
    """
    if model.endpoint == "bundled":
        from promptmix.llm.endpoints.server import serve

        with serve(model, asking.threads, context) as url:
            yield Bundled(Transport(f"{url}/v1", "not-needed", asking.timeout, 1), url)
    else:
        deployment = model.name if model.endpoint == "azure" else None
        transport = Transport(None, None, asking.timeout, asking.concurrency, deployment)
        yield Hosted(transport, model.name, asking.concurrency)
