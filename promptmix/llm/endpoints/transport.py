"""One request over HTTP: configured by the ``openai`` package and parsed into its types, sent by urllib3.

The package's own transport costs 2 ms of processor time a request, urllib3 half a millisecond, which limits the speed
of 64 threads in one interpreter (benchmarks/asking.py). Everything a user sets or sees stays the package's: the
environment (``OPENAI_BASE_URL``, ``OPENAI_API_KEY``, organization, project, extra headers), its types, its errors.
Nothing is retried here: :mod:`promptmix.llm.engine.workers` makes all retries.
"""

import json
import os
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from http.client import responses
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

from promptmix.core.errors import LLMError

if TYPE_CHECKING:
    import urllib3
    from openai import APIStatusError, BaseModel, OpenAI

    Form = TypeVar("Form", bound=BaseModel)


LOOPBACK = {"127.0.0.1", "::1", "localhost"}  # never through a proxy, whatever the environment says


class Reply(NamedTuple):
    """What a server sent back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Names in any case."""
    data: bytes
    """The body, decompressed."""


class ConnectionFailed(Exception):  # noqa: N818  # becomes a RequestFailed
    """There was no reply, or not a whole one."""

    def __init__(self, message: str, kind: Literal["timeout", "lost", "permanent"]) -> None:
        """Describe the failure.

        Args:
            message: One line, without a password.
            kind: ``permanent`` where every other request fails alike: a certificate, an address, a proxy's password.
        """
        super().__init__(message)
        self.message, self.kind = message, kind


class MalformedReply(Exception):  # noqa: N818  # becomes a RequestFailed
    """A reply that does not follow the protocol."""


class Transport:
    """Sends requests to one server that speaks OpenAI's protocol; safe for threads."""

    def __init__(self, url: str | None, key: str | None, timeout: float, connections: int) -> None:
        """Connect to nothing yet.

        Args:
            url: Base URL that ends in ``/v1``; None: where the ``openai`` package finds it.
            key: None: from ``OPENAI_API_KEY``.
            timeout: Seconds without a byte after which a request fails.
            connections: At most this many are kept open.

        Raises:
            LLMError: there is no key, or it cannot be one.
        """
        self._configured = _client(url, key)
        self.base = str(self._configured.base_url).rstrip("/")
        headers = {**self._configured.default_headers, **self._configured.auth_headers}
        # X-Stainless headers describe the package's own transport, which is not used.
        self._headers = {
            name: value
            for name, value in headers.items()
            if isinstance(value, str) and not name.startswith("X-Stainless")
        }
        self._pool = _pool(self.base, timeout, connections)

    @property
    def address(self) -> str:
        """Where requests go, without a password or a query."""
        place = urlsplit(self.base)._replace(query="")
        return place._replace(netloc=place.netloc.rpartition("@")[2]).geturl()

    @cached_property
    def client(self) -> "OpenAI":
        """A client of the package with the same configuration, for the few calls that need no speed."""
        import openai

        return self._configured.with_options(http_client=openai.DefaultHttpxClient())

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Send a request to a path below the base URL and return the reply, whatever its status.

        Raises:
            ConnectionFailed: there was no reply, or not a whole one.
        """
        return self._send(f"{self.base}/{path}", body)

    def parsed(self, path: str, body: dict[str, Any], form: "type[Form]") -> "tuple[Form, Mapping[str, str]]":
        """Send a request and return the reply as one of the ``openai`` package's types, and its headers.

        Raises:
            openai.APIStatusError: the server refused; the subclass says how.
            openai.APIConnectionError: there was no reply, or not a complete one.
            MalformedReply: the reply is not of this type.
        """
        import pydantic

        reply = self._accepted(f"{self.base}/{path}", body)
        try:
            return form.model_validate_json(reply.data), reply.headers
        except pydantic.ValidationError:
            # Servers differ in what they leave out; `construct` is as lenient as the package, and 100 times slower.
            return form.construct(**_object(reply.data)), reply.headers

    def send(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request to any URL of the server and return its reply, a JSON object; errors as in ``parsed``."""
        return _object(self._accepted(url, body).data)

    def _accepted(self, url: str, body: dict[str, Any]) -> Reply:
        import openai

        try:
            reply = self._send(url, body)
        except ConnectionFailed as error:
            raise openai.APIConnectionError(message=error.message, request=_request(url)) from None
        if reply.status != 200:
            raise _status_error(reply, _request(url))
        return reply

    def _send(self, url: str, body: dict[str, Any]) -> Reply:
        import urllib3

        words = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        try:
            reply = self._pool.urlopen("POST", url, body=words, headers=self._headers, retries=False, redirect=False)
        except urllib3.exceptions.TimeoutError as error:
            raise ConnectionFailed(_short(error), "timeout") from None
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionFailed(_short(error), "lost") from None
        return Reply(reply.status, reply.headers, reply.data)


def _client(url: str | None, key: str | None) -> "OpenAI":
    import httpx2
    import openai

    key = key or os.environ.get("OPENAI_API_KEY", "").strip()
    if not key:
        raise LLMError("llm.endpoint is openai but OPENAI_API_KEY is not set; a server of your own accepts any value")
    if not (key.isascii() and key.isprintable()):
        raise LLMError(
            "OPENAI_API_KEY holds a character that no key has (a line break, a quotation mark?); set it again"
        )
    try:
        # It only configures and never sends: a transport of its own would read certificates for 20 ms.
        nothing = httpx2.Client(transport=httpx2.BaseTransport())
        return openai.OpenAI(base_url=url, api_key=key, max_retries=0, http_client=nothing)
    except (ValueError, httpx2.InvalidURL):
        raise LLMError("OPENAI_BASE_URL is not a URL like http://127.0.0.1:8080/v1") from None


def _object(data: bytes) -> dict[str, Any]:
    try:
        reply = json.loads(data)
    except ValueError:
        reply = None
    if not isinstance(reply, dict):
        # Not cut here, because a key in it must be masked first.
        raise MalformedReply(f"a reply that is not a JSON object and begins {data.decode('utf-8', 'replace')!r}")
    return reply


def _pool(base: str, timeout: float, connections: int) -> "urllib3.PoolManager":
    """Return a connection pool that uses the proxy that the environment names, if any."""
    import urllib3

    place = urlsplit(base)
    proxy = urllib.request.getproxies().get(place.scheme)
    settings: dict[str, Any] = {
        "maxsize": connections,
        "timeout": urllib3.Timeout(connect=min(timeout, 30), read=timeout),
    }
    host = place.hostname or ""
    if proxy and host not in LOOPBACK and not urllib.request.proxy_bypass(host):
        return urllib3.ProxyManager(proxy, **settings)
    return urllib3.PoolManager(**settings)


def _status_error(reply: Reply, request: Any) -> "APIStatusError":
    """Return the ``openai`` package's error for a refused request, with the server's own words as its message."""
    import httpx2
    import openai

    classes = {
        400: openai.BadRequestError,
        401: openai.AuthenticationError,
        403: openai.PermissionDeniedError,
        404: openai.NotFoundError,
        429: openai.RateLimitError,
    }
    # urllib3 has decompressed the body already.
    headers = [(name, value) for name, value in reply.headers.items() if name.lower() != "content-encoding"]
    response = httpx2.Response(reply.status, headers=headers, content=reply.data, request=request)
    try:
        body = json.loads(reply.data)["error"]
    except (ValueError, KeyError, TypeError):
        body = None
    words = body.get("message") if isinstance(body, dict) else body
    kind = classes.get(reply.status, openai.InternalServerError if reply.status >= 500 else openai.APIStatusError)
    return kind(str(words or responses.get(reply.status, reply.status)), response=response, body=body)


def _request(url: str) -> Any:
    import httpx2

    return httpx2.Request("POST", url)


def _short(error: BaseException) -> str:
    """Describe a connection error without the memory addresses that urllib3 prints."""
    reason = getattr(error, "reason", None) or error
    words = str(reason)
    return words.rpartition(": ")[2] if "object at 0x" in words else words
