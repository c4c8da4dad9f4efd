"""Proxies on loopback: HTTP (forwarding and CONNECT) and SOCKS 5, with or without a password.

Wherever a client wants to go, they lead to one server of the test.
"""

import base64
import http.client
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Seen:
    """What a proxy was asked for, and by whom."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.users: list[str] = []


class HttpProxy(BaseHTTPRequestHandler):
    """Forwards requests and opens tunnels."""

    protocol_version = "HTTP/1.1"
    target: tuple[str, int]
    login: str | None
    refusal: int
    seen: Seen

    def do_POST(self) -> None:  # the name that http.server calls
        body = self.rfile.read(int(self.headers["content-length"]))
        if not self._admitted(self.path):
            return
        path = self.path.split("/", 3)[3]
        onward = http.client.HTTPConnection(*self.target)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "proxy-authorization"}
        onward.request("POST", f"/{path}", body, headers)
        reply = onward.getresponse()
        data = reply.read()
        onward.close()
        self.send_response(reply.status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_CONNECT(self) -> None:  # the name that http.server calls
        if not self._admitted(self.path):
            return
        with socket.create_connection(self.target) as onward:
            self.send_response(200)
            self.end_headers()
            _splice(self.connection, onward)
        self.close_connection = True

    def _admitted(self, target: str) -> bool:
        self.seen.targets.append(target)
        found = self.headers.get("proxy-authorization", "").removeprefix("Basic ")
        user = base64.b64decode(found).decode()
        self.seen.users.append(user)
        refusal = self.refusal or (407 if self.login is not None and user != self.login else 0)
        if refusal:
            self.send_response(refusal)
            self.send_header("content-length", "0")
            self.end_headers()
        return not refusal

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class SocksProxy(socketserver.BaseRequestHandler):
    """Speaks SOCKS 5, as far as a client of HTTP needs it."""

    target: tuple[str, int]
    login: str | None
    refusal: int
    seen: Seen

    def handle(self) -> None:
        _, count = _exactly(self.request, 2)
        _exactly(self.request, count)
        if self.login is not None and not self._logged_in(self.login):
            return
        if self.login is None:
            self.request.sendall(b"\x05\x00")
        kind = _exactly(self.request, 4)[3]
        size = {1: 4, 4: 16}.get(kind) or _exactly(self.request, 1)[0]
        host = _exactly(self.request, size)
        _exactly(self.request, 2)
        self.seen.targets.append(host.decode() if kind == 3 else socket.inet_ntoa(host))
        self.request.sendall(b"\x05\x00\x00\x01" + bytes(6))
        with socket.create_connection(self.target) as onward:
            _splice(self.request, onward)

    def _logged_in(self, login: str) -> bool:
        self.request.sendall(b"\x05\x02")
        user = _exactly(self.request, _exactly(self.request, 2)[1])
        password = _exactly(self.request, _exactly(self.request, 1)[0])
        self.seen.users.append(f"{user.decode()}:{password.decode()}")
        right = self.seen.users[-1] == login
        self.request.sendall(b"\x01\x00" if right else b"\x01\x01")
        return right


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        if not (part := connection.recv(count - len(data))):
            raise ConnectionError("the client went away")
        data += part
    return data


def _splice(one: socket.socket, other: socket.socket) -> None:
    """Copy in both directions until either end closes."""

    def copy(source: socket.socket, sink: socket.socket) -> None:
        try:
            while part := source.recv(1 << 16):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    back = threading.Thread(target=copy, args=(other, one), daemon=True)
    back.start()
    copy(one, other)
    back.join()


class _SocksServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no fault of a proxy."""


@contextmanager
def proxy(kind: str, target: str, login: str | None = None, refusal: int = 0) -> Iterator[tuple[int, Seen]]:
    """Run a proxy until the block ends; yields its port and what it sees.

    Args:
        kind: ``http`` or ``socks``.
        target: Where everything is led to: the URL of a server on loopback.
        login: ``user:password`` that a client must give; None: none.
        refusal: Status of every reply of an HTTP proxy; 0: it does its work.
    """
    host, port = target.split("/")[2].split(":")
    base: Any = HttpProxy if kind == "http" else SocksProxy
    seen = Seen()
    handler = type("Bound", (base,), {"target": (host, int(port)), "login": login, "refusal": refusal, "seen": seen})
    make: Any = ThreadingHTTPServer if kind == "http" else _SocksServer
    server = make(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server.server_address[1], seen
    finally:
        server.shutdown()
        server.server_close()
