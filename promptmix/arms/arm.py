"""What an arm says of itself, and what it may be made of."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from promptmix.core.records import Example, Generated, Record, Relabeled, Text

AskingStage = Literal["generate", "relabel", "contrast"]
"""A stage that asks the language model for texts or labels; ``contrast`` generates without mixing."""


class Sources(NamedTuple):
    """All that arms are put together from, for one data set and seed."""

    dataset: str
    seed: int
    """With the data set and the arm's name, the purpose of the random stream of an arm that draws."""

    shots: Sequence[Example]
    train: Sequence[Example]
    """All gold texts of the train split; the shots are among them."""

    generated: Sequence[Generated]
    relabeled: Sequence[Relabeled]
    """The generated texts after the second pass, in their order."""

    contrast: Sequence[Generated]
    """Texts generated without mixing."""

    alpha: float
    """Share of a text's words that ``eda`` changes, 0 to 1."""

    def texts_of_mixed(self) -> dict[str, int]:
        """Return how many texts of every class the arm ``mixed`` has, the classes in alphabetical order."""
        labels = [shot.label for shot in self.shots] + [text.target for text in self.generated]
        return dict(sorted(Counter(labels).items()))


NOTHING_WRITTEN = "nothing was written"
NO_RESULT = "no_result.jsonl"  # beside the training files, where an arm will have none


def nothing_added(sources: Sources, added: Sequence[Example]) -> str | None:  # noqa: ARG001  # all arms are asked alike
    """Say that nothing was written where an arm adds no texts."""
    return None if added else NOTHING_WRITTEN


@dataclass(frozen=True)
class Arm:
    """What a training file is made of: the gold shots first, then what the arm adds."""

    adds: Callable[[Sources], list[Example]] | None = None
    """Returns the texts beside the shots; None: there are none."""

    needs: tuple[AskingStage, ...] = ()
    """The stages that ask the language model for it; arms that top up only count the texts of ``mixed``."""

    has_shots: bool = True
    """Whether the gold shots are in it."""

    only_shots: bool = False
    """Whether all its texts are shots or made from them, so that it is empty at 0 shots, and its student guesses."""

    tops_up: bool = False
    """Whether it adds texts until every class has as many as in ``mixed``, or until there are no more."""

    lacks: Callable[[Sources, Sequence[Example]], str | None] = nothing_added
    """Says, given the texts beside the shots, why there is none that the arm is about; None: there is one. An arm that
    adds none by design is never asked."""

    note: str = ""
    """What follows the arm's name in tables."""


class NoResult(Record):
    """An arm whose student says nothing of the arm, as there is no text that the arm is about."""

    arm: Text
    why: Text
    """As the table says it in place of a number."""


def as_example(text: Generated | Relabeled, label: str) -> Example:
    """Return a text of the language model under a label."""
    return Example(id=text.id, text=text.text, label=label)
