"""The language model as a writer of texts, as the section ``generate`` of params.yaml describes it."""

from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.core import jsonl, seeds
from promptmix.core.records import ClassInfo, Completion, DataInfo, Example, Question
from promptmix.generation import attributes
from promptmix.generation.generate import Neighbors, generate
from promptmix.generation.harvest import FIRST, Harvest
from promptmix.llm.context import Context
from promptmix.llm.request import Asks, Sampling
from promptmix.models import nearest
from promptmix.models.encoder import Encode
from promptmix.prompts.fit import Fitter
from promptmix.prompts.variants import VARIANTS, unmixed

if TYPE_CHECKING:
    from promptmix.params import Generate


def sampling(settings: "Generate") -> Sampling:
    """Return how the model's replies are sampled."""
    variant = VARIANTS[settings.prompt]
    texts = settings.texts_per_prompt if settings.json_schema else 0
    return Sampling(variant.form, settings.temperature, settings.top_p, settings.max_tokens, variant.stop, texts=texts)


def without_mixing(settings: "Generate") -> "Generate":
    """Return the same settings with the prompt that differs in mixing alone."""
    return settings.model_copy(update={"prompt": unmixed(settings.prompt)})


def neighbors_for(
    settings: "Generate", encode: Encode, classes: Sequence[ClassInfo], shots: Sequence[Example]
) -> Neighbors | None:
    """Return the other classes of every class, nearest first; None where partners are drawn at random."""
    if settings.partner == "random":
        return None
    return nearest.neighbors(classes, shots, encode)


def fitter_for(settings: "Generate", context: Context, info: DataInfo | None = None) -> Fitter:
    """Return what renders the prompts so that each fits into the context, with its longest reply, and says ``info``."""
    how = sampling(settings)
    return Fitter(lambda text: context.fits(text, how), info)


def write_texts(
    settings: "Generate",
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    purpose: tuple[str | int, ...],
    client: Asks,
    neighbors: Neighbors | None = None,
    fitter: Fitter | None = None,
    first: int = FIRST,
) -> Harvest:
    """Send prompts until every class has enough texts or has spent its prompts; see :func:`generate`.

    ``purpose`` names the random stream of the plan, such as ``("mix", "demo", 0)``; styles have one of their own.
    """
    styles = attributes.styles(seeds.rng("attributes", *purpose)) if settings.attributes else repeat("")
    how = sampling(settings)
    rng = seeds.rng(*purpose)

    def ask(prompts: Sequence[Question]) -> list[Completion]:
        return list(client.ask(prompts, how))

    return generate(settings, classes, shots, rng, ask, styles, neighbors, fitter, first)


def save_harvest(harvest: Harvest, out: Path) -> None:
    """Write the prompts and what came of them to the folder ``out``: one file for each part of the harvest."""
    jsonl.write(out / "prompts.jsonl", harvest.prompts)
    jsonl.write(out / "completions.jsonl", harvest.completions)
    jsonl.write(out / "generated.jsonl", harvest.generated)
    jsonl.write(out / "rejected.jsonl", harvest.rejected)
