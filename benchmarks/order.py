"""Measure whether sampled responses of the bundled server depend on the order of the requests, and what order costs.

``python -m benchmarks.order [MODEL]`` sends 12 mixing prompts over 2 groups of classes forwards, backwards and
shuffled: once plainly (llama.cpp's own cache decides what is computed again), once as this repository does (the
cache is reset to the shared prefix before every request), and once with no cache at all, which shows what shared
prefixes save.
Prints how many responses are the same to the letter, and the seconds of each pass.
About 10 minutes with the 1.5B model on 2 cores, 1 minute with the small one.
"""

import hashlib
import random
import sys
import time
from collections.abc import Callable
from functools import partial

from promptmix import params
from promptmix.core.records import Question
from promptmix.llm.endpoints.bundled import Bundled
from promptmix.llm.endpoints.fields import Fields
from promptmix.llm.endpoints.hosted import Hosted
from promptmix.llm.endpoints.open import Endpoint, open_endpoint
from promptmix.llm.request import Sampling
from promptmix.models import pretrained

SAMPLING = Sampling("chat", 1.0, 1.0, 100)
GROUPS = ["where a parcel is", "a parcel that came broken"], ["a parcel that is late", "another delivery address"]


def prompts() -> list[Question]:
    """Return 12 mixing prompts, 6 for each of 2 groups, in an order that alternates between them."""
    made = []
    for share in (60, 65, 70, 75, 85, 95):
        for one, two in GROUPS:
            start = f"Consider messages about these matters:\n1. {one}\n2. {two}\n" + "- an example of one\n" * 12
            ask = f"\nWrite 3 short messages that are {share}% the first and {100 - share}% the second.\nExample 1:"
            made.append(Question(id=f"{one}/{share}", text=start + ask, shared=len(start), draw=0))
    return made


def ordered(name: str) -> list[Question]:
    """Return the prompts forwards, backwards or shuffled."""
    made = prompts()
    if name == "backwards":
        made.reverse()
    if name == "shuffled":
        random.Random(0).shuffle(made)
    return made


def measure(title: str, answer: Callable[[Question], str]) -> None:
    """Send the prompts in three orders; print how many responses agree with the first pass, and times."""
    first: dict[str, str] = {}
    for order in ("forwards", "forwards", "backwards", "shuffled"):
        start = time.perf_counter()
        answers = {question.id: answer(question) for question in ordered(order)}
        seconds = time.perf_counter() - start
        first = first or answers
        same = sum(answers[id] == first[id] for id in first)
        print(f"{title:8} {order:10} {same:2} of {len(first)} as at first, {seconds:6.1f} s", flush=True)


def main(name: str) -> None:
    """Measure all three ways on one server."""
    model = pretrained.resolve(name, "bundled")
    with open_endpoint(model, params.asking()) as endpoint:
        assert isinstance(endpoint, Bundled)
        print(f"{pretrained.title(name)}, temperature 1, {SAMPLING.max_tokens} tokens at most")
        plain, cold = Hosted(endpoint.transport, "bundled", 1), without_cache(endpoint)
        for title, way in ("plain", plain), ("primed", endpoint), ("cold", cold):
            measure(title, partial(_text, way))


def without_cache(endpoint: Bundled) -> Hosted:
    """Return the same server, which then computes every prompt from its first token."""
    return Hosted(endpoint.transport, "bundled", 1, Fields("bundled", {"cache_prompt": False}))


def _text(endpoint: Endpoint, question: Question) -> str:
    key = hashlib.sha256(question.id.encode()).hexdigest()
    answer, _ = endpoint.answer(key, question, SAMPLING)
    return str(answer["text"])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")
