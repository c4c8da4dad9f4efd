"""What stands before the classifier's HTTP server: limits on size, time and rate, a token, and counters."""

import asyncio
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    pass

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

PROTECTED = ("/predict", "/metrics")
"""Paths that need the token; the others say nothing of texts."""

PATHS = ("/", "/predict", "/health", "/metrics", "/docs", "/openapi.json")
CLIENTS = 10_000
"""Addresses whose rate is remembered, the latest ones."""

DRAINED = 32
"""Times the largest body that is still read, and dropped, so that its sender gets to read the refusal."""


@dataclass(frozen=True)
class Limits:
    """What one request, and one client, may ask for."""

    body: int = 1_000_000
    """Bytes."""

    texts: int = 1_000
    characters: int = 20_000
    """Of one text."""

    rate: float = 1_000.0
    """Requests a second and address; as many may come at once."""

    seconds: float = 10.0
    """Until a request must have come whole."""

    waiting: int = 10_000
    """Texts that may wait for the model."""


class Refused(NamedTuple):
    """A request that is not answered."""

    status: int
    detail: str


class Meters:
    """Counters of one server, as Prometheus reads them."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self.registry: CollectorRegistry = CollectorRegistry()
        self.requests = Counter(
            "promptmix_requests", "Requests by path and status.", ["path", "status"], registry=self.registry
        )
        self.seconds = Histogram("promptmix_request_seconds", "Time of a request.", ["path"], registry=self.registry)
        self.labels = Counter(
            "promptmix_labels", "Texts by the label that they got.", ["label"], registry=self.registry
        )

    def text(self) -> bytes:
        """Return all counters in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)


class Rates:
    """How much each address has left of its rate: a bucket that fills with time."""

    def __init__(self, rate: float) -> None:
        """Start with full buckets.

        Args:
            rate: Requests a second, and the size of a bucket.
        """
        self.rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, address: str, now: float) -> bool:
        """Take one request from an address's bucket; false where it is empty.

        Args:
            address: The client's.
            now: Seconds of a clock that does not go back.
        """
        left, then = self._buckets.pop(address, (self.rate, now))
        left = min(max(self.rate, 1.0), left + (now - then) * self.rate)
        allowed = left >= 1
        self._buckets[address] = (left - allowed, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return allowed


class Guard:
    """Answers what must not reach the application; of the rest it hands on whole requests."""

    def __init__(self, app: App, limits: Limits, token: str | None, meters: Meters) -> None:
        """Stand before an ASGI application.

        Args:
            app: Gets a request when all of its body is there.
            limits: What a request may be.
            token: What :data:`PROTECTED` paths ask for; None for nothing.
            meters: Count every request.
        """
        self.app, self.limits, self.meters = app, limits, meters
        self._token = token.encode() if token else None
        self._rates = Rates(limits.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, path = time.perf_counter(), scope["path"] if scope["path"] in PATHS else "other"
        statuses = []

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        found = self._refusal(scope) or await self._whole(scope, receive)
        if isinstance(found, Refused):
            await _refuse(found, sent)
        else:
            await self.app(scope, _replayed(found, receive), sent)
        self.meters.requests.labels(path, str(statuses[0] if statuses else 499)).inc()
        self.meters.seconds.labels(path).observe(time.perf_counter() - started)

    def _refusal(self, scope: Scope) -> Refused | None:
        client = (scope.get("client") or ("",))[0]
        if not self._rates.allow(client, time.monotonic()):
            return Refused(429, f"more than {self.limits.rate:g} requests a second")
        if self._token and scope["path"] in PROTECTED:
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not secrets.compare_digest(given, b"Bearer " + self._token):
                return Refused(401, "a token is needed: Authorization: Bearer TOKEN")
        return None

    async def _whole(self, scope: Scope, receive: Receive) -> bytes | Refused:
        large = Refused(413, f"a body may have {self.limits.body:,} bytes")
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if length.isdigit() and int(length) > self.limits.body * DRAINED:
            return large
        try:
            async with asyncio.timeout(self.limits.seconds):
                body, size, more = bytearray(), 0, True
                while more and size <= self.limits.body * DRAINED:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return Refused(400, "the client has gone")
                    part, more = message.get("body", b""), message.get("more_body", False)
                    size += len(part)
                    if size <= self.limits.body:
                        body += part
        except TimeoutError:
            return Refused(408, f"the request did not come whole within {self.limits.seconds:g} seconds")
        return bytes(body) if size <= self.limits.body else large


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a way to receive the body once, then what else comes."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay


async def _refuse(refusal: Refused, send: Send) -> None:
    content = json.dumps({"detail": refusal.detail}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    elif refusal.status == 429:
        headers.append((b"retry-after", b"1"))
    else:
        headers.append((b"connection", b"close"))  # the rest of the body may still come
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
