"""PromptMix's first step: mixed texts are asked for until every class has enough, or its prompts are spent.

This module plans, reads and counts; how a question is answered is passed in.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from promptmix.core.records import ClassInfo, Completion, Example, Generated, MixPrompt, Reason, Rejected
from promptmix.generation import parse
from promptmix.generation import plan as mixing
from promptmix.prompts import render
from promptmix.prompts.variants import WORDINGS

Ask = Callable[[Sequence[MixPrompt]], Sequence[Completion]]


@dataclass(frozen=True)
class Wanted:
    """How many texts are wanted, and at what price."""

    template: str
    shape: mixing.MixShape
    per_class: int
    max_prompts_per_class: int
    texts_per_prompt: int
    keep_per_prompt: int
    min_words: int
    near_duplicates: float
    """Texts this similar to one kept before are refused, 0 to 1; 0: none but equal ones."""

    near: Mapping[str, Sequence[str]] | None
    """The other classes of every class, nearest first, where partners are to be near; None draws them at random."""


@dataclass
class Harvest:
    """What was asked and what came of it; ``generated`` and ``rejected`` together hold every line of every reply."""

    prompts: list[MixPrompt] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    generated: list[Generated] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def generate(
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    wanted: Wanted,
    rng: np.random.Generator,
    ask: Ask,
    manners: Iterator[str],
) -> Harvest:
    """Ask in waves: the first would suffice if every text were usable, later ones make up for what was refused.

    Prompts of classes that have enough texts are left out; texts beyond ``per_class`` are rejected as such, so that the
    classes stay balanced. Ends when every class has enough or has spent its prompts, whatever the model answers.
    ``manners`` says without end how the texts of each prompt are to be written; empty: as the model likes.
    """
    harvest = Harvest()
    seen: set[str] = set()
    planned = _prompts(classes, shots, wanted, rng, manners)
    while wave := _wave(classes, wanted, harvest, planned):
        completions = ask(wave)
        harvest.prompts += wave
        harvest.completions += completions
        for prompt, completion in zip(wave, completions, strict=True):
            _read(prompt, completion, shots, seen, wanted, harvest)
    return harvest


def missing(classes: Sequence[ClassInfo], wanted: Wanted, harvest: Harvest) -> dict[str, int]:
    """Return how many texts each class is short of, in class order; classes with enough are left out."""
    have = Counter(text.target for text in harvest.generated)
    return {c.label: wanted.per_class - have[c.label] for c in classes if have[c.label] < wanted.per_class}


def summary(classes: Sequence[ClassInfo], wanted: Wanted, harvest: Harvest) -> str:
    """Say in one line what came of the prompts, and which classes are short of texts."""
    reasons = Counter(line.reason for line in harvest.rejected)
    line = (
        f"{len(harvest.generated)} texts kept of {len(harvest.prompts)} replies, {len(harvest.rejected)} lines rejected"
    )
    if reasons:
        line += " (" + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()) + ")"
    if short := missing(classes, wanted, harvest):
        line += f"; still missing after {wanted.max_prompts_per_class} prompts a class: "
        line += ", ".join(f"{label} {count}" for label, count in short.items())
    return line


def _wave(
    classes: Sequence[ClassInfo], wanted: Wanted, harvest: Harvest, planned: Iterator[list[MixPrompt]]
) -> list[MixPrompt]:
    """Take whole cycles until every class that is short could be filled by this wave."""
    spent = Counter(prompt.target for prompt in harvest.prompts)
    short = missing(classes, wanted, harvest)
    needed = {
        label: min(_prompts_for(texts, wanted, harvest), wanted.max_prompts_per_class - spent[label])
        for label, texts in short.items()
    }
    wave: list[MixPrompt] = []
    while any(count > 0 for count in needed.values()):
        for prompt in next(planned):
            if needed.get(prompt.target, 0) > 0:
                needed[prompt.target] -= 1
                wave.append(prompt)
    return wave


def _prompts_for(texts: int, wanted: Wanted, harvest: Harvest) -> int:
    """Return how many prompts should give so many texts: all usable at first, then as many as prompts gave so far.

    Rounded down after the first wave, because a prompt too few costs another wave, and one too many costs an answer.
    """
    if not harvest.prompts:
        return math.ceil(texts / wanted.keep_per_prompt)
    return max(1, int(texts * len(harvest.prompts) / max(len(harvest.generated), 1)))


def _prompts(
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    wanted: Wanted,
    rng: np.random.Generator,
    manners: Iterator[str],
) -> Iterator[list[MixPrompt]]:
    """Yield the prompts of one cycle after another, without end."""
    by_label = {c.label: c for c in classes}
    # Prompts that show no shots read alike for every seed, which is to have answers of its own all the same.
    shows_shots = bool(shots) and WORDINGS[wanted.template].examples
    first = 0 if shows_shots else int(rng.integers(1 << 31))
    draws: Counter[str] = Counter()
    number = 0
    while True:
        cycle: list[MixPrompt] = []
        for plan in mixing.cycle(list(by_label), number, wanted.shape, rng, wanted.near):
            group = [by_label[label] for label in plan.group]
            asked = plan.target, plan.other, plan.target_share, wanted.texts_per_prompt
            words = render.mix(wanted.template, group, shots, *asked, next(manners))
            cycle.append(MixPrompt(**plan._asdict(), **words._asdict(), draw=first + draws[words.text]))
            draws[words.text] += 1
        yield cycle
        number += 1


def _read(
    prompt: MixPrompt,
    completion: Completion,
    shots: Sequence[Example],
    seen: set[str],
    wanted: Wanted,
    harvest: Harvest,
) -> None:
    texts = [shot.text for shot in shots]
    room = wanted.per_class - sum(text.target == prompt.target for text in harvest.generated)
    keep = min(room, wanted.keep_per_prompt)
    surplus: Reason = "over_per_class" if room < wanted.keep_per_prompt else "over_keep_per_prompt"
    kept, rejected = parse.read(
        prompt, completion, texts, seen, wanted.min_words, keep, surplus, wanted.near_duplicates
    )
    harvest.generated += kept
    harvest.rejected += rejected
