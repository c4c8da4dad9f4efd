"""A reply comes back whole and whatever its status, or the failure says of what kind it is."""

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from promptmix.llm.endpoints import connections
from promptmix.llm.endpoints.transport import ConnectionFailed, Reply, Transport
from tests.support.raw_server import Received, Respond, reply, serving

KEY = "sk-planted-secret-1234567890"


def post(url: str, timeout: float = 10.0) -> Reply:
    return Transport(f"{url}/v1", KEY, timeout, 2).post("chat/completions", {"model": "m", "text": "grün\ud800"})


def failure(url: str, timeout: float = 10.0) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        post(url, timeout)
    assert KEY not in caught.value.message
    assert "\n" not in caught.value.message
    return caught.value


def test_a_request_is_json_with_the_key_and_no_trace_of_another_transport() -> None:
    with serving(reply()) as (url, received):
        post(url)
    (request,) = received
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert json.loads(request.body) == {"model": "m", "text": "grün?"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert not [name for name in request.headers if name.startswith("x-stainless")]


@pytest.mark.parametrize("status", [200, 204, 400, 404, 429, 500, 503, 529, 599])
def test_a_reply_comes_back_whatever_its_status(status: int) -> None:
    data = b"" if status == 204 else b"some words"
    with serving(reply(data, status, Retry_After="3")) as (url, _):
        found = post(url)
    assert (found.status, found.data) == (status, data)
    assert found.headers["retry-after"] == found.headers["Retry-After"] == "3"


@pytest.mark.parametrize(("name", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_a_compressed_body_is_decompressed(name: str, compress: Callable[[bytes], bytes]) -> None:
    words = b"many words " * 20_000
    with serving(reply(compress(words), Content_Encoding=name)) as (url, _):
        assert post(url).data == words


def chunked(*parts: bytes, pause: float = 0.0, end: bool = True) -> Respond:
    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.send_response(200)
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for part in parts:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            time.sleep(pause)
        handler.wfile.write(b"0\r\n\r\n" if end else b"")
        handler.close_connection = not end

    return respond


def trickle(handler: BaseHTTPRequestHandler, received: Received) -> None:
    """Send a body of known length, a byte at a time."""
    handler.send_response(200)
    handler.send_header("content-length", "1000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b" ")
        time.sleep(0.2)


def test_a_body_in_pieces_comes_back_whole() -> None:
    with serving(chunked(b"\n", b" ", b'{"a":', b"1}", pause=0.05)) as (url, _):
        assert post(url).data == b'\n {"a":1}'


@pytest.mark.parametrize("respond", [chunked(*[b"\n"] * 1000, pause=0.2), trickle], ids=["chunked", "length"])
def test_the_time_limit_is_that_of_the_whole_reply_even_if_a_byte_comes_now_and_then(respond: Respond) -> None:
    began = time.monotonic()
    with serving(respond) as (url, _):
        found = failure(url, 1.0)
    assert found.kind == "timeout"
    assert 0.9 < time.monotonic() - began < 2.0


def test_a_server_that_says_nothing_is_a_timeout() -> None:
    with serving(lambda handler, received: time.sleep(3)) as (url, _):
        found = failure(url, 0.5)
    assert (found.kind, found.message) == ("timeout", "no complete reply in time")


def closed(handler: BaseHTTPRequestHandler, received: Received) -> None:
    handler.close_connection = True


def cut(handler: BaseHTTPRequestHandler, received: Received) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
    handler.close_connection = True


def garbage(handler: BaseHTTPRequestHandler, received: Received) -> None:
    handler.wfile.write(b"\x15\x03\x01\x00\x02\x02\x16\r\n\r\n")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("respond", "words"),
    [
        (closed, "closed"), (cut, "broke off"), (chunked(b"half", end=False), "broke off"), (garbage, ""),
        (reply(b"not gzip", Content_Encoding="gzip"), "cannot be decompressed"),
    ],
    ids=["closed", "cut", "chunk cut", "garbage", "not gzip"],
)  # fmt: skip
def test_a_connection_that_breaks_in_the_middle_is_lost(respond: Respond, words: str) -> None:
    with serving(respond) as (url, _):
        found = failure(url)
    assert found.kind == "lost"
    assert words in found.message
    assert "0x" not in found.message


def test_a_server_that_is_not_there_is_lost_because_it_may_come() -> None:
    found = failure("http://127.0.0.1:9")
    assert (found.kind, found.message) == ("lost", "Connection refused")


def test_a_host_that_does_not_exist_is_permanent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _unknown)
    found = failure("http://llm.example")
    assert found.kind == "permanent"
    assert "no such host" in found.message


def test_a_host_that_was_reached_before_is_lost_when_its_name_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(closed) as (url, _), ExitStack() as stack:
        transport = Transport(f"{url}/v1", KEY, 5.0, 2)
        transport._connections._reached = True
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(socket, "getaddrinfo", _unknown)
        with pytest.raises(ConnectionFailed) as caught:
            transport.post("x", {})
    assert caught.value.kind == "lost"


def _unknown(*arguments: Any, **named: Any) -> Any:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_keeps_the_request(status: int) -> None:
    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        moved = received.path.startswith("/real")
        (reply(b"here") if moved else reply(b"", status, Location=f"/real{received.path}"))(handler, received)

    with serving(respond) as (url, received):
        assert post(url).data == b"here"
    assert [request.method for request in received] == ["POST", "POST"]
    assert received[0].body == received[1].body
    assert received[1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("azure", [False, True])
def test_a_redirect_takes_no_key_to_another_host(monkeypatch: pytest.MonkeyPatch, azure: bool) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-planted")
    with serving(reply()) as (other, received), serving(reply(b"", 307, Location=f"{other}/v1/x")) as (url, _):
        deployment = f"{url}/openai/deployments/d?api-version=2024-10-21"
        Transport(deployment if azure else f"{url}/v1", KEY, 5.0, 2).post("x", {"a": 1})
    assert json.loads(received[0].body) == {"a": 1}
    assert KEY not in str(received[0].headers)
    assert "org-planted" not in str(received[0].headers)


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_that_would_lose_the_request_is_refused_with_the_address_that_would_do(status: int) -> None:
    moved = reply(b"", status, Location="https://me:pw@llm.example/v1/chat/completions?token=t")
    with serving(moved) as (url, received):
        found = failure(url)
    assert found.kind == "permanent"
    assert f"has moved ({status}): set the address to https://llm.example/v1" in found.message
    assert "token" not in found.message
    assert "pw" not in found.message
    assert len(received) == 1


def test_a_redirect_to_a_page_for_people_is_refused() -> None:
    with serving(reply(b"", 302, Location="/login")) as (url, _):
        found = failure(url)
    assert found.kind == "permanent"
    assert f"{url}/login" in found.message


def test_redirects_in_a_circle_are_permanent() -> None:
    with serving(reply(b"", 307, Location="/v1/chat/completions")) as (url, _):
        assert failure(url).kind == "permanent"


def test_a_password_in_the_address_is_sent_and_not_shown() -> None:
    with serving(reply()) as (url, received):
        address = url.replace("//", "//me:hunter2@")
        transport = Transport(f"{address}/v1", KEY, 5.0, 2)
        transport.post("x", {})
    assert transport.address == f"{url}/v1"
    assert received[0].headers["authorization"].startswith("Basic ")
    assert "hunter2" not in failure("http://me:hunter2@127.0.0.1:9").message


def test_a_query_of_the_address_stays_behind_the_path() -> None:
    with serving(reply()) as (url, received):
        transport = Transport(f"{url}/v1/?team=a%20b", KEY, 5.0, 2)
        transport.post("chat/completions", {})
    assert received[0].path == "/v1/chat/completions?team=a+b"
    assert transport.address == f"{url}/v1"


def test_a_file_of_passwords_for_hosts_replaces_no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(reply()) as (url, received):
        post(url)
    assert received[0].headers["authorization"] == f"Bearer {KEY}"


def test_connections_are_kept_and_a_cookie_is_not() -> None:
    ports = []

    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        ports.append(handler.client_address[1])
        reply(b"{}", Set_Cookie="track=me")(handler, received)

    with serving(respond) as (url, received):
        transport = Transport(f"{url}/v1", KEY, 5.0, 2)
        for _ in range(5):
            transport.post("x", {})
    assert len(set(ports)) == 1
    assert "cookie" not in received[-1].headers


def test_many_threads_share_a_transport() -> None:
    with serving(lambda handler, received: reply(received.body)(handler, received)) as (url, _):
        transport = Transport(f"{url}/v1", KEY, 5.0, 16)
        found: list[bool] = []

        def work(start: int) -> None:
            for number in range(start, start + 20):
                found.append(json.loads(transport.post("x", {"n": number}).data) == {"n": number})

        threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [True] * 320


def test_the_packages_client_uses_the_same_connections() -> None:
    with serving(reply(b'{"id": "b", "object": "batch", "status": "completed"}')) as (url, received):
        transport = Transport(f"{url}/v1?team=a", KEY, 5.0, 2)
        assert transport.client.batches.retrieve("b").status == "completed"
    assert received[0].path == "/v1/batches/b?team=a"
    assert received[0].headers["host"] == url.removeprefix("http://")


def test_a_redirect_to_what_is_no_address_is_said() -> None:
    with serving(reply(b"", 302, Location="http://[bad")) as (url, _):
        assert failure(url).kind == "permanent"


@pytest.mark.parametrize("compressed", [True, False])
def test_a_reply_without_end_is_not_kept_in_memory(compressed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections.Connections.exchange, "__defaults__", (None, 1 << 20))
    blanks = b" " * (20 << 20)
    zipped = reply(gzip.compress(blanks), Content_Encoding="gzip")
    with serving(zipped if compressed else reply(blanks)) as (url, _):
        failed = failure(url)
    assert (failed.message, failed.kind) == ("its reply is longer than 1 MB", "lost")
