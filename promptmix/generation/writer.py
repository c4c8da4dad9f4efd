"""The language model as a writer of mixed texts, put together from its parts by the numbers of params.yaml."""

from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Literal

from promptmix.core import jsonl, seeds
from promptmix.core.records import ClassInfo, Example
from promptmix.generation import attributes, generate
from promptmix.generation.generate import Harvest, Wanted
from promptmix.generation.plan import MixShape
from promptmix.llm.request import Asks, Sampling
from promptmix.models import encoder, nearest
from promptmix.models.pretrained import Pretrained
from promptmix.params import Generate
from promptmix.prompts.variants import WORDINGS, unmixed

Near = Mapping[str, Sequence[str]]


def wanted(settings: Generate, near: Near | None = None) -> Wanted:
    """Return what is wanted of the model; ``near`` decides who is mixed with whom."""
    mixes = WORDINGS[settings.prompt].mixes
    return Wanted(
        template=settings.prompt,
        shape=MixShape(
            settings.group_size, settings.prompts_per_cycle, settings.share_alpha, settings.share_beta, mixes
        ),
        per_class=settings.per_class,
        max_prompts_per_class=settings.max_prompts_per_class,
        texts_per_prompt=settings.texts_per_prompt,
        keep_per_prompt=settings.keep_per_prompt,
        min_words=settings.min_words,
        near_duplicates=settings.near_duplicates or 0.0,
        near=near,
    )


def sampling(settings: Generate) -> Sampling:
    """Return how the model's replies are sampled."""
    wording = WORDINGS[settings.prompt]
    texts = settings.texts_per_prompt if settings.json_schema else 0
    return Sampling(wording.form, settings.temperature, settings.top_p, settings.max_tokens, wording.stop, texts=texts)


def without_mixing(settings: Generate) -> Generate:
    """Return the same settings with the prompt that differs in mixing alone."""
    return settings.model_copy(update={"prompt": unmixed(settings.prompt)})


def near(
    partner: Literal["random", "nearest"],
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    model: Pretrained,
    max_tokens: int,
) -> Near | None:
    """Return the other classes of every class, nearest first; None where partners are drawn at random."""
    if partner == "random":
        return None
    return nearest.neighbors(classes, shots, encoder.encoding(model, max_tokens))


def write(
    settings: Generate,
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    purpose: tuple[str | int, ...],
    asker: Asks,
    near: Near | None = None,
) -> Harvest:
    """Have texts written until every class has enough or has spent its prompts.

    ``purpose`` names the random stream of the plan, such as ``("mix", "demo", 0)``; attributes have one of their own.
    """
    how, rng, wish = sampling(settings), seeds.rng(*purpose), wanted(settings, near)
    manners = attributes.draws(seeds.rng("attributes", *purpose)) if settings.attributes else repeat("")
    return generate.generate(classes, shots, wish, rng, lambda prompts: list(asker.ask(prompts, how)), manners)


def save(harvest: Harvest, out: Path) -> None:
    """Write what was asked and what came of it to the folder ``out``: one file for each part of the harvest."""
    jsonl.write(out / "prompts.jsonl", harvest.prompts)
    jsonl.write(out / "completions.jsonl", harvest.completions)
    jsonl.write(out / "generated.jsonl", harvest.generated)
    jsonl.write(out / "rejected.jsonl", harvest.rejected)
