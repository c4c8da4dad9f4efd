"""Replies without end: a model caught in a loop, or with very much to say, is read in time."""

import time

import pytest

from tests.support.reading import read

LONG = 200_000
LOOPS = {
    "spaces": "a" + " " * LONG + "b",
    "tabs": "1." + "\t" * LONG + "%",
    "brackets": "(" * LONG,
    "open shares": "x (" + "1%" * (LONG // 2),
    "shares": "x " + "(1%) " * (LONG // 5) + "x",
    "shares with spaces": "(" + "1 % " * (LONG // 4),
    "percent": "1% to " * (LONG // 6),
    "percent and": "1% a and 1" * (LONG // 10),
    "percent and digits": "1% a and " + "1" * LONG,
    "digits": "1" * LONG,
    "digits and spaces": "1" * (LONG // 2) + " " * (LONG // 2),
    "stars": "*" * LONG,
    "open bold": "**a " * (LONG // 4),
    "bold": "**a** " * (LONG // 6),
    "dashes": "- " * (LONG // 2),
    "numbers": "1. " * (LONG // 3),
    "examples": "Example 1: " * (LONG // 11),
    "open examples": "Example 1 (" * (LONG // 11),
    "hashes": "#" * LONG,
    "quotes": '"' * LONG,
    "colons": ":" * LONG,
    "class names": "late_parcel: " * (LONG // 13),
    "class name and spaces": "late_parcel" + " " * LONG,
    "one word": "very " * (LONG // 5),
    "lines": "1. a b\n" * (LONG // 20),
    "blank lines": "\n" * (LONG // 10),
}


@pytest.mark.parametrize("reply", LOOPS.values(), ids=LOOPS.keys())
def test_a_model_caught_in_a_loop_does_no_harm(reply: str) -> None:
    """Time in proportion takes some 10 ms here; in proportion to the square it would take minutes."""
    start = time.process_time()
    texts, rejected = read(reply)
    assert time.process_time() - start < 2
    assert len(texts) + len(rejected) == len(reply.splitlines())


def test_a_megabyte_of_texts_is_read_in_seconds() -> None:
    reply = "\n".join(f'{n}. "Where is parcel number {n}?" (75% late)' for n in range(22_000))
    assert len(reply) > 1_000_000
    start = time.process_time()
    texts, rejected = read(reply, keep=10**6)
    assert time.process_time() - start < 10
    assert len(texts) + len(rejected) == 22_000
    assert [text.text for text in texts[:2]] == ["Where is parcel number 0?", "Where is parcel number 1?"]
