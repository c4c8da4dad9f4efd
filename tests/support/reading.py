"""A prompt for mixed texts, and what is read out of a reply to it."""

from collections.abc import Sequence
from typing import Literal

from promptmix.core.records import Completion, Generated, MixPrompt, Reason, Rejected, Usage
from promptmix.generation import parse

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
    seen: set[str] | None = None,
    min_words: int = 2,
    keep: int = 100,
    surplus: Reason = "over_keep_per_prompt",
    near: float = 0.0,
) -> tuple[list[Generated], list[Rejected]]:
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    completion = Completion(key="k", prompt_id=PROMPT.id, model="m", text=text, finish=finish, usage=usage)
    return parse.read(PROMPT, completion, shots, set() if seen is None else seen, min_words, keep, surplus, near)
