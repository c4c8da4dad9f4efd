"""A prompt for mixed texts, and what is parsed from a reply to it."""

from collections.abc import Collection, Sequence
from typing import Literal

from promptmix.core.records import Completion, Generated, MixPrompt, Rejected, Usage
from promptmix.generation import clean, parse

PROMPT = MixPrompt(
    id="mix/000/late_parcel/00",
    text="mix",
    shared=0,
    draw=0,
    group=("late_parcel", "lost", "refund"),
    target="late_parcel",
    other="lost",
    target_share=0.75,
)
A, B, C = "Where is my parcel?", "It is two weeks late.", "Has anyone seen it?"


def read(
    text: str,
    finish: Literal["stop", "length"] = "stop",
    shots: Sequence[str] = (),
    seen: Collection[str] = (),
    min_words: int = 2,
    keep: int = 100,
    room: int = 1_000_000,
    near: float = 0.0,
) -> tuple[list[Generated], list[Rejected]]:
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    completion = Completion(key="k", prompt_id=PROMPT.id, model="m", text=text, finish=finish, usage=usage)
    rules = parse.Rules(frozenset(map(clean.normalized, shots)), min_words, keep, near)
    return parse.parse_reply(PROMPT, completion, rules, seen, room)
