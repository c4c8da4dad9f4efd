"""Sends requests to a loopback server from a separate process, so that a test can kill it.

``python -m tests.support.asking_process --count 9`` prints how many answers were requested and how many were right, and
its peak of memory. The server and the key come from the environment, as a user gives them; the response store is
``PROMPTMIX_STORE``; ``ASKING`` changes SETTINGS.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any

from promptmix.core import command
from promptmix.core.records import Question
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import Endpoint, open_endpoint
from promptmix.llm.request import Sampling, key, request, seed
from promptmix.llm.store.database import Store, store_path
from promptmix.models import pretrained
from promptmix.models.pretrained import Pretrained
from promptmix.params import Asking, Limit
from tests.support.llm_server import answer

MODEL = Pretrained(name="stub", endpoint="openai", files={})
SAMPLING = Sampling("chat", 1.0, 1.0, 10)
SETTINGS = Asking(
    concurrency=16,
    timeout=60.0,
    time_limit=None,
    retries=8,
    requests_per_minute=None,
    tokens_per_minute=None,
    threads=1,
)


def questions(count: int) -> list[Question]:
    """Return ``count`` different questions."""
    return [Question(id=f"q{n}", text=f"question {n}", shared=0, draw=0) for n in range(count)]


def ask(count: int, settings: Asking = SETTINGS, limit: Limit | None = None) -> tuple[int, int]:
    """Return how many answers were requested now, and how many came back right and in order."""
    identity = MODEL.identity("stub")
    asked = questions(count)
    store = Store(store_path())
    with Client("stub", identity, store, lambda: open_endpoint(MODEL, settings), settings, limit=limit) as client:
        right = 0
        for question, completion in zip(asked, client.ask(asked, SAMPLING), strict=True):
            number = seed(key(request(identity, question, SAMPLING)))
            right += completion.text in (answer(question.text, number), "") and completion.prompt_id == question.id
    return client.asked, right


def ask_without_end() -> None:
    """Have the small bundled model generate for minutes; prints ``ready`` when it is about to begin."""
    model = pretrained.resolve("smollm2-135m-instruct", "bundled")
    question = Question(id="q", text="Numbers: 1, 2, 3,", shared=0, draw=0)

    @contextmanager
    def opened() -> Iterator[Endpoint]:
        with open_endpoint(model, SETTINGS) as endpoint:
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            yield endpoint

    with Client("bundled", {"name": "m"}, Store(store_path()), opened, SETTINGS) as client:
        list(client.ask([question], Sampling("completion", 1.0, 1.0, 7000)))


def main(count: int) -> None:
    """Send requests as the command line and the environment say; 0: an endless one to the bundled model."""
    if count == 0:
        ask_without_end()
    changes: dict[str, Any] = json.loads(os.environ.get("ASKING", "{}"))
    limit = Limit(changes.pop("budget"), inf) if "budget" in changes else None
    asked, right = ask(count, SETTINGS.model_copy(update=changes), limit)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(json.dumps({"asked": asked, "right": right, "peak_mb": peak}) + "\n")


if __name__ == "__main__":
    # What a shell starts in the background ignores Ctrl-C, and so does all that it starts; the tests send one.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command.run(main)
