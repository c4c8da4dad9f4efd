"""An address is checked before anything is asked, and what would do stands in the message."""

import threading
from http.server import BaseHTTPRequestHandler

import pytest

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.address import checked_address, suggested_address
from tests.support.raw_server import Received, Respond, reply, serving


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("http://127.0.0.1:8080/v1", None), ("https://api.example.com/v1/", "https://api.example.com/v1"),
        ("http://[::1]:8000/v1", None), ("HTTP://host/v1", "http://host/v1"), ("http://ollama:11434", None),
        ("https://me:p%40ss@host/v1", None), ("https://x.openai.azure.com/openai/deployments/d?api-version=1", None),
    ],
)  # fmt: skip
def test_an_address_is_taken_as_it_is(text: str, base: str | None) -> None:
    assert checked_address("OPENAI_BASE_URL", text).geturl() == (base or text)


@pytest.mark.parametrize(
    ("text", "would_do"),
    [
        ('"http://localhost:8000/v1"', "http://localhost:8000/v1"), ("'https://host/v1'", "https://host/v1"),
        ("“https://host/v1”", "https://host/v1"), (" https://host/v1\r\n", "https://host/v1"),
        ("localhost:8000/v1", "http://localhost:8000/v1"), ('"localhost:8000/v1"', "http://localhost:8000/v1"),
        ("192.168.1.2:8000/v1", "http://192.168.1.2:8000/v1"), ("api.example.com/v1", "https://api.example.com/v1"),
        ("//api.example.com/v1", "https://api.example.com/v1"), ("[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http:/host/v1", "http://host/v1"), ("htp://host/v1", "http://host/v1"), ("https//host/v1", "https://host/v1"),
        ("ttps://host/v1", "https://host/v1"), ("https:host/v1", "https://host/v1"),
        ("https://host/v1/chat/completions", "https://host/v1"), ("https://host/v1/completions/", "https://host/v1"),
        ("host.example/v1/models", "https://host.example/v1"), ("https://host/v1/responses", "https://host/v1"),
        ("https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
         "https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21"),
    ],
)  # fmt: skip
def test_a_slip_is_refused_with_the_address_that_would_do(text: str, would_do: str) -> None:
    with pytest.raises(LLMError, match=r"^OPENAI_BASE_URL (has|does not|is) .*; set it to ") as caught:
        checked_address("OPENAI_BASE_URL", text)
    assert str(caught.value).endswith(f"; set it to {would_do}")
    assert "\n" not in str(caught.value)
    assert checked_address("OPENAI_BASE_URL", would_do).geturl() == would_do


@pytest.mark.parametrize(
    "text",
    ["http://", "http:///v1", "ftp://host/v1", "http://host:port/v1", "http://host:99999/v1", "http://host:0/v1",
     "http://::1:8000/v1", "http://http://host/v1", "https://<resource>.openai.azure.com/", "${BASE_URL}",
     "http://a b/v1", "OPENAI_BASE_URL=http://host/v1", "http://host/v\u200b1", "http://host/v1#part"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(LLMError, match=r"one like http://127\.0\.0\.1:8080/v1 would do$"):
        checked_address("OPENAI_BASE_URL", text)


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_an_empty_address_is_refused(text: str) -> None:
    with pytest.raises(LLMError, match=r"^OPENAI_BASE_URL is empty; unset it, or set it to"):
        checked_address("OPENAI_BASE_URL", text)


@pytest.mark.parametrize(
    "text",
    ["'http://me:hunter2@host/v1'", "me:hunter2@host:8000/v1", "http://me:hun#hunter2@host/v1", "ftp://hunter2@host",
     "http://me:1/hunter2@host/v1", "http://me:p@hunter2@host/v1/models", "host/v1?key=hunter2"],
)  # fmt: skip
def test_a_password_is_not_shown(text: str) -> None:
    with pytest.raises(LLMError) as caught:
        checked_address("OPENAI_BASE_URL", text)
    assert "hunter2" not in str(caught.value)


def knowing(*paths: str, otherwise: int = 404) -> Respond:
    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        known = received.path.partition("?")[0] in paths
        (reply(b'{"data": []}') if known else reply(b"404 page not found", otherwise))(handler, received)

    return respond


@pytest.mark.parametrize(
    ("given", "known"),
    [("", "/v1"), ("/", "/v1"), ("", "/api/v1"), ("", "/openai/v1"), ("/v1beta", "/v1beta/openai"), ("/api", "/v1"),
     ("/v1/v1", "/v1"), ("/team/llm", "/team/llm/v1")],
)  # fmt: skip
@pytest.mark.parametrize("shown", ["models", "chat/completions"])
def test_the_place_of_the_protocol_is_found_where_a_server_knows_another(given: str, known: str, shown: str) -> None:
    with serving(knowing(f"{known}/{shown}")) as (url, received):
        assert suggested_address(f"{url}{given}") == f"{url}{known}"
    assert {request.body for request in received} <= {b"", b"{}"}, "a message could be answered, and cost"


def test_a_place_that_is_right_is_no_suggestion() -> None:
    with serving(knowing("/v1/models", "/api/v1/chat/completions")) as (url, _):
        assert suggested_address(f"{url}/v1") is None


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_a_server_that_replies_alike_everywhere_suggests_nothing(status: int) -> None:
    with serving(knowing(otherwise=status)) as (url, _):
        assert suggested_address(f"{url}/x") is None


def test_a_server_that_wants_a_key_tells_its_place_too_and_gets_none() -> None:
    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        reply(b"", 401 if received.path == "/v1/chat/completions" else 404)(handler, received)

    with serving(respond) as (url, received):
        assert suggested_address(url) == f"{url}/v1"
    assert not [request for request in received if "authorization" in request.headers]


def test_a_server_that_is_gone_suggests_nothing() -> None:
    assert suggested_address("http://127.0.0.1:9") is None


def test_a_suggestion_shows_no_password() -> None:
    with serving(knowing("/v1/chat/completions")) as (url, _):
        assert suggested_address(url.replace("//", "//me:hunter2@")) == f"{url}/v1"


def test_looking_ends_where_a_server_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        stop.wait(20)

    monkeypatch.setattr("promptmix.llm.endpoints.address.LOOK_TIMEOUT", 0.2)
    with serving(respond) as (url, _):
        assert suggested_address(url) is None
        stop.set()


def test_an_address_of_one_interface_is_taken() -> None:
    assert checked_address("OPENAI_BASE_URL", "http://[fe80::1%25eth0]:80/v1").port == 80
