"""Everything that one run of the pipeline produced: the records of every data set and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promptmix.arms import ARMS
from promptmix.core.records import Completion, Example, Generated, MixPrompt, Prediction, Rejected, Relabeled

NO_TEST_TEXTS = "no test texts"


@dataclass(frozen=True)
class MadeWith:
    """What every number must be read with: models by their full titles, shots and seeds."""

    writer: str
    relabeler: str
    student: str
    shots: int
    seeds: list[int]

    def __str__(self) -> str:
        """Say it in one line, for the head of a table and the foot of a figure."""
        models = f"Texts written by {self.writer}, relabeled by {self.relabeler}"
        if self.writer == self.relabeler:
            models = f"Texts written and relabeled by {self.writer}"
        shots = f"{self.shots} shot{'' if self.shots == 1 else 's'} a class"
        seeds = f"seed{'' if len(self.seeds) == 1 else 's'} {', '.join(map(str, self.seeds))}"
        return f"{models}; student {self.student}; {shots}; {seeds}."


@dataclass(frozen=True)
class Run:
    """One data set with one seed; mappings by arm are in the order of params.yaml."""

    seed: int
    shots: Sequence[Example]
    prompts: Sequence[MixPrompt]
    completions: Mapping[str, Sequence[Completion]]
    """Responses by the stage that requested them: ``generate``, ``relabel``, ``teacher``, ``contrast``."""

    generated: Sequence[Generated]
    rejected: Sequence[Rejected]
    relabeled: Sequence[Relabeled]
    train: Mapping[str, Sequence[Example]]
    """By arm."""

    validation: Mapping[str, Sequence[Prediction]]
    """By arm; empty where the data set is too small for a validation split."""

    test: Mapping[str, Sequence[Prediction]]
    """By arm."""

    teacher: Sequence[Prediction]
    """Of a subset of the test texts; empty where params.yaml has no teacher."""

    no_result: Mapping[str, str] = field(default_factory=dict)
    """By arm, why its student says nothing of it; most often empty."""


@dataclass(frozen=True)
class Results:
    """One data set with all its seeds."""

    dataset: str
    labels: tuple[str, ...]
    """All classes, in the order of the data set's description."""

    test: Sequence[Example]
    runs: Sequence[Run]
    """One per seed, at least one."""

    @property
    def arms(self) -> list[str]:
        """The arms in the order of params.yaml."""
        return list(self.runs[0].test)

    @property
    def has_teacher(self) -> bool:
        """Whether the language model classified test texts itself, in every run."""
        return all(run.teacher for run in self.runs)

    def why_no_result(self, arm: str) -> str | None:
        """Say why an arm has no number, and with which seeds where it has texts with others; None where it has one.

        A mean over the other seeds would not be comparable with the other arms.
        """
        seeds: dict[str, list[int]] = {}
        for run in self.runs:
            if arm in run.no_result:
                seeds.setdefault(run.no_result[arm], []).append(run.seed)
        return "; ".join(why + _with(some, len(self.runs)) for why, some in seeds.items()) or None

    def why_no_accuracy(self, arm: str) -> str | None:
        """Say why an arm has no test accuracy; None where it has one."""
        return self.why_no_result(arm) or (None if self.test else NO_TEST_TEXTS)

    def without_added(self, arm: str) -> list[str]:
        """Return the classes for which an arm that adds texts has none beside the shots, with one of the seeds."""
        if ARMS[arm].adds is None:
            return []
        added = [_labels_added(run, arm) for run in self.runs]
        return [label for label in self.labels if not all(label in some for some in added)]

    def measured(self) -> list[str]:
        """Return the arms that have a test accuracy."""
        return [arm for arm in self.arms if not self.why_no_accuracy(arm)]

    def tested(self, arm: str) -> list[Prediction]:
        """Return an arm's predictions of the test texts, of all seeds one after another."""
        return [prediction for run in self.runs for prediction in run.test[arm]]


def _labels_added(run: Run, arm: str) -> set[str]:
    shots = {shot.id for shot in run.shots}
    return {text.label for text in run.train[arm] if text.id not in shots}


def _with(seeds: Sequence[int], of: int) -> str:
    if len(seeds) == of:
        return ""
    return f" with seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"
