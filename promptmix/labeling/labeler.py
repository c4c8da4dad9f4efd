"""The language model as a classifier, as the section ``relabel`` of params.yaml describes it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from promptmix.core.records import ClassInfo, Completion, Example, Question
from promptmix.labeling.answer import by_answer
from promptmix.labeling.cases import Labeled, make_cases
from promptmix.labeling.score import Scores, by_score
from promptmix.llm.request import Asks, Sampling
from promptmix.models.encoder import Encode, Vectors

if TYPE_CHECKING:
    from promptmix.params import Relabel


class Labels(NamedTuple):
    """What came of labeling some texts; ``labeled`` in the order of the texts."""

    labeled: list[Labeled]
    completions: list[Completion]


class Labeler:
    """Labels texts with the classes and shots of one data set and seed."""

    def __init__(
        self,
        relabel: "Relabel",
        encode: Encode,
        classes: Sequence[ClassInfo],
        shots: Sequence[Example],
    ) -> None:
        """Keep what all texts have in common; nothing is encoded yet."""
        self.settings, self.classes, self._shots = relabel, classes, shots
        self._encode = encode
        self._vectors: dict[str, Vectors] = {}

    def label(self, texts: Mapping[str, str], client: Asks, log_priors: Sequence[Scores] | None = None) -> Labels:
        """Label texts, given as id to text; there is one prior for each text, used by scoring alone."""
        cases = make_cases(texts, self.classes, self._shots, self.settings.candidates, self.encode)
        settings, completions = self.settings, list[Completion]()

        def ask(questions: Sequence[Question]) -> list[Completion]:
            found = list(client.ask(questions, self.sampling()))
            completions.extend(found)
            return found

        if settings.method == "answer":
            similarity, json_schema = settings.nearest_similarity, settings.json_schema
            return Labels(by_answer(cases, self._shots, ask, self.encode, similarity, json_schema), completions)
        return Labels(by_score(cases, self._shots, ask, settings.calibration, log_priors), completions)

    def sampling(self) -> Sampling:
        """Return how the model's replies are sampled: without randomness."""
        if self.settings.method == "answer":
            return Sampling("chat", 0.0, 1.0, self.settings.max_tokens)
        return Sampling("completion", 0.0, 1.0, 1, top_logprobs=self.settings.top_logprobs)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, each once in the life of this labeler."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._vectors]:
            self._vectors.update(zip(new, self._encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])
