"""The language model as a classifier, as the section ``relabel`` of params.yaml describes it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo, Completion, DataInfo, Example
from promptmix.labeling.answer import FEWEST, by_answer
from promptmix.labeling.cases import Case, Labeled, make_cases
from promptmix.labeling.score import Scores, by_score
from promptmix.labeling.unscored import NothingScored
from promptmix.llm.context import UNLIMITED, Context
from promptmix.llm.request import Asks, Kept, Sampling, Scoring
from promptmix.models.encoder import Encode, Vectors
from promptmix.prompts.fit import Fitter

if TYPE_CHECKING:
    from promptmix.params import Relabel


class Labels(NamedTuple):
    """What came of labeling some texts; ``labeled`` in the order of the texts."""

    labeled: list[Labeled]
    completions: list[Completion]
    note: str = ""
    """What a user should know of how they were labeled."""


class Labeler:
    """Labels texts with the classes and shots of one data set and seed."""

    def __init__(
        self,
        relabel: "Relabel",
        encode: Encode,
        classes: Sequence[ClassInfo],
        shots: Sequence[Example],
        scoring: Scoring | None = "completion",
        context: Context = UNLIMITED,
        info: DataInfo | None = None,
    ) -> None:
        """Keep what all texts have in common; nothing is encoded yet.

        ``scoring`` is where the model shows the tokens that scores are read off; None: it shows none, so that all texts
        are labeled by answer. Prompts are cut to fit into ``context``, and say what ``info`` says of the texts.
        """
        longest = Sampling("chat", 0.0, 1.0, relabel.max_tokens)
        self.fitter = Fitter(lambda text: context.fits(text, longest), info)
        self.settings, self.classes, self._shots = relabel, classes, shots
        self._scoring = None if relabel.method == "answer" else scoring
        self._encode = encode
        self._vectors: dict[str, Vectors] = {}

    def label(self, texts: Mapping[str, str], client: Asks, log_priors: Sequence[Scores] | None = None) -> Labels:
        """Label texts, given as id to text; there is one prior for each text, used by scoring alone.

        Raises:
            LLMError: (almost) none of the first texts can be scored, and ``method`` is ``score``; or not one answer is
                matched to a candidate.
        """
        cases = make_cases(texts, self.classes, self._shots, self.settings.candidates, self.encode, self.fitter)
        asked = Kept(client)
        if self._scoring is None:
            forced = self.settings.method == "score"
            note = "the model shows no log-probabilities, so its answers are taken" if forced else ""
            return Labels(self._answered(cases, asked), asked.completions, note)
        try:
            labeled = self._scored(cases, asked, self._scoring, log_priors)
        except NothingScored as nothing:
            return Labels(*self._without_scores(cases, asked, nothing))
        unscored = [n for n, each in enumerate(labeled) if each.why == "unscored"]
        if not unscored or self.settings.method == "score":
            return Labels(labeled, asked.completions)
        answered = self._answered([cases[n] for n in unscored], asked, required=False)
        found = dict(zip(unscored, answered, strict=True))
        note = f"{len(unscored)} of {len(cases)} texts have no scores and are labeled by the model's answers"
        return Labels([found.get(n, each) for n, each in enumerate(labeled)], asked.completions, note)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, each once in the life of this labeler."""
        if new := [text for text in dict.fromkeys(texts) if text not in self._vectors]:
            self._vectors.update(zip(new, self._encode(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])

    def _scored(
        self, cases: Sequence[Case], asked: Kept, scoring: Scoring, log_priors: Sequence[Scores] | None
    ) -> list[Labeled]:
        ask = partial(asked.ask, sampling=scoring_sampling(scoring, self.settings))
        return by_score(cases, self._shots, ask, self.settings.calibration, log_priors, scoring)

    def _answered(self, cases: Sequence[Case], asked: Kept, *, required: bool = True) -> list[Labeled]:
        settings = self.settings
        ask = partial(asked.ask, sampling=Sampling("chat", 0.0, 1.0, settings.max_tokens))
        return by_answer(
            cases, self._shots, ask, self.encode, settings.nearest_similarity, settings.json_schema, required=required
        )

    def _without_scores(
        self, cases: Sequence[Case], asked: Kept, nothing: NothingScored
    ) -> tuple[list[Labeled], list[Completion], str]:
        """Label by answer where that is allowed, because the first texts have no scores."""
        found = f"of the first {nothing.tried} texts (almost) none has scores: the model shows {nothing.shown} instead"
        if self.settings.method == "auto":
            note = f"{found} of a class's name, so all are labeled by its answers"
            return self._answered(cases, asked), asked.completions, note
        if nothing.tried >= FEWEST:
            raise LLMError(f"{found} of a class's name; use relabel.method: answer or auto")
        return [Labeled(case.labels, None, "", "none", {}, "unscored") for case in cases], asked.completions, found


def scoring_sampling(scoring: Scoring, relabel: "Relabel") -> Sampling:
    """Return how replies are sampled that scores are read off: without randomness."""
    if scoring == "completion":
        return Sampling("completion", 0.0, 1.0, 1, top_logprobs=relabel.top_logprobs)
    return Sampling("chat", 0.0, 1.0, relabel.max_tokens, top_logprobs=relabel.top_logprobs)
