"""How many tokens a prompt and its answer may have together, and whether a prompt keeps to that."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from promptmix.llm.request import TEMPLATE, Sampling
from promptmix.models.pretrained import Pretrained

if TYPE_CHECKING:
    from promptmix.llm.endpoints.transport import Transport
    from promptmix.params import Asking, Llm

BUNDLED = 8192  # tokens, where llm.context is null
BYTES = 3  # of a token behind a hosted endpoint, as an estimate: English has 4, other scripts 2 to 4


class Context:
    """The context of one model."""

    def __init__(self, tokens: int | None, count: Callable[[str], int]) -> None:
        """Remember how long it is, None for unknown, and what counts the tokens of a text."""
        self.tokens, self._count = tokens, count

    def fits(self, text: str, sampling: Sampling) -> bool:
        """Tell whether a prompt and its longest answer fit; counted only where its bytes, the upper bound, do not."""
        if self.tokens is None:
            return True
        room = self.tokens - TEMPLATE - sampling.max_tokens
        return len(text.encode("utf-8", "replace")) <= room or self._count(text) <= room


UNLIMITED = Context(None, len)


@contextmanager
def open_context(model: Pretrained, llm: "Llm", asking: "Asking") -> Iterator[Context]:
    """Yield the context of a model; the bundled server is started if a prompt's tokens must be counted.

    Of a hosted model the tokens are estimated, ``BYTES`` each, and where ``llm.context`` is null everything fits.
    """
    if model.is_hosted:
        yield Context(llm.context, lambda text: -(-len(text.encode("utf-8", "replace")) // BYTES))
        return
    with ExitStack() as stack:
        yield Context(llm.context or BUNDLED, _tokenizer(model, llm.context, asking, stack))


def _tokenizer(model: Pretrained, tokens: int | None, asking: "Asking", stack: ExitStack) -> Callable[[str], int]:
    """Return what counts by the bundled model's own tokenizer, in a server that is open until the stack ends."""

    @cache
    def server() -> "tuple[Transport, str]":
        from promptmix.llm.endpoints.server import serve
        from promptmix.llm.endpoints.transport import Transport

        url = stack.enter_context(serve(model, asking.threads, tokens))
        return Transport(f"{url}/v1", "not-needed", asking.timeout, 1), f"{url}/tokenize"

    def count(text: str) -> int:
        transport, url = server()
        return len(transport.send(url, {"content": text, "add_special": True, "parse_special": True})["tokens"])

    return count
