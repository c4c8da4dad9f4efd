"""A fake of OpenAI's files and batches on loopback, by the published protocol; answers as llm_server does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import ThreadingHTTPServer
from typing import Any

from tests.support.http_handler import JsonHandler
from tests.support.llm_server import answer


class Office:
    """Files and batches; a batch ends after it was polled ``looks`` times, and fails on every ``odd``-th line.

    The reply to every ``filtered``-th line is cut off by a content filter: it is paid for, but is not an answer.
    """

    def __init__(self, looks: int = 2, odd: int = 0, status: str = "completed", filtered: int = 0) -> None:
        self.looks, self.odd, self.status, self.filtered = looks, odd, status, filtered
        self.files: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.looked: dict[str, int] = {}
        self.live: list[str] = []

    def upload(self, data: bytes) -> dict[str, Any]:
        id = f"file-{len(self.files)}"
        self.files[id] = data
        return {"id": id, "object": "file", "bytes": len(data), "created_at": 0, "filename": "questions.jsonl",
                "purpose": "batch", "status": "processed"}  # fmt: skip

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        id = f"batch_{len(self.batches)}"
        self.batches[id] = {"id": id, "object": "batch", "endpoint": body["endpoint"], "status": "validating",
                            "input_file_id": body["input_file_id"], "created_at": 0,
                            "completion_window": body["completion_window"]}  # fmt: skip
        return self.batches[id]

    def retrieve(self, id: str) -> dict[str, Any]:
        batch = self.batches[id]
        self.looked[id] = self.looked.get(id, 0) + 1
        batch["status"] = "in_progress" if self.looked[id] < self.looks else self.status
        if batch["status"] == "completed" and "output_file_id" not in batch:
            self._work(batch)
        return batch

    def _work(self, batch: dict[str, Any]) -> None:
        good: list[str] = []
        bad: list[str] = []
        for number, line in enumerate(self.files[batch["input_file_id"]].splitlines(), 1):
            asked = json.loads(line)
            odd = self.odd and number % self.odd == 0
            reply: dict[str, Any] = {"error": {"message": "server error"}} if odd else completion(asked["body"])
            if self.filtered and number % self.filtered == 0:
                reply["choices"][0]["finish_reason"] = "content_filter"
            row = {"id": f"r{number}", "custom_id": asked["custom_id"], "error": None,
                   "response": {"status_code": 500 if odd else 200, "request_id": "x", "body": reply}}  # fmt: skip
            (bad if odd else good).append(json.dumps(row))
        # Answers come in any order; here backwards.
        batch["output_file_id"] = self.upload("\n".join(reversed(good)).encode())["id"]
        if bad:
            batch["error_file_id"] = self.upload("\n".join(bad).encode())["id"]


def completion(body: dict[str, Any]) -> dict[str, Any]:
    """Return the right answer in OpenAI's chat form."""
    words = body["messages"][-1]["content"]
    message = {"role": "assistant", "content": answer(words, body["seed"])}
    return {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
            "usage": {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}}  # fmt: skip


class Handler(JsonHandler):
    """Routes requests to the files and batches."""

    office: Office

    def do_GET(self) -> None:  # noqa: N802  # the name that http.server calls
        parts = self.path.strip("/").split("/")
        if parts[1] == "batches" and parts[2] not in self.office.batches:
            self.send(b'{"error": {"message": "No batch found"}}', 404)
        elif parts[1] == "batches":
            self.send(json.dumps(self.office.retrieve(parts[2])).encode())
        else:
            self.send(self.office.files[parts[2]])

    def do_POST(self) -> None:  # noqa: N802  # the name that http.server calls
        data = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/files":
            self.send(json.dumps(self.office.upload(_attachment(self.headers, data))).encode())
        elif self.path == "/v1/batches":
            self.send(json.dumps(self.office.create(json.loads(data))).encode())
        else:
            body = json.loads(data)
            self.office.live.append(body["messages"][-1]["content"])
            self.send(json.dumps(completion(body)).encode())


def _attachment(headers: Message, data: bytes) -> bytes:
    boundary = b"--" + headers.get_param("boundary").encode()  # type: ignore[union-attr]  # a string where there is one
    for part in data.split(boundary):
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    raise AssertionError("no file in the upload")


@contextmanager
def running(office: Office) -> Iterator[str]:
    """Serve until the block ends; yields the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"office": office}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
