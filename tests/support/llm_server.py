"""A fake hosted language model on loopback, in a separate process: answers, delays, rate limits and faults.

``python -m tests.support.llm_server '{"latency": 0.2}'`` prints its port and serves until it is ended. The answer to a
question is a function of its words and seed, so that a test knows which is right. ``GET /stats`` returns counts of
requests. Used by tests and by benchmarks/asking.py; small and fast, so that a benchmark measures the client.
"""

import asyncio
import hashlib
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

FAULTS = ("429", "429_after", "500", "503", "drop", "truncated", "empty", "hang", "content_type", "length")
REFUSALS = {"429": 429, "429_after": 429, "500": 500, "503": 503, "quota": 429, "401": 401, "404": 404, "too_long": 400,
            "filtered": 400}  # fmt: skip


@dataclass
class Behavior:
    """How the server behaves; plain data, so that it crosses to the server's process as JSON."""

    latency: float = 0.0
    """Seconds from request to answer."""
    slow_share: float = 0.0
    """Share of requests that take ten times as long."""
    rate: float = 0.0
    """Requests per second that are allowed; 0: any number."""
    burst: int = 1
    retry_after: float = 0.0
    """Seconds of the Retry-After header of a 429 for the rate; 0: no header."""
    faults: dict[str, float] = field(default_factory=dict)
    """Fault -> share of requests that end in it; shares of 1 make it permanent."""
    hang: float = 20.0
    """Seconds a hanging request takes."""
    seed: int = 0
    label: str = ""
    """Class of every sentence that is to be classified; all else is then answered by a numbered list of one text."""


def answer(words: str, seed: int) -> str:
    """Return the right answer to a question."""
    return "answer " + hashlib.sha256(f"{seed}|{words}".encode()).hexdigest()[:16]


class State:
    """Counts of what the server has received and sent."""

    def __init__(self, behavior: Behavior) -> None:
        self.behavior = behavior
        self.random = random.Random(behavior.seed)
        self.answered: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.requests = self.open = self.peak = self.connections = self.used = 0
        self.authorizations: set[str] = set()
        self.tokens, self.filled = float(behavior.burst), time.monotonic()

    def outcome(self) -> str:
        """Decide the outcome of the next request."""
        if self.behavior.rate and not self._allowed():
            return "429_after" if self.behavior.retry_after else "429"
        draw = self.random.random()
        for fault, share in self.behavior.faults.items():
            if draw < share:
                return fault
            draw -= share
        return "ok"

    def _allowed(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.behavior.burst, self.tokens + (now - self.filled) * self.behavior.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def stats(self) -> bytes:
        seen = {"requests": self.requests, "peak": self.peak, "connections": self.connections,
                "outcomes": self.outcomes, "answered": self.answered, "tokens": self.used}  # fmt: skip
        return json.dumps(seen).encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection; HTTP/1.1 with content-length, one request at a time."""

    def __init__(self, state: State) -> None:
        self.state, self.buffer = state, b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.state.connections += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = 0
        for line in head.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        if len(rest) < length:
            return
        self.buffer = rest[length:]
        if head.startswith(b"GET"):
            self._send(200, self.state.stats())
        else:
            self._question(head.split(b" ", 2)[1].decode(), json.loads(rest[:length]))

    def _question(self, path: str, body: dict[str, Any]) -> None:
        state, behavior = self.state, self.state.behavior
        state.requests += 1
        state.open += 1
        state.peak = max(state.peak, state.open)
        outcome = state.outcome()
        state.outcomes[outcome] += 1
        delay = behavior.latency * (10 if state.random.random() < behavior.slow_share else 1)
        if outcome in ("hang", "slow"):
            delay = behavior.hang
        if outcome in REFUSALS:
            delay = min(delay, 0.01)
        asyncio.get_running_loop().call_later(delay, self._reply, path, body, outcome)

    def _reply(self, path: str, body: dict[str, Any], outcome: str) -> None:
        state = self.state
        state.open -= 1
        if self.transport.is_closing():
            return
        if outcome in REFUSALS:
            self._refuse(outcome)
        elif outcome in ("drop", "hang"):
            self.transport.close()
        else:
            self._answer(path, body, outcome)

    def _answer(self, path: str, body: dict[str, Any], outcome: str) -> None:
        messages = body.get("messages") or [{"content": body.get("prompt", "")}]  # some clients probe with none
        words = messages[-1]["content"]
        text = "" if outcome == "empty" else answer(words, body.get("seed", 0))
        if text and (label := self.state.behavior.label):
            text = label if "Classify the test sentence" in words else f"1. {text}"
        finish = {"length": "length", "cut_by_filter": "content_filter"}.get(outcome, "stop")
        choice: dict[str, Any] = {"index": 0, "finish_reason": finish}
        choice |= {"message": {"role": "assistant", "content": text}} if "messages" in body else {"text": text}
        usage = {"prompt_tokens": len(words.split()), "completion_tokens": len(text.split())}
        self.state.used += sum(usage.values())
        reply = json.dumps({"id": "x", "object": "chat.completion", "created": 0, "model": body["model"],
                            "choices": [choice], "usage": usage | {"total_tokens": sum(usage.values())}})  # fmt: skip
        if outcome == "truncated":
            self._send(200, reply[: len(reply) // 2].encode())
        elif outcome == "content_type":
            self._send(200, b"<html>busy</html>", "Content-Type: text/html\r\n")
        else:
            self.state.answered[f"{words}|{body.get('seed', 0)}"] += outcome in ("ok", "length", "slow")
            self._send(200, reply.encode())

    def _refuse(self, outcome: str) -> None:
        message, code = {
            "quota": ("You exceeded your current quota", "insufficient_quota"),
            "401": ("Incorrect API key provided", "invalid_api_key"),
            "404": ("The model does not exist", "model_not_found"),
            "too_long": ("This model's maximum context length is 10 tokens", "context_length_exceeded"),
            "filtered": ("The prompt was filtered by the content policy", "content_filter"),
        }.get(outcome, ("busy", "busy"))
        after = self.state.behavior.retry_after or 1
        headers = f"Retry-After: {after:g}\r\n" if outcome == "429_after" else ""
        body = json.dumps({"error": {"message": message, "type": code, "code": code}}).encode()
        self._send(REFUSALS[outcome], body, headers)

    def _send(self, status: int, body: bytes, headers: str = "") -> None:
        kind = "" if "Content-Type" in headers else "Content-Type: application/json\r\n"
        head = f"HTTP/1.1 {status} X\r\n{kind}{headers}Content-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def _serve(behavior: Behavior) -> None:
    loop = asyncio.get_running_loop()
    state = State(behavior)
    server = await loop.create_server(lambda: Connection(state), "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()


@contextmanager
def running(behavior: Behavior) -> Iterator[str]:
    """Run a server in a separate process until the block ends; yields its address, without ``/v1``."""
    command = [sys.executable, "-m", "tests.support.llm_server", json.dumps(asdict(behavior))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


if __name__ == "__main__":
    asyncio.run(_serve(Behavior(**json.loads(sys.argv[1]))))
