"""Certificates are trusted as the environment says, and one that is not ends the run at once."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.transport import ConnectionFailed, Transport
from tests.support.proxies import proxy
from tests.support.raw_server import Received, reply, serving

KEY = "sk-planted-secret-1234567890"
VARIABLES = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(found)
    return found


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[tuple[str, list[Received]]]:
    with serving(reply(b"safe"), context(authority.issue_cert("127.0.0.1", "llm.example"))) as found:
        yield found


def post(url: str) -> bytes:
    return Transport(f"{url}/v1", KEY, 5.0, 2).post("chat/completions", {"a": 1}).data


def failure(url: str) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        post(url)
    assert KEY not in caught.value.message
    assert len(caught.value.message) < 160
    return caught.value


@pytest.mark.parametrize("variable", VARIABLES)
def test_a_file_of_certificates_is_trusted(
    server: tuple[str, list[Received]], bundle: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, bundle)
    assert post(server[0]) == b"safe"


@pytest.mark.parametrize("kind", ["http", "socks"])
def test_a_server_behind_a_proxy_proves_itself(
    server: tuple[str, list[Received]], bundle: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with proxy(kind, server[0], "me:pa ss") as (port, seen):
        monkeypatch.setenv("HTTPS_PROXY", f"{'http' if kind == 'http' else 'socks5h'}://me:pa%20ss@127.0.0.1:{port}")
        assert post("https://llm.example") == b"safe"
        assert failure("https://other.example").kind == "permanent"
    assert seen.users == ["me:pa ss"] * 2
    assert "proxy-authorization" not in server[1][0].headers


def test_a_certificate_of_nobody_is_permanent_and_no_key_is_sent(server: tuple[str, list[Received]]) -> None:
    found = failure(server[0])
    assert found.kind == "permanent"
    assert found.message.startswith("its certificate is not trusted: unable to get local issuer certificate")
    assert "REQUESTS_CA_BUNDLE" in found.message
    assert server[1] == []


def test_a_certificate_of_another_host_is_permanent(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with serving(reply(), context(authority.issue_cert("other.example"))) as (url, _):
        found = failure(url)
    assert found.kind == "permanent"
    assert "127.0.0.1" in found.message


def test_a_server_without_tls_is_permanent() -> None:
    with serving(reply()) as (url, _):
        found = failure(url.replace("http:", "https:"))
    assert found.kind == "permanent"
    assert "is it https?" in found.message


def test_a_server_that_closes_while_it_greets_is_lost(bundle: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket
    import threading

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def close() -> None:
            connection, _ = listening.accept()
            connection.recv(100)
            connection.close()

        thread = threading.Thread(target=close)
        thread.start()
        found = failure(f"https://127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
    assert found.kind == "lost"


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_what_holds_no_certificates_is_refused_before_anything_is_sent(
    variable: str, content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv(variable, str(path))
    with pytest.raises(LLMError, match=rf"^{variable} is '{path}', which is no file of certificates \(PEM\)$"):
        post("https://llm.example")


def test_a_redirect_from_tls_to_none_takes_no_key(
    authority: trustme.CA, bundle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    with serving(reply(b"open")) as (plain, received):
        moved = reply(b"", 308, Location=f"{plain}/v1/chat/completions")
        with serving(moved, context(authority.issue_cert("127.0.0.1"))) as (url, _):
            assert post(url) == b"open"
    assert KEY not in str(received[0].headers)
