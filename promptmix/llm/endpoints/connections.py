"""HTTP as ``requests`` does it: proxies, redirects, certificates and address handling are the library's.

Added is what it leaves out: certificates of the operating system, as the ``openai`` package trusts them; a time limit
for a whole reply; no key to another host, whatever header it is in. The environment is read once, and ``~/.netrc``
never, because it would replace the key. Import this module where it is used: ``requests`` takes 0.15 s.
"""

import base64
import os
import ssl
import time
from collections.abc import Mapping
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from promptmix.core.errors import LLMError
from promptmix.llm.endpoints.address import is_loopback
from promptmix.llm.endpoints.connection_errors import explained, wants_password
from promptmix.llm.endpoints.transport import ConnectionFailed, Reply

CONNECT_TIMEOUT = 30.0  # seconds
CERTIFICATES = "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"
PROXY_SCHEMES = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"}
PUBLIC_HEADERS = {"accept", "accept-encoding", "connection", "content-length", "content-type", "user-agent"}
CHUNK = 1 << 16  # bytes
MOST_BYTES = 64 << 20  # of the body of a reply


class Connections:
    """Connections to one server, kept open between requests; safe for threads."""

    def __init__(self, base: str, timeout: float, most: int) -> None:
        """Connect to nothing yet.

        Args:
            base: The server's address, which decides about proxies.
            timeout: Seconds from a request to the end of its reply.
            most: At most this many connections are kept open.

        Raises:
            LLMError: a proxy or a file of certificates, named by the environment, cannot be one.
        """
        self._timeout, self._reached = timeout, False
        self._scheme = urlsplit(base).scheme
        self._templates: dict[tuple[Any, ...], requests.PreparedRequest] = {}
        self._session = _Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # not safe for threads
        self._session.proxies = proxies = _proxies(base)
        self._secrets = _passwords([base, *proxies.values()])
        adapter = _Adapter(pool_maxsize=most)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        if base.startswith("https:"):
            _ = adapter.certificates  # read once, before threads come

    def exchange(
        self,
        method: str,
        url: str,
        data: bytes | None,
        headers: Mapping[str, str],
        timeout: float | None = None,
        most: int = MOST_BYTES,
    ) -> Reply:
        """Send a request and return the reply, whatever its status.

        Args:
            method: Of HTTP.
            url: In full.
            data: The body.
            headers: Those of this request.
            timeout: Replaces the usual one.
            most: The longest body of a reply, in bytes after decompression.

        Raises:
            ConnectionFailed: there was no reply, or not a whole one.
        """
        timeout = timeout or self._timeout
        deadline = time.monotonic() + timeout
        prepared = self._prepared(method, url, data, headers)
        sending: dict[str, Any] = {
            "stream": True, "timeout": (min(timeout, CONNECT_TIMEOUT), timeout), "proxies": self._session.proxies
        }  # fmt: skip
        try:
            # `Session.send` does for every request what only a redirect needs.
            reply = self._session.get_adapter(url).send(prepared, **sending)
            body = _body(reply, deadline, most)
            for final in self._session.resolve_redirects(reply, prepared, **sending):
                reply, body = final, _body(final, deadline, most)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            message, kind = explained(error, reached=self._reached, proxy=_variable(self._scheme))
            raise ConnectionFailed(self._masked(message), kind) from None
        if reply.status_code == 407:
            raise ConnectionFailed(wants_password(_variable(self._scheme)), "permanent")
        self._reached = True
        return Reply(reply.status_code, reply.headers, body)

    def _prepared(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]
    ) -> requests.PreparedRequest:
        """Return a request that is ready to be sent.

        What all requests to one URL have in common is prepared once, which saves a third of the processor time.
        """
        known = method, url, *headers.items()
        if known not in self._templates:
            self._templates[known] = self._session.prepare_request(requests.Request(method, url, dict(headers)))
        prepared = self._templates[known].copy()
        if data is not None:
            prepared.body = data
            prepared.headers["Content-Length"] = str(len(data))
        return prepared

    def _masked(self, words: str) -> str:
        for secret in self._secrets:
            words = words.replace(secret, "***")
        return " ".join(words.split())


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Follow what keeps a POST a POST; ``requests`` would make a GET of all others, as browsers do."""
        if resp.request.method == "POST" and resp.status_code not in (307, 308):
            return None
        return super().get_redirect_target(resp)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take every header that may hold a secret from a request that is redirected to another host."""
        if self.should_strip_auth(str(response.request.url), str(prepared_request.url)):
            for name in [name for name in prepared_request.headers if name.lower() not in PUBLIC_HEADERS]:
                del prepared_request.headers[name]


class _Adapter(HTTPAdapter):
    @cached_property
    def certificates(self) -> ssl.SSLContext:
        """What is trusted: the file or folder that the environment names, or else the operating system's."""
        import httpx2

        name = next((name for name in CERTIFICATES if os.environ.get(name)), None)
        if name is None:
            return httpx2.create_ssl_context()
        place = Path(os.environ[name])
        try:
            if place.is_dir():
                return ssl.create_default_context(capath=place)
            return ssl.create_default_context(cafile=place)
        except OSError:
            raise LLMError(f"{name} is {str(place)!r}, which is no file of certificates (PEM)") from None

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, tls | ({"ssl_context": self.certificates} if host["scheme"] == "https" else {})

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave certificates to the context, instead of reading a bundle for every connection."""

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        if proxy.lower().startswith("https:"):
            proxy_kwargs["proxy_ssl_context"] = self.certificates
        return super().proxy_manager_for(proxy, **proxy_kwargs)

    def proxy_headers(self, proxy: str) -> dict[str, str]:
        """Return the password as UTF-8; the library knows only Latin-1."""
        place = urlsplit(proxy)
        user, password = unquote(place.username or ""), unquote(place.password or "")
        words = base64.b64encode(f"{user}:{password}".encode()).decode()
        return {"Proxy-Authorization": f"Basic {words}"} if user else {}


def _body(reply: requests.Response, deadline: float, most: int) -> bytes:
    """Read a body to its end, with the time that is left as the time limit of every piece."""
    raw, parts, length = reply.raw, list[bytes](), 0
    while (left := deadline - time.monotonic()) > 0:
        if (sock := getattr(raw.connection, "sock", None)) is not None:
            sock.settimeout(left)
        if not (part := raw.read1(CHUNK, decode_content=True)):
            reply._content = b"".join(parts)  # else a redirect's would be read without a time limit
            reply.close()
            return reply._content
        parts.append(part)
        if (length := length + len(part)) > most:
            raw.close()
            raise ConnectionFailed(f"its reply is longer than {most >> 20} MB", "lost")
    raw.close()
    raise TimeoutError("the reply did not end in time")


def _proxies(base: str) -> dict[str, str]:
    """Return the proxies of the environment by scheme (``http``, ``https``, ``all``); none for the loopback address."""
    if is_loopback(urlsplit(base).hostname or ""):
        return {}
    found = get_environ_proxies(base)
    return {scheme: _proxy(scheme, found[scheme].strip()) for scheme in ("http", "https", "all") if found.get(scheme)}


def _variable(scheme: str) -> str:
    """Return the variable of the environment that names the proxy for a scheme."""
    names = [name for each in (scheme, "all") for name in (f"{each}_proxy", f"{each}_proxy".upper())]
    return next((name for name in names if os.environ.get(name)), names[1])


def _proxy(scheme: str, address: str) -> str:
    """Return a proxy's address in full; raises LLMError, which does not show it, where it cannot be one."""
    if "://" not in address:
        address = f"http://{address}"
    if address.lower().startswith("socks://"):  # so written by desktops, for SOCKS 5
        address = f"socks5h{address[5:]}"
    try:
        place = urlsplit(address)
        is_whole = place.scheme in PROXY_SCHEMES and place.hostname and (place.port or True)
    except ValueError:
        is_whole = False
    if not is_whole or "@" in place.path + place.query + place.fragment:
        raise LLMError(
            f"{scheme.upper()}_PROXY is not the address of a proxy, like http://user:password@host:3128 or "
            f"socks5h://host:1080; in a password / is written %2F, # %23 and ? %3F"
        )
    user, at, host = place.netloc.rpartition("@")
    return place._replace(netloc=f"{quote(user, safe=':%')}{at}{host}").geturl()


def _passwords(addresses: list[str]) -> list[str]:
    """Return the passwords in addresses, or users without one, as written and as meant, the longest first."""
    places = [urlsplit(address) for address in addresses]
    found = {secret for place in places if (secret := place.password or place.username)}
    return sorted(found | {unquote(password) for password in found}, key=len, reverse=True)
