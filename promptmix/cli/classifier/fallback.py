"""`promptmix predict --fallback llm`: the language model labels the texts that the classifier is not sure of.

It is asked as the stage `relabel` asks it, through the response store and its budget: of a text that was asked before,
nothing is paid again. Needs the repository that the classifier was made in, with its params.yaml and data set.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from promptmix import params
from promptmix.cli import pipeline
from promptmix.cli.classifier.predict import Ask
from promptmix.cli.overrides import overridden
from promptmix.cli.repository import require_root
from promptmix.core import seeds
from promptmix.core.errors import DataError
from promptmix.corpora.compile import Compiled, compile_dataset
from promptmix.corpora.shots import draw_shots
from promptmix.labeling.labeler import Labeler
from promptmix.llm.client import open_client
from promptmix.llm.context import open_context
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import prepare, resolve

if TYPE_CHECKING:
    from promptmix.params import Params


@contextmanager
def asking_llm(dataset: str, labels: Collection[str]) -> Iterator[Ask]:
    """Yield a way to have texts labeled; a text whose reply names no class gets no label.

    Args:
        dataset: A folder of data/raw, whose classes and shots are shown to the model.
        labels: Those of the classifier.

    Raises:
        PromptMixError: here or when texts are labeled: this is no repository, it has no such data set or one of other
            classes, the model cannot be asked, or the budget is spent.
    """
    require_root()
    settings = overridden([])
    pipeline.require_datasets(settings.model_copy(update={"datasets": [dataset]}))
    compiled = compile_dataset(dataset, pipeline.raw() / dataset, settings.compile, settings.sample.shots)
    known = {info.label for info in compiled.classes}
    if other := sorted(known ^ set(labels)):
        raise DataError(f"data set {dataset} and the classifier have other classes: {other[0]!r} is in one alone")
    yield from _asking(dataset, compiled, settings)


def _asking(name: str, compiled: Compiled, settings: "Params") -> Iterator[Ask]:
    shots = draw_shots(compiled.train, settings.sample.shots, seeds.rng("sample", name, settings.seeds[0]))
    llm = settings.llm.model_copy(update={"batch_api": False})  # a batch may take a day
    model = resolve(llm.relabel_model or llm.model, llm.relabel_endpoint or llm.endpoint)
    encoder, asking = resolve(settings.encoder.model, "none"), params.asking()
    prepare(model)
    prepare(encoder)
    encode = SentenceEncoder(encoder, settings.encoder.max_tokens).encode
    with open_context(model, llm, asking) as context, open_client(f"predict {name}", model, llm, asking) as client:
        labeler = Labeler(settings.relabel, encode, compiled.classes, shots, model.scores_in, context, compiled.info)

        def ask(texts: list[str]) -> list[str | None]:
            found = labeler.label({f"{at:05}": text for at, text in enumerate(texts)}, client)
            return [each.label for each in found.labeled]

        yield ask
