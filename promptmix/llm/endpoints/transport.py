"""One request over HTTP: configured by the ``openai`` package, sent by ``requests`` (:mod:`.connections`).

The package's own transport costs several times the processor time, which limits the speed of 64 threads in one
interpreter (benchmarks/asking.py). Everything a user sets stays the package's: the environment (``OPENAI_BASE_URL``,
``OPENAI_API_KEY``, organization, project; those of Azure). Nothing is retried here:
:mod:`promptmix.llm.engine.workers` makes all retries.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from promptmix.llm.endpoints.configured import azure_client, openai_client
from promptmix.llm.endpoints.secrets import hide, without_secrets

if TYPE_CHECKING:
    from openai import OpenAI


FILE_TIMEOUT = 600.0  # seconds for a batch file, sent or received
FILE_BYTES = 1 << 30  # of a batch file that is received
OF_A_CONNECTION = {"accept-encoding", "connection", "content-length", "host"}  # headers


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


class Transport:
    """Sends requests to one server that speaks OpenAI's protocol; safe for threads."""

    def __init__(
        self, url: str | None, key: str | None, timeout: float, connections: int, deployment: str | None = None
    ) -> None:
        """Connect to nothing yet.

        Args:
            url: Base URL that ends in ``/v1``; None: where the ``openai`` package finds it.
            key: None: from ``OPENAI_API_KEY``.
            timeout: Seconds from a request to the end of its reply.
            connections: At most this many are kept open.
            deployment: The name of a model on Azure, whose environment is then read instead; None elsewhere.

        Raises:
            LLMError: there is no key or no usable address, or what is set cannot be one.
        """
        self._configured = openai_client(url, key) if deployment is None else azure_client(deployment)
        self.base = str(self._configured.base_url).rstrip("/")
        self._query = urlencode({name: str(value) for name, value in self._configured.default_query.items()})
        headers = {**self._configured.default_headers, **self._configured.auth_headers}
        # X-Stainless headers describe the package's own transport, which is not used.
        self._headers = {
            name: value
            for name, value in headers.items()
            if isinstance(value, str) and not name.startswith("X-Stainless")
        }
        hide(self.base, self._configured.default_query, self._headers)
        from promptmix.llm.endpoints.connections import Connections

        self._connections = Connections(self.base, timeout, connections)

    @property
    def address(self) -> str:
        """Where requests go, without a password or a query."""
        return _bare(self.base)

    @cached_property
    def client(self) -> "OpenAI":
        """A client of the package with the same configuration and connections, for batch files."""
        import httpx2

        exchange = self._connections.exchange

        class Connected(httpx2.BaseTransport):
            def handle_request(self, request: httpx2.Request) -> httpx2.Response:
                headers = {name: value for name, value in request.headers.items() if name not in OF_A_CONNECTION}
                try:
                    reply = exchange(
                        request.method, str(request.url), request.read(), headers, FILE_TIMEOUT, FILE_BYTES
                    )
                except ConnectionFailed as error:
                    raise httpx2.TransportError(error.message) from None
                return httpx2.Response(reply.status, headers=_decoded(reply.headers), content=reply.data)

        return self._configured.with_options(http_client=httpx2.Client(transport=Connected()))

    def post(self, path: str, body: dict[str, Any]) -> Reply:
        """Send a request to a path below the base URL and return the reply, whatever its status.

        Raises:
            ConnectionFailed: there was no reply, or not a whole one, or the server is elsewhere.
        """
        return self._send(f"{self.base}/{path}", body)

    def send(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request to any URL of the server and return its reply, a JSON object.

        Raises:
            ConnectionFailed: there was no such reply.
        """
        reply = self._send(url, body)
        try:
            found = json.loads(reply.data)
        except ValueError:
            found = None
        if not is_answer(reply.status) or not isinstance(found, dict):
            words = without_secrets(" ".join(reply.data.decode("utf-8", "replace").split()))
            raise ConnectionFailed(f"{_bare(url)} answers {reply.status}: {words[:200]}", "lost")
        return found

    def _send(self, url: str, body: dict[str, Any]) -> Reply:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        reply = self._connections.exchange("POST", f"{url}?{self._query}" if self._query else url, data, self._headers)
        if reply.status in (301, 302, 303):
            raise ConnectionFailed(_moved(url, self.base, reply), "permanent")
        return reply


def is_answer(status: int) -> bool:
    """Tell whether a status says that the request succeeded; some gateways have 201 or 202 for it."""
    return 200 <= status < 300


def _moved(url: str, base: str, reply: Reply) -> str:
    """Describe a redirect that a request with a body does not survive."""
    place = reply.headers.get("location", "")
    try:
        found = _bare(urljoin(url, place))
    except ValueError:
        return f"it redirects ({reply.status}) to what is no address: {without_secrets(place)[:100]}"
    path = url.removeprefix(base)
    if not found.endswith(path):
        return f"it redirects ({reply.status}) to {found}, which is another kind of page"
    return f"it has moved ({reply.status}): set the address to {found.removesuffix(path)}"


def _bare(url: str) -> str:
    place = urlsplit(url)
    return place._replace(netloc=place.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _decoded(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the headers of a body that is decompressed already."""
    return [each for each in headers.items() if each[0].lower() not in ("content-encoding", "content-length")]
