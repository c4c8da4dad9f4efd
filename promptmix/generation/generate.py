"""PromptMix's first step: prompts for texts are sent until every class has enough texts or has spent its prompts.

This module plans, reads and counts; how a question is answered is passed in.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from promptmix.core.records import ClassInfo, Completion, Example, MixPrompt
from promptmix.generation.clean import normalized
from promptmix.generation.harvest import FIRST, Harvest, require_texts
from promptmix.generation.parse import Rules, parse_reply
from promptmix.generation.plan import MixShape, cycle
from promptmix.prompts.fit import Fitter
from promptmix.prompts.variants import VARIANTS

if TYPE_CHECKING:
    from promptmix.params import Generate


Ask = Callable[[Sequence[MixPrompt]], Sequence[Completion]]
Neighbors = Mapping[str, Sequence[str]]
"""The other classes of every class, nearest first."""


def generate(
    settings: "Generate",
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    rng: np.random.Generator,
    ask: Ask,
    styles: Iterator[str],
    neighbors: Neighbors | None = None,
    fitter: Fitter | None = None,
    first: int = FIRST,
) -> Harvest:
    """Send prompts in waves: the first would suffice if every text were usable, later ones make up for rejected texts.

    Prompts of classes that have enough texts are left out; texts beyond ``per_class`` are rejected as such, so that the
    classes stay balanced. Ends when every class has enough or has spent its prompts, whatever the model answers.

    Args:
        settings: How many texts, by which prompts.
        classes: In the order in which prompts describe them.
        shots: Shown in the prompts where these show examples; never accepted as generated texts.
        rng: Draws the plan.
        ask: Sends prompts and returns one completion for each, in their order.
        styles: Yields one style instruction per prompt, endlessly; an empty string leaves the style to the model.
        neighbors: Where given, classes are mixed with those nearest to them, else with any.
        fitter: Renders prompts that fit into the context; None where all do.
        first: While there is no text, more prompts than these are not sent before their replies are there; 0: always.

    Raises:
        LLMError: a good many replies hold no usable text at all, or a prompt cannot be made to fit.
    """
    harvest, seen, rules = Harvest(), set[str](), _rules(settings, shots)
    planned = _cycles(settings, classes, shots, rng, styles, neighbors, fitter or Fitter())
    while wave := _wave(settings, [c.label for c in classes], harvest, planned):
        ahead = 0 if harvest.generated else max(0, first - len(harvest.prompts))
        for prompts in filter(None, (wave[:ahead], wave[ahead:])):
            _gather(settings, prompts, ask(prompts), rules, seen, harvest)
            require_texts(harvest)
    return harvest


def _gather(
    settings: "Generate",
    prompts: Sequence[MixPrompt],
    completions: Sequence[Completion],
    rules: Rules,
    seen: set[str],
    harvest: Harvest,
) -> None:
    """Add prompts and what came of them to the harvest, and the texts kept to those seen."""
    harvest.prompts += prompts
    harvest.completions += completions
    for prompt, completion in zip(prompts, completions, strict=True):
        room = harvest.missing([prompt.target], settings.per_class).get(prompt.target, 0)
        kept, rejected = parse_reply(prompt, completion, rules, seen, room)
        seen.update(normalized(text.text) for text in kept)
        harvest.generated += kept
        harvest.rejected += rejected


def _wave(
    settings: "Generate", labels: Sequence[str], harvest: Harvest, planned: Iterator[list[MixPrompt]]
) -> list[MixPrompt]:
    """Take whole cycles until every class that is short could be filled by this wave."""
    spent = Counter(prompt.target for prompt in harvest.prompts)
    needed = {
        label: min(_prompts_for(texts, settings, harvest), settings.max_prompts_per_class - spent[label])
        for label, texts in harvest.missing(labels, settings.per_class).items()
    }
    wave: list[MixPrompt] = []
    while any(count > 0 for count in needed.values()):
        for prompt in next(planned):
            if needed.get(prompt.target, 0) > 0:
                needed[prompt.target] -= 1
                wave.append(prompt)
    return wave


def _prompts_for(texts: int, settings: "Generate", harvest: Harvest) -> int:
    """Return how many prompts should yield this many texts: at first all texts count as usable, then as many as so far.

    Rounded down after the first wave, because a prompt too few costs another wave, and one too many costs an answer.
    """
    if not harvest.prompts:
        return math.ceil(texts / settings.keep_per_prompt)
    return max(1, int(texts * len(harvest.prompts) / max(len(harvest.generated), 1)))


def _cycles(
    settings: "Generate",
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    rng: np.random.Generator,
    styles: Iterator[str],
    neighbors: Neighbors | None,
    fitter: Fitter,
) -> Iterator[list[MixPrompt]]:
    """Yield the prompts of one cycle after another, endlessly."""
    by_label = {c.label: c for c in classes}
    variant = VARIANTS[settings.prompt]
    shape = MixShape(
        settings.group_size, settings.prompts_per_cycle, settings.share_alpha, settings.share_beta, variant.mixes
    )
    # Prompts that show no shots read alike for every seed, and yet each seed needs answers of its own.
    first = 0 if shots and variant.examples else int(rng.integers(1 << 31))
    draws: Counter[str] = Counter()
    for number in count():
        prompts: list[MixPrompt] = []
        for plan in cycle(list(by_label), number, shape, rng, neighbors):
            group = [by_label[label] for label in plan.group]
            mixture = plan.target, plan.other, plan.target_share, settings.texts_per_prompt
            rendered = fitter.mix(settings.prompt, group, shots, *mixture, next(styles))
            draw = first + draws[rendered.text]
            prompts.append(MixPrompt(**plan._asdict(), **rendered._asdict(), draw=draw))
            draws[rendered.text] += 1
        yield prompts


def _rules(settings: "Generate", shots: Sequence[Example]) -> Rules:
    copies = frozenset(normalized(shot.text) for shot in shots)
    listed = settings.texts_per_prompt if VARIANTS[settings.prompt].lists else 1
    return Rules(copies, settings.min_words, settings.keep_per_prompt, settings.near_duplicates or 0.0, listed)
