"""A server on loopback that writes to the connection what a test says, byte by byte if need be."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Received(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


Respond = Callable[[BaseHTTPRequestHandler, Received], None]


def reply(data: bytes = b"{}", status: int = 200, **headers: str) -> Respond:
    """Return what sends one reply; ``_`` in the names of headers stands for ``-``."""

    def respond(handler: BaseHTTPRequestHandler, received: Received) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return respond


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    respond: Respond
    received: list[Received]

    def do_POST(self) -> None:  # the name that http.server calls
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.received.append(Received(self.command, self.path, headers, body))
        type(self).respond(self, self.received[-1])

    do_GET = do_POST  # noqa: N815  # the name that http.server calls

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    tls: ssl.SSLContext | None

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away in these tests."""


@contextmanager
def serving(respond: Respond, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[Received]]]:
    """Serve until the block ends; yields the base URL, without a path, and the requests as they come."""
    received: list[Received] = []
    handler = type("Bound", (_Handler,), {"respond": staticmethod(respond), "received": received})
    server = _Server(("127.0.0.1", 0), handler)
    server.tls = tls
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
