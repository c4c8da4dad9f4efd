"""Everything that one run of the pipeline produced: the records of every data set and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptmix.core.records import Completion, Example, Generated, MixPrompt, Prediction, Rejected, Relabeled


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

    def tested(self, arm: str) -> list[Prediction]:
        """Return an arm's predictions of the test texts, of all seeds one after another."""
        return [prediction for run in self.runs for prediction in run.test[arm]]
