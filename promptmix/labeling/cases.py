"""The texts to label and the classes offered for each, and what came of labeling one.

Source: Sahu et al. 2023, section 3.2 and the NN+GPT3.5 row, and the authors' code at c6f27ba
(src/models/classifiers.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from promptmix.core.records import ClassInfo, Completion, Example, Question
from promptmix.models.encoder import Encode
from promptmix.models.nearest import prototypes, shortlist
from promptmix.prompts.fit import Fitter

Ask = Callable[[Sequence[Question]], Sequence[Completion]]
"""Sends questions to the language model and returns one completion for each, in their order."""


@dataclass(frozen=True)
class Case:
    """One text to label, and the classes offered for it, in class order."""

    id: str
    text: str
    candidates: tuple[ClassInfo, ...]
    fitter: Fitter = field(default_factory=Fitter, compare=False, repr=False)
    """Renders the prompt so that it fits into the context."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the candidates, in class order."""
        return tuple(c.label for c in self.candidates)

    def question(self, template: str, shots: Sequence[Example], number: int) -> Question:
        """Return the question which candidate the text belongs to; ``number`` tells cases with the same id apart."""
        rendered = self.fitter.classify(template, self.candidates, shots, self.text)
        return Question(id=f"label/{number:05}/{self.id}", text=rendered.text, shared=rendered.shared, draw=0)


@dataclass(frozen=True)
class Labeled:
    """The label of one text, and how it was found; fields as in :class:`promptmix.core.records.Relabeled`."""

    candidates: tuple[str, ...]
    label: str | None
    reply: str
    matched: Literal["exact", "nearest", "scored", "none"]
    probabilities: dict[str, float]
    why: Literal["", "refused", "unscored"] = ""
    """Why there is no label, where it is not for an answer that names no candidate."""


def make_cases(
    texts: Mapping[str, str],
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    keep: int,
    encode: Encode,
    fitter: Fitter | None = None,
) -> list[Case]:
    """Find the ``keep`` nearest classes of every text, given as id to text; everything is encoded in one go.

    A class is represented by its prototype: the mean of the vectors of its shots and of its name, so that it has one at
    0 shots too. Candidates are in class order, whatever their distance, so that prompts over the same classes are
    alike. Where all classes are kept, nothing is encoded.
    """
    fitter = fitter or Fitter()
    if keep >= len(classes):
        return [Case(id, text, tuple(classes), fitter) for id, text in texts.items()]
    encoded = prototypes([c.label for c in classes], shots, encode, list(texts.values()))
    nearest = shortlist(encoded.texts, encoded.classes, keep)
    return [
        Case(id, text, tuple(classes[c] for c in sorted(row)), fitter)
        for (id, text), row in zip(texts.items(), nearest, strict=True)
    ]
