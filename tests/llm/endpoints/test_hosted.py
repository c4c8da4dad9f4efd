"""Endpoints: the bundled server answers alike in any order, and a hosted one says in its own words what is wrong."""

import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from promptmix import params
from promptmix.core.errors import LLMError, ModelError
from promptmix.core.records import Question
from promptmix.llm.endpoints.failures import FailureKind, RequestFailed
from promptmix.llm.endpoints.open import Endpoint, open_endpoint
from promptmix.llm.endpoints.waits import pause_of
from promptmix.llm.request import Sampling
from promptmix.models import pretrained
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking
from tests.support.http_handler import JsonHandler

SETTINGS = Asking(
    concurrency=4, timeout=60.0, time_limit=None, retries=0, requests_per_minute=None, tokens_per_minute=None, threads=1
)
HOSTED = Pretrained(name="gpt-test", endpoint="openai", files={})
KEY = "sk-planted-secret-1234567890"


def question(text: str, shared: str = "") -> Question:
    return Question(id="q", text=shared + text, shared=len(shared), draw=0)


@pytest.fixture(scope="module")
def bundled_endpoint(small_llm: Pretrained) -> Iterator[Endpoint]:
    with open_endpoint(small_llm, SETTINGS) as endpoint:
        yield endpoint


@pytest.mark.parametrize("form", ["chat", "completion"])
def test_a_bundled_answer_depends_on_its_question_alone(bundled_endpoint: Endpoint, form: str) -> None:
    """Sampled at temperature 1 in two orders, with strangers between: every answer comes back to the letter."""
    start = "Messages to a parcel service, one a line.\n- where is it?\n- it came broken\n"
    asked = [question(f"Another {n} messages:\n-", start) for n in range(2, 6)]
    strangers = [question(f"Count to {n}:", "Numbers. ") for n in range(3)]
    sampling = Sampling(form, 1.0, 0.95, 16)

    def answers(order: list[Question]) -> dict[str, str]:
        return {q.text: bundled_endpoint.answer(f"{len(q.text):08x}", q, sampling)[0]["text"] for q in order}

    first = answers(asked)
    shuffled = asked + strangers
    random.Random(1).shuffle(shuffled)
    second = answers(shuffled)
    assert {text: second[text] for text in first} == first
    assert len(set(first.values())) == len(first), "different questions got the same answer"


def test_the_bundled_model_shows_its_next_tokens(bundled_endpoint: Endpoint) -> None:
    sampling = Sampling("completion", 0.0, 1.0, 1, top_logprobs=20)
    answer, _ = bundled_endpoint.answer("00000001", question("The capital of France is"), sampling)
    assert len(answer["alternatives"]) == 20
    best = max(answer["alternatives"], key=lambda token: answer["alternatives"][token])
    assert best == answer["text"] == " Paris"
    assert answer["finish"] == "length"


class Scripted(JsonHandler):
    """Answers every request as the test says, and remembers what came."""

    reply: Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]
    came: list[tuple[str, dict[str, Any], str]]

    def do_POST(self) -> None:  # noqa: N802  # the name that http.server calls
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).came.append((self.path, body, self.headers.get("authorization", "")))
        status, answer = type(self).reply(self.path, body)
        self.send(json.dumps(answer).encode(), status)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Scripted]]:
    handler = type("Handler", (Scripted,), {"came": []})
    running = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{running.server_port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    yield handler
    running.shutdown()
    running.server_close()


def chat(text: str | None, finish: str = "stop") -> dict[str, Any]:
    usage = {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}
    message = {"role": "assistant", "content": text}
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "usage": usage,
            "choices": [{"index": 0, "message": message, "finish_reason": finish}]}  # fmt: skip


def ask_hosted(sampling: Sampling = Sampling("chat", 1.0, 0.9, 10)) -> dict[str, Any]:  # noqa: B008  # immutable
    with open_endpoint(HOSTED, SETTINGS) as endpoint:
        return endpoint.answer("00000002", question("hello"), sampling)[0]


def test_a_hosted_model_is_queried_by_openais_protocol(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, chat("hi"))
    assert ask_hosted() == {
        "text": "hi", "finish": "stop", "usage": {"prompt_tokens": 7, "completion_tokens": 2}, "alternatives": {},
    }  # fmt: skip
    path, body, authorization = server.came[0]
    assert path == "/v1/chat/completions"
    assert authorization == f"Bearer {KEY}"
    assert body == {
        "model": "gpt-test", "messages": [{"role": "user", "content": "hello"}],
        "temperature": 1.0, "top_p": 0.9, "max_tokens": 10, "seed": 1,
    }  # fmt: skip


def test_log_probabilities_are_read_in_the_form_of_openais_completions(server: type[Scripted]) -> None:
    choice = {"index": 0, "text": " a", "finish_reason": "length",
              "logprobs": {"tokens": [" a"], "token_logprobs": [-0.1], "text_offset": [0],
                           "top_logprobs": [{" b": -2.0, " a": -0.1}]}}  # fmt: skip
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    server.reply = lambda path, body: (200, {"id": "1", "object": "text_completion", "created": 0, "model": "m",
                                             "choices": [choice], "usage": usage})  # fmt: skip
    answer = ask_hosted(Sampling("completion", 0.0, 1.0, 1, top_logprobs=2))
    assert list(answer["alternatives"].items()) == [(" a", -0.1), (" b", -2.0)]
    assert server.came[0][1]["logprobs"] == 2


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_refusal_is_one_line_in_the_servers_words_with_the_key_masked(server: type[Scripted], status: int) -> None:
    server.reply = lambda path, body: (status, {"error": {"message": f"no\nsuch thing for {KEY}", "type": "t"}})
    with pytest.raises(RequestFailed) as caught:
        ask_hosted()
    assert f"refused ({status}): no such thing for ***" in str(caught.value)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_web_page_in_place_of_an_answer_is_reported(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, {"hello": "I am a web site"})
    with pytest.raises(
        RequestFailed, match=r"does not answer by OpenAI's protocol: a reply without choices \(.*I am a web site"
    ):
        ask_hosted()


def test_a_key_with_a_line_break_is_refused_and_not_shown(
    server: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\r\nX")
    with pytest.raises(LLMError, match="OPENAI_API_KEY holds a character that no key has") as caught:
        ask_hosted()
    assert KEY not in str(caught.value)


def test_a_password_in_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:hunter2@127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(RequestFailed, match=r"http://127\.0\.0\.1:9/v1") as caught:
        ask_hosted()
    assert "hunter2" not in str(caught.value)


def test_a_filtered_answer_is_a_refusal_with_its_reason_and_what_it_cost(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, chat("half an ans", "content_filter"))
    answer = ask_hosted()
    assert (answer["finish"], answer["text"]) == ("refused", "")
    assert "content_filter" in answer["reason"]
    assert answer["usage"]["prompt_tokens"] == 7


def test_an_empty_answer_is_the_fallback_if_retries_bring_nothing_better(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, chat(None))
    with pytest.raises(RequestFailed, match="empty answer") as caught:
        ask_hosted()
    assert (caught.value.fallback or {})["text"] == ""


def test_a_lone_surrogate_in_an_answer_becomes_a_question_mark(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, chat("a\ud800b"))
    assert ask_hosted()["text"] == "a?b"


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(RequestFailed, match=r"http://127\.0\.0\.1:9/v1/? cannot be reached"):
        ask_hosted()


def test_a_missing_key_is_reported_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(LLMError, match=r"llm\.endpoint is openai but OPENAI_API_KEY is not set"):
        ask_hosted()


def test_a_file_that_is_not_a_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"not a model")
    model = pretrained.resolve(str(tmp_path / "broken.gguf"), "bundled")
    with (
        pytest.raises(ModelError, match=r"broken\.gguf: llama\.cpp cannot serve it"),
        open_endpoint(model, SETTINGS),
    ):
        pass


def test_params_name_a_model_that_is_known_here() -> None:
    assert params.load_all().llm.model in pretrained.table()


def test_a_list_of_texts_is_requested_by_schema(server: type[Scripted]) -> None:
    server.reply = lambda path, body: (200, chat('{"texts": ["a", "b"]}'))
    ask_hosted(Sampling("chat", 1.0, 0.9, 10, texts=2))
    form = server.came[0][1]["response_format"]["json_schema"]
    assert form["strict"]
    assert form["schema"]["properties"]["texts"]["minItems"] == form["schema"]["properties"]["texts"]["maxItems"] == 2


def test_a_server_that_knows_no_schemas_gets_one_once_and_none_afterwards(server: type[Scripted]) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if "response_format" in body:
            return 400, {"error": {"message": "Unsupported parameter: response_format"}}
        return 200, chat("1. a\n2. b")

    server.reply = reply
    sampling = Sampling("chat", 1.0, 0.9, 10, texts=2)
    with open_endpoint(HOSTED, SETTINGS) as endpoint:
        answers = [endpoint.answer("00000002", question("hello"), sampling)[0]["text"] for _ in range(2)]
    assert answers == ["1. a\n2. b"] * 2
    assert ["response_format" in body for _, body, _ in server.came] == [True, False, False]


@pytest.mark.parametrize("wanted", [3, pytest.param(5, marks=pytest.mark.slow)])
def test_the_bundled_model_keeps_to_a_schema(bundled_endpoint: Endpoint, wanted: int) -> None:
    asked = question(f"Write {wanted} short messages to a parcel service.")
    sampling = Sampling("chat", 1.0, 0.95, 400, texts=wanted)
    answer, _ = bundled_endpoint.answer("00000007", asked, sampling)
    assert answer["finish"] == "length" or len(json.loads(answer["text"])["texts"]) == wanted
    one_of = asked.model_copy(update={"choices": ("late", "lost")})
    choice, _ = bundled_endpoint.answer("00000008", one_of, Sampling("chat", 0.0, 1.0, 24))
    assert json.loads(choice["text"])["choice"] in ("late", "lost")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None), ({"retry-after": "2"}, 2.0), ({"retry-after-ms": "250"}, 0.25), ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 01 Jan 2023 00:00:00 GMT"}, 0.0),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m30s"}, 90.0),
        ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1m30s"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "a while"}, None),
    ],
    ids=str,
)  # fmt: skip
def test_a_server_says_in_several_ways_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert pause_of(headers) == seconds


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "context_length_exceeded", FailureKind.REFUSED), (400, "content_filter", FailureKind.REFUSED),
        (401, "invalid_api_key", FailureKind.FATAL), (404, "model_not_found", FailureKind.FATAL),
        (429, "rate_limit_exceeded", FailureKind.RATE_LIMITED), (429, "insufficient_quota", FailureKind.FATAL),
        (500, "", FailureKind.RETRY), (503, "", FailureKind.RATE_LIMITED),
    ],
)  # fmt: skip
def test_a_failure_says_how_to_react(server: type[Scripted], status: int, code: str, kind: FailureKind) -> None:
    server.reply = lambda path, body: (status, {"error": {"message": "no", "code": code}})
    with pytest.raises(RequestFailed) as caught:
        ask_hosted()
    assert caught.value.kind is kind


@pytest.mark.parametrize("odd", ["response_format", "seed", "top_p"])
def test_a_server_that_does_not_say_what_is_wrong_gets_fewer_fields_until_it_answers(
    server: type[Scripted], odd: str
) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return (400, {"error": {"message": "bad request"}}) if odd in body else (200, chat("1. a\n2. b"))

    server.reply = reply
    with open_endpoint(HOSTED, SETTINGS) as endpoint:
        for _ in range(2):
            endpoint.answer("00000002", question("hello"), Sampling("chat", 1.0, 0.9, 10, texts=2))
    tried = [odd in body for _, body, _ in server.came]
    assert tried[-2:] == [False, False], "what was left out stays out"
    assert len(tried) <= 5


def test_a_prompt_that_is_refused_after_others_were_answered_is_not_sent_in_other_forms(server: type[Scripted]) -> None:
    with open_endpoint(HOSTED, SETTINGS) as endpoint:
        server.reply = lambda path, body: (200, chat("fine"))
        endpoint.answer("00000002", question("hello"), Sampling("chat", 1.0, 0.9, 10))
        server.reply = lambda path, body: (400, {"error": {"message": "bad request"}})
        with pytest.raises(RequestFailed, match="bad request"):
            endpoint.answer("00000003", question("hello again"), Sampling("chat", 1.0, 0.9, 10))
    assert len(server.came) == 2
