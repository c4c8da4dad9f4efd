"""What all engine scripts share: the prompts, and how a result is printed. Imports only the standard library."""

import json
import sys
import time
from collections.abc import Callable, Sequence


def prompts(count: int) -> list[str]:
    """Return ``count`` different prompts of about 300 characters, the length of a short mixing prompt."""
    return [f"Question {number}: " + "write a short message to a parcel service. " * 6 for number in range(count)]


def run(ask: Callable[[str, list[str], int], Sequence[str | None]]) -> None:
    """Send requests as the command line says; print as JSON the seconds and how many answers are right.

    ``seconds`` are from first to last; ``busy`` of them is processor time of this process.
    """
    url, count, in_flight = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    texts = prompts(count)
    start, busy = time.perf_counter(), time.process_time()
    answers = ask(f"{url}/v1", texts, in_flight)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    right = sum(bool(answer) and str(answer).startswith("answer ") for answer in answers)
    sys.stdout.write(json.dumps({"seconds": seconds, "answers": right, "busy": busy}) + "\n")
