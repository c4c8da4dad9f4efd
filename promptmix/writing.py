"""The language model as a writer of mixed texts, put together from its parts by the numbers of params.yaml."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from promptmix import generating
from promptmix.generating import Harvest, Wanted
from promptmix.llm.sampling import Sampling
from promptmix.mixing import MixShape
from promptmix.params import Generate
from promptmix.records import ClassInfo, Completion, Example, Question


class Asks(Protocol):
    """Whoever answers questions: an asker, or one that only counts."""

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        """Return one completion for each question, in their order."""


def wanted(settings: Generate) -> Wanted:
    """Return what is wanted of the model."""
    return Wanted(
        template=settings.prompt,
        shape=MixShape(settings.group_size, settings.prompts_per_cycle, settings.share_alpha, settings.share_beta),
        per_class=settings.per_class,
        max_prompts_per_class=settings.max_prompts_per_class,
        texts_per_prompt=settings.texts_per_prompt,
        keep_per_prompt=settings.keep_per_prompt,
        min_words=settings.min_words,
    )


def sampling(settings: Generate) -> Sampling:
    """Return how the model's replies are sampled."""
    form, stop = ("chat", ()) if settings.prompt.endswith("_chat") else ("completion", ("\n\n",))
    texts = settings.texts_per_prompt if settings.structured else 0
    return Sampling(form, settings.temperature, settings.top_p, settings.max_tokens, stop, texts=texts)


def write(
    settings: Generate, classes: Sequence[ClassInfo], shots: Sequence[Example], rng: np.random.Generator, asker: Asks
) -> Harvest:
    """Have texts written until every class has enough or has spent its prompts."""
    how = sampling(settings)
    return generating.generate(classes, shots, wanted(settings), rng, lambda prompts: list(asker.ask(prompts, how)))
