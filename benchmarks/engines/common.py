"""What all engine scripts share: the questions, and how a result is told. Imports nothing but the standard library."""

import json
import sys
import time
from collections.abc import Callable, Sequence


def questions(count: int) -> list[str]:
    """Return so many questions of about 300 characters, the length of a short mixing prompt."""
    return [f"Question {number}: " + "write a short message to a parcel service. " * 6 for number in range(count)]


def run(ask: Callable[[str, list[str], int], Sequence[str | None]]) -> None:
    """Ask as the command line says and print seconds from the first question to the last answer, and answers got."""
    url, count, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    asked = questions(count)
    start = time.perf_counter()
    answers = ask(f"{url}/v1", asked, in_flight)
    seconds = time.perf_counter() - start
    got = sum(bool(answer) and str(answer).startswith("answer ") for answer in answers)
    sys.stdout.write(json.dumps({"seconds": seconds, "answers": got}) + "\n")
