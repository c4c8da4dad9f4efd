"""Reads the files of a finished pipeline: exactly those that params.yaml names, so that nothing stale is reported."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from promptmix.arms.arm import NO_RESULT, NoResult
from promptmix.core import jsonl
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo, Completion, Example, Generated, MixPrompt, Prediction, Rejected, Relabeled
from promptmix.models.pretrained import Pretrained, title
from promptmix.report.results import MadeWith, Results, Run
from promptmix.students import KINDS


class Folders(NamedTuple):
    """Where the outputs of the stages before are; each holds a folder (shots: files) for every data set and seed."""

    compiled: Path
    """By data set alone."""

    shots: Path
    generated: Path
    relabeled: Path
    train: Path
    predictions: Path


def read_results(folders: Folders, datasets: Sequence[str], seeds: Sequence[int], arms: Sequence[str]) -> list[Results]:
    """Read every data set with every seed, in the given order.

    Raises:
        DataError: a file is missing or damaged, or predictions are not those of the test texts.
    """
    return [_results(folders, name, seeds, arms) for name in datasets]


def read_made_with(
    writer: Path, relabeler: Path, backbone: Path, student: str, shots: int, seeds: list[int]
) -> MadeWith:
    """Name the models by the titles in their manifests, and the student by its kind's title too."""
    return MadeWith(
        writer=title(Pretrained.load(writer).name),
        relabeler=title(Pretrained.load(relabeler).name),
        student=f"{title(Pretrained.load(backbone).name)} ({KINDS[student].title})",
        shots=shots,
        seeds=seeds,
    )


def _results(folders: Folders, name: str, seeds: Sequence[int], arms: Sequence[str]) -> Results:
    compiled = folders.compiled / name
    test = jsonl.read(compiled / "test.jsonl", Example)
    return Results(
        dataset=name,
        labels=tuple(info.label for info in jsonl.read(compiled / "classes.jsonl", ClassInfo)),
        test=test,
        runs=[_run(folders, name, seed, arms, test) for seed in seeds],
    )


def _run(folders: Folders, name: str, seed: int, arms: Sequence[str], test: Sequence[Example]) -> Run:
    place = Path(name) / str(seed)
    without = folders.train / place / NO_RESULT  # written where it has a line
    generated, predictions = folders.generated / place, folders.predictions / place
    relabeled = folders.relabeled / place
    replies = {"generate": generated, "relabel": relabeled, "teacher": predictions / "teacher"}
    replies["contrast"] = generated / "contrast"
    return Run(
        seed=seed,
        shots=jsonl.read(folders.shots / name / f"{seed}.jsonl", Example),
        prompts=jsonl.read(generated / "prompts.jsonl", MixPrompt),
        completions={stage: jsonl.read(path / "completions.jsonl", Completion) for stage, path in replies.items()},
        generated=jsonl.read(generated / "generated.jsonl", Generated),
        rejected=jsonl.read(generated / "rejected.jsonl", Rejected),
        relabeled=jsonl.read(relabeled / "relabeled.jsonl", Relabeled),
        train={arm: jsonl.read(folders.train / place / f"{arm}.jsonl", Example) for arm in arms},
        validation={arm: jsonl.read(predictions / arm / "validation.jsonl", Prediction) for arm in arms},
        test={arm: _predictions(predictions / arm / "test.jsonl", test) for arm in arms},
        teacher=jsonl.read(predictions / "teacher" / "test.jsonl", Prediction),
        no_result={each.arm: each.why for each in (jsonl.read(without, NoResult) if without.exists() else [])},
    )


def _predictions(path: Path, texts: Sequence[Example]) -> list[Prediction]:
    """Read predictions, and refuse any that are not of exactly these texts in this order."""
    predictions = jsonl.read(path, Prediction)
    if [(p.id, p.gold) for p in predictions] != [(text.id, text.label) for text in texts]:
        raise DataError(f"{path}: not predictions of the {len(texts)} test texts; `dvc repro` makes them again")
    return predictions
