"""The context of a model: prompts are counted before they are sent, exactly where that is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from promptmix import params
from promptmix.llm.context import BUNDLED, BYTES, UNLIMITED, Context, open_context
from promptmix.llm.endpoints import server
from promptmix.llm.request import TEMPLATE, Sampling
from promptmix.models.pretrained import Pretrained
from tests.support.structure import ROOT

LLM = params.load_all(ROOT / "params.yaml").llm
ASKING = params.asking(ROOT / "asking.yaml")
HOSTED = Pretrained(name="m", endpoint="openai", files={})
HUNDRED = Sampling("chat", 1.0, 1.0, 100)


class Counting:
    """Counts a token for every letter, and how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, text: str) -> int:
        self.calls += 1
        return len(text)


def test_tokens_are_counted_only_where_the_bytes_do_not_fit() -> None:
    count = Counting()
    context = Context(1000, count)
    room = 1000 - TEMPLATE - 100
    assert context.fits("a" * room, HUNDRED)
    assert count.calls == 0
    assert context.fits("ก" * room, HUNDRED), "three bytes, one token"
    assert not context.fits("a" * (room + 1), HUNDRED)
    assert count.calls == 2


def test_a_longer_answer_leaves_less_room() -> None:
    context = Context(1000, len)
    assert context.fits("a" * 800, HUNDRED)
    assert not context.fits("a" * 800, HUNDRED._replace(max_tokens=200))


def test_without_a_limit_everything_fits() -> None:
    assert UNLIMITED.fits("a" * 10**7, HUNDRED)
    with open_context(HOSTED, LLM, ASKING) as context:
        assert context.fits("a" * 10**7, HUNDRED)


def test_tokens_of_a_hosted_model_are_estimated_from_bytes() -> None:
    with open_context(HOSTED, LLM.model_copy(update={"context": 4096}), ASKING) as context:
        room = BYTES * (4096 - TEMPLATE - 100)
        assert context.fits("a" * room, HUNDRED)
        assert not context.fits("a" * (room + 1), HUNDRED)


@pytest.mark.parametrize(("given", "tokens"), [(None, BUNDLED), (600, 600)])
def test_the_bundled_server_is_started_once_and_only_to_count(
    given: int | None, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Any] = []

    @contextmanager
    def serve(*how: object) -> Iterator[str]:
        opened.append(how)
        yield "http://127.0.0.1:1"
        opened.append("closed")

    def send(_: object, url: str, body: dict[str, Any]) -> dict[str, Any]:
        assert url == "http://127.0.0.1:1/tokenize"
        return {"tokens": [0] * len(body["content"].split())}

    monkeypatch.setattr(server, "serve", serve)
    monkeypatch.setattr("promptmix.llm.endpoints.transport.Transport.send", send)
    model = Pretrained(name="m.gguf", endpoint="bundled", files={"m.gguf": "0" * 64})
    with open_context(model, LLM.model_copy(update={"context": given}), ASKING) as context:
        assert context.tokens == tokens
        assert context.fits("short", HUNDRED)
        assert opened == []
        room = tokens - TEMPLATE - 100
        assert context.fits("longer " * room, HUNDRED)
        assert not context.fits("longer " * (room + 1), HUNDRED)
    assert opened == [(model, ASKING.threads, given), "closed"]


def test_a_model_is_counted_by_its_own_tokenizer_in_the_server_that_also_answers(small_llm: Pretrained) -> None:
    llm = LLM.model_copy(update={"context": 1024})
    with open_context(small_llm, llm, ASKING) as context:
        assert not context.fits("parcel " * 2000, HUNDRED)
        assert context.fits("parcel " * 800, HUNDRED), "5,600 bytes, 801 tokens"
        with server.serve(small_llm, ASKING.threads, 1024) as url:
            (shared,) = server._open.values()
            assert url == shared.server.listening_address
            assert shared.users == 2
        assert shared.users == 1, "still open for counting"
    assert server._open == {}


def test_of_two_models_the_one_that_is_open_longer_is_closed_first(small_llm: Pretrained, tmp_path: Path) -> None:
    """The other way round llama.cpp's server waits forever."""
    (file,) = small_llm.ensure()
    copy = tmp_path / "copy.gguf"
    copy.symlink_to(file)

    class Copied(Pretrained):
        def ensure(self) -> list[Path]:
            return [copy]

    other = Copied(name="copy", endpoint="bundled", files={})
    with server.serve(small_llm, 1, 512) as one:
        with server.serve(other, 1, 512) as two:
            assert one != two
        assert len(server._open) == 2
    assert server._open == {}
