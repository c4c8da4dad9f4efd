"""A stand-in for the Hugging Face hub over HTTP: makes repositories and takes commits, models beside them as LFS."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from tests.support.http_handler import JsonHandler

COMMIT = "a" * 40


class Hub(ThreadingHTTPServer):
    """What the hub has been given; only ``owner`` may be written to, with the token."""

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.token = token
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories: dict[str, dict[str, bytes]] = {}
        self.created: dict[str, Any] = {}
        self.objects: dict[str, bytes] = {}

    def create(self, asked: dict[str, Any]) -> tuple[int, Any]:
        if asked["organization"] != "owner":
            return 403, {"error": "You don't have the rights to create a model there"}
        name = f"{asked['organization']}/{asked['name']}"
        known = name in self.repositories
        self.repositories.setdefault(name, {})
        self.created.setdefault(name, asked)
        return (409 if known else 200), {"url": f"{self.url}/{name}"}

    def modes(self, asked: dict[str, Any]) -> tuple[int, Any]:
        modes = {True: "lfs", False: "regular"}
        files = [
            {"path": each["path"], "uploadMode": modes[each["path"].endswith(".onnx")], "shouldIgnore": False}
            for each in asked["files"]
        ]
        return 200, {"files": files}

    def uploads(self, asked: dict[str, Any]) -> tuple[int, Any]:
        objects = [
            {**each, "actions": {"upload": {"href": f"{self.url}/lfs/{each['oid']}"}}} for each in asked["objects"]
        ]
        return 200, {"transfer": "basic", "objects": objects}

    def commit(self, repository: str, lines: list[dict[str, Any]]) -> tuple[int, Any]:
        files = self.repositories[repository]
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.objects[value["oid"]]
        return 200, {"commitUrl": f"{self.url}/{repository}/commit/{COMMIT}", "commitOid": COMMIT}


class _Handler(JsonHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def do_GET(self) -> None:  # noqa: N802
        self._answer(200 if self._repository() in self.server.repositories else 404, {"id": self._repository()})

    def do_PUT(self) -> None:  # noqa: N802
        data = self._body()
        self.server.objects[hashlib.sha256(data).hexdigest()] = data
        self._answer(200, {})

    def do_POST(self) -> None:  # noqa: N802
        body = self._body()
        if self.path.startswith("/api/validate-yaml"):
            self._answer(200, {"errors": [], "warnings": []})
        elif self.headers.get("authorization") != f"Bearer {self.server.token}":
            self._answer(401, {"error": "Invalid username or password."})
        else:
            self._answer(*self._routed(body))

    def _routed(self, body: bytes) -> tuple[int, Any]:
        if "/commit/" in self.path:
            return self.server.commit(self._repository(), [json.loads(line) for line in body.splitlines()])
        asked = json.loads(body)
        if self.path == "/api/repos/create":
            return self.server.create(asked)
        return self.server.modes(asked) if "/preupload/" in self.path else self.server.uploads(asked)

    def _repository(self) -> str:
        """Return the owner and name in /api/models/owner/name/…"""
        return "/".join(self.path.split("/")[3:5])

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def _answer(self, status: int, content: Any) -> None:
        self.send(json.dumps(content).encode(), status)


@contextmanager
def hub(token: str) -> Iterator[Hub]:
    """Run the stand-in until the block ends."""
    with Hub(token) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()
