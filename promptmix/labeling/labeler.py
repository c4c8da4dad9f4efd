"""The language model as a classifier, put together from its parts for the two stages that use it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from promptmix.core.records import ClassInfo, Completion, Example, Question
from promptmix.labeling import cases as labelling
from promptmix.llm.request import Asks, Sampling
from promptmix.models import encoder
from promptmix.models.pretrained import Pretrained
from promptmix.params import Params

Prior = Mapping[str, float]


class Judgement(NamedTuple):
    """What came of labelling some texts; ``verdicts`` in the order of the texts."""

    verdicts: list[labelling.Verdict]
    completions: list[Completion]


class Judge:
    """Labels texts by the method of params.yaml, with the classes and shots of one data set and seed."""

    def __init__(
        self, settings: Params, classes: Sequence[ClassInfo], shots: Sequence[Example], encoder_model: Pretrained
    ) -> None:
        """Keep what all texts have in common; nothing is loaded yet."""
        self._settings, self._classes, self._shots = settings, classes, shots
        self._encode = encoder.encoding(encoder_model, settings.encoder.max_tokens)
        self._vectors: dict[str, encoder.Vectors] = {}

    def label(self, texts: Mapping[str, str], asker: Asks, priors: Sequence[Prior] | None = None) -> Judgement:
        """Label texts, given as id to text; priors are one a text, used by scoring alone."""
        settings = self._settings.relabel
        cases = labelling.cases(texts, self._classes, self._shots, settings.candidates, self.encode)
        completions: list[Completion] = []
        if settings.method == "answer":
            sampling = Sampling("chat", 0.0, 1.0, settings.max_tokens)
            ask = partial(_ask, asker, sampling, completions)
            verdicts = labelling.by_answer(
                cases, self._shots, ask, self.encode, settings.nearest_similarity, settings.json_schema
            )
        else:
            sampling = Sampling("completion", 0.0, 1.0, 1, alternatives=settings.top_logprobs)
            ask = partial(_ask, asker, sampling, completions)
            verdicts = labelling.by_score(cases, self._shots, ask, settings.calibration, priors)
        return Judgement(verdicts, completions)

    def encode(self, texts: Sequence[str]) -> encoder.Vectors:
        """Encode texts, each once in the life of this judge."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._vectors]:
            self._vectors.update(zip(new, self._encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


def _ask(asker: Asks, sampling: Sampling, kept: list[Completion], questions: Sequence[Question]) -> list[Completion]:
    completions = list(asker.ask(questions, sampling))
    kept += completions
    return completions
