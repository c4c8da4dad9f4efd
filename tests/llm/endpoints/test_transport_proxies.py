"""Proxies are found in the environment as every tool finds them, and their passwords are nowhere shown."""

from typing import Any

import pytest
import urllib3

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.transport import ConnectionFailed, Transport
from tests.support.proxies import proxy
from tests.support.raw_server import reply, serving

KEY = "sk-planted-secret-1234567890"
ELSEWHERE = "http://llm.example/v1"
NEARBY = "http://198.51.100.7/v1"  # an address for documents, which no host has
PASSWORD = "pä ss/w#o?r:d@%"  # planted
ENCODED = "p%C3%A4%20ss%2Fw%23o%3Fr%3Ad%40%25"


def post(url: str, timeout: float = 5.0) -> bytes:
    return Transport(url, KEY, timeout, 2).post("chat/completions", {"a": 1}).data


def failure(url: str) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        post(url)
    assert "hunter2" not in caught.value.message
    assert KEY not in caught.value.message
    return caught.value


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_is_used_with_its_password(variable: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"there")) as (url, received), proxy("http", url, "me:hunter2") as (port, seen):
        monkeypatch.setenv(variable, f"{scheme}me:hunter2@127.0.0.1:{port}")
        assert post(ELSEWHERE) == b"there"
    assert seen.targets == [f"{ELSEWHERE}/chat/completions"]
    assert received[0].headers["authorization"] == f"Bearer {KEY}"
    assert received[0].body == b'{"a": 1}'


@pytest.mark.parametrize("kind", ["http", "socks"])
def test_a_password_with_special_characters_is_percent_encoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"there")) as (url, _), proxy(kind, url, f"me:{PASSWORD}") as (port, seen):
        scheme = {"http": "http", "socks": "socks5h"}[kind]
        monkeypatch.setenv("HTTP_PROXY", f"{scheme}://me:{ENCODED}@127.0.0.1:{port}")
        assert post(ELSEWHERE) == b"there"
    assert seen.users == [f"me:{PASSWORD}"]


@pytest.mark.parametrize("password", ["pa ss", "p@ss", "pa%ss", "pass:word"])
def test_a_password_that_needs_no_encoding_may_stand_as_it_is(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"there")) as (url, _), proxy("http", url, f"me:{password}") as (port, _):
        monkeypatch.setenv("HTTP_PROXY", f"http://me:{password}@127.0.0.1:{port}")
        assert post(ELSEWHERE) == b"there"


@pytest.mark.parametrize(
    ("scheme", "url", "target"),
    [
        ("socks5h", ELSEWHERE, "llm.example"), ("socks", ELSEWHERE, "llm.example"),
        ("socks5", NEARBY, "198.51.100.7"), ("SOCKS5H", ELSEWHERE, "llm.example"),
    ],
)  # fmt: skip
def test_a_socks_proxy_is_used(scheme: str, url: str, target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"there")) as (server, _), proxy("socks", server) as (port, seen):
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
        assert post(url) == b"there"
    assert seen.targets == [target]


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What is connected to; nothing is."""
    targets: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], *arguments: Any, **named: Any) -> Any:
        targets.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(urllib3.util.connection, "create_connection", connect)
    return targets


@pytest.mark.parametrize("hosts", ["198.51.100.7", "example.com,198.51.100.0/24", "*", "x, 198.51.100.7"])
@pytest.mark.parametrize("variable", ["no_proxy", "NO_PROXY"])
def test_hosts_of_no_proxy_are_connected_directly(
    hosts: str, variable: str, direct: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv(variable, hosts)
    assert failure(NEARBY).kind == "lost"
    assert direct == [("198.51.100.7", 80)]


@pytest.mark.parametrize("hosts", ["example", ".example", "llm.example", "other.org, llm.example", "llm.example:8080"])
def test_no_proxy_names_a_host_or_a_domain(
    hosts: str, direct: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", hosts)
    failure("http://llm.example:8080/v1")
    failure("http://example.com/v1")
    assert direct == [("llm.example", 8080), ("127.0.0.1", 9)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1.2.3", "[::1]", "0.0.0.0"])
def test_loopback_is_never_reached_through_a_proxy(
    host: str, direct: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    failure(f"http://{host}:8000/v1")
    assert direct == [(host.strip("[]"), 8000)]


@pytest.mark.parametrize("kind", ["http", "socks"])
def test_a_wrong_password_of_a_proxy_is_permanent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply()) as (url, received), proxy(kind, url, "me:right") as (port, _):
        scheme = {"http": "http", "socks": "socks5h"}[kind]
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:hunter2@127.0.0.1:{port}")
        for there in (ELSEWHERE, ELSEWHERE.replace("http:", "https:")):
            found = failure(there)
            assert found.kind == "permanent"
            assert "user name and" in found.message
    assert received == []


@pytest.mark.parametrize(("status", "kind"), [(403, "permanent"), (502, "lost"), (504, "lost")])
def test_a_proxy_that_opens_no_tunnel_may_do_so_later_if_its_server_failed(
    status: int, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(reply()) as (url, _), proxy("http", url, refusal=status) as (port, _):
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:hunter2@127.0.0.1:{port}")
        found = failure("https://llm.example/v1")
    assert found.kind == kind
    assert str(status) in found.message


def test_a_proxy_that_is_not_there_is_named_as_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://me:hunter2@127.0.0.1:9")
    found = failure(ELSEWHERE)
    assert (found.kind, found.message) == ("lost", "the proxy: Connection refused")


@pytest.mark.parametrize(
    "address",
    ["http://", "htp://me:hunter2@proxy:3128", "http://me:hun#ter2@proxy:3128", "http://me:1/hunter2@proxy:3128",
     "http://proxy:port", "http://proxy:99999"],
)  # fmt: skip
def test_what_cannot_be_a_proxy_is_refused_before_anything_is_sent(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    with pytest.raises(
        LLMError, match=r"^HTTP_PROXY is not the address of a proxy, like http://user:password@"
    ) as caught:
        post(ELSEWHERE)
    assert "ter2" not in str(caught.value)


def test_an_empty_variable_is_no_proxy(direct: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "")
    failure(ELSEWHERE)
    assert direct == [("llm.example", 80)]


def test_a_token_without_a_password_is_sent_to_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(b"there")) as (url, _), proxy("http", url, "token-planted:") as (port, seen):
        monkeypatch.setenv("HTTP_PROXY", f"http://token-planted@127.0.0.1:{port}")
        assert post(ELSEWHERE) == b"there"
    assert seen.users == ["token-planted:"]


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_that_wants_a_password_is_named_by_its_variable(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply()) as (url, _), proxy("http", url, "me:hunter2") as (port, _):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        assert f"{variable}=http://user:password@host:port" in failure(ELSEWHERE).message
