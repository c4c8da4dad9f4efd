"""How many tokens a prompt has, before it is sent: by the model's own tokenizer where there is one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from promptmix.core.records import Question
from promptmix.llm.endpoints.bundled import as_prompt
from promptmix.llm.request import Sampling
from promptmix.llm.store.database import Store
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking

CountTokens = Callable[[Question, Sampling], int]
SAMPLE = 200  # recorded answers that a ratio is taken from
CHARACTERS = 4.0  # a token, where nothing is known; right for English, too many for most other languages
CHAT = 7  # tokens that OpenAI's chat form adds to one message


@contextmanager
def counter(model: Pretrained, settings: Asking, store: Store) -> Iterator[tuple[CountTokens, str]]:
    """Yield what counts the tokens of a prompt, and in a few words how it does.

    In this order: the bundled server's tokenizer, tiktoken where it knows the model and has its file, what the endpoint
    itself counted for recorded answers of the model, 4 characters a token.
    """
    if model.endpoint == "bundled":
        with _bundled(model, settings) as count:
            yield count, "by the model's tokenizer"
        return
    if (encode := _tiktoken(model.name)) is not None:
        yield (
            (lambda question, sampling: encode(question.text) + (CHAT if sampling.form == "chat" else 0)),
            "by tiktoken",
        )
    elif (ratio := store.characters_a_token(model.name, SAMPLE)) is not None:
        yield (lambda question, _: round(len(question.text) / ratio)), f"{ratio:.2f} characters a token, as recorded"
    else:
        yield (lambda question, _: round(len(question.text) / CHARACTERS)), "4 characters a token, a guess"


@contextmanager
def _bundled(model: Pretrained, settings: Asking) -> Iterator[CountTokens]:
    from promptmix.llm.endpoints.server import serve
    from promptmix.llm.endpoints.transport import Transport

    with serve(model, settings.threads) as url:
        transport = Transport(f"{url}/v1", "not-needed", settings.timeout, 1)

        def count(question: Question, sampling: Sampling) -> int:
            prompt = as_prompt(transport, url, question) if sampling.form == "chat" else question.text
            words = {"content": prompt, "add_special": True, "parse_special": True}
            return len(transport.send(f"{url}/tokenize", words)["tokens"])

        yield count


def _tiktoken(model: str) -> Callable[[str], int] | None:
    try:
        import tiktoken

        encoding: Any = tiktoken.encoding_for_model(model)
    except Exception:  # unknown model, no network for the file, or no tiktoken: all mean that it cannot count
        return None
    return lambda text: len(encoding.encode(text, disallowed_special=()))
