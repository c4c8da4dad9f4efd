"""What an earlier run learned or was refused, in the next run with the same response store."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question
from promptmix.llm.client import Client
from promptmix.llm.endpoints.fields import Change
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.transport import Transport
from promptmix.llm.engine import workers
from promptmix.llm.request import FIRST_QUESTION, Sampling
from promptmix.llm.store.database import Store
from promptmix.params import Asking
from tests.support.http_handler import JsonHandler

SETTINGS = Asking(
    concurrency=1, timeout=20.0, time_limit=None, retries=1, requests_per_minute=None, tokens_per_minute=None, threads=1
)
SAMPLING = Sampling("chat", 1.0, None, 256)
USAGE = {"prompt_tokens": 5, "completion_tokens": 5}
Answers = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]


def said(text: str, usage: dict[str, int] = USAGE) -> tuple[int, dict[str, Any]]:
    return 200, {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "usage": usage}


def refused(words: str, status: int = 400) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"message": words}}


class Server:
    """Answers as the test says, and remembers what came."""

    def __init__(self) -> None:
        self.answers: Answers = lambda text, body: said("fine")
        self.came: list[dict[str, Any]] = []


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Server, Transport]]:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr(workers, "FIRST_BACKOFF", 0.02)
    script = Server()

    class Handler(JsonHandler):
        def do_POST(self) -> None:  # noqa: N802  # the name that http.server calls
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            script.came.append(body)
            status, answer = script.answers(body["messages"][0]["content"], body)
            self.send(json.dumps(answer).encode(), status)

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield script, Transport(f"http://127.0.0.1:{running.server_port}/v1", "key-planted-12345", 20.0, 1)
    running.shutdown()
    running.server_close()


def run(
    transport: Transport, folder: Path, *texts: str, sampling: Sampling = SAMPLING, id: str = "q"
) -> list[Completion]:
    @contextmanager
    def opened() -> Iterator[Hosted]:
        yield Hosted(transport, "m", 1)

    identity = {"name": "m", "endpoint": "openai", "files": ""}
    with Client("t", identity, Store(folder / "s.sqlite"), opened, SETTINGS) as client:
        return list(client.ask([Question(id=id, text=text, shared=0, draw=0) for text in texts], sampling))


def test_what_is_left_out_is_said_in_every_run_that_sends(
    server: tuple[Server, Transport], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script, transport = server
    words = "Unsupported value: 'temperature' does not support 0.3. Only the default (1) value is supported."
    script.answers = lambda text, body: refused(words) if "temperature" in body else said("fine")
    run(transport, tmp_path, "a")
    assert "temperature left out from now on" in capsys.readouterr().err
    run(transport, tmp_path, "b", sampling=SAMPLING._replace(temperature=0.2))
    assert "temperature left out, because the server wanted it in an earlier run" in capsys.readouterr().err
    run(transport, tmp_path, "c", sampling=SAMPLING._replace(temperature=None))
    assert "temperature" not in capsys.readouterr().err
    assert len(script.came) == 4


@pytest.mark.parametrize(
    ("words", "id", "again"),
    [
        ("This model's maximum context length is 4 tokens", "q", True),
        ("The prompt was flagged by moderation", "q", False),
        ("The prompt was flagged by moderation", FIRST_QUESTION, True),
    ],
)
def test_a_refusal_that_may_pass_is_asked_again_in_the_next_run(
    server: tuple[Server, Transport], tmp_path: Path, words: str, id: str, again: bool
) -> None:
    script, transport = server
    script.answers = lambda text, body: refused(words) if text == "b" else said("fine")
    assert [each.finish for each in run(transport, tmp_path, "a", "b", id=id)] == ["stop", "refused"]
    before = len(script.came)
    script.answers = lambda text, body: said("fine now")
    found = run(transport, tmp_path, "a", "b", id=id)
    assert [each.text for each in found] == ["fine", "fine now" if again else ""]
    assert len(script.came) - before == int(again)


def test_what_was_paid_before_a_run_ends_is_counted(server: tuple[Server, Transport], tmp_path: Path) -> None:
    script, transport = server
    paid = said("", {"prompt_tokens": 1000, "completion_tokens": 1000})
    script.answers = lambda text, body: paid if len(script.came) == 1 else refused("bad key", 401)
    with pytest.raises(LLMError, match="bad key"):
        run(transport, tmp_path, "a")
    assert Store(tmp_path / "s.sqlite").spent().tokens == 2000


def test_what_two_processes_learn_is_kept(tmp_path: Path) -> None:
    one, other = Store(tmp_path / "s.sqlite"), Store(tmp_path / "s.sqlite")
    one.keep_changes("server", "m", [Change("temperature", "left out")])
    other.keep_changes("server", "m", [Change("seed", "left out")])
    one.keep_changes("server", "m", [Change("temperature", "left out"), Change("stop", "left out")])
    assert [field for field, *_ in one.changes("server", "m")] == ["temperature", "seed", "stop"]
