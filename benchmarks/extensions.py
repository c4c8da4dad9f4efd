"""Measure each extension against the default, on the recorded texts of a finished run; needs no language model.

``python -m benchmarks.extensions [DATASET]`` (after ``dvc repro`` or ``make replay``) trains the student of
params.yaml for every seed on the relabeled texts, with one change at a time, and prints validation and test accuracy,
mean and sample standard deviation over seeds. Choose by validation; test is printed to check that choice.
"""

import math
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from promptmix import params
from promptmix.arms import soft_labels
from promptmix.arms.arm import Sources
from promptmix.arms.assemble import assemble
from promptmix.core import jsonl, seeds
from promptmix.core.records import ClassInfo, Example, Generated, Relabeled
from promptmix.generation import clean
from promptmix.labeling.score import share_prior
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill
from promptmix.report.scores import accuracy, mean_and_std
from promptmix.students.kind import Student
from promptmix.students.train import predict_labels, train_student


class Texts(NamedTuple):
    """The recorded texts of one seed."""

    shots: list[Example]
    generated: list[Generated]
    relabeled: list[Relabeled]
    classes: list[ClassInfo]

    def sources(self, relabeled: Sequence[Relabeled]) -> Sources:
        """Return what arms are assembled from, with these labels."""
        return Sources("", 0, self.shots, [], self.generated, relabeled, [], alpha=0.0)


Way = Callable[[Texts], list[Example]]


def relabeled(texts: Texts, keep: Sequence[Relabeled]) -> list[Example]:
    """Return the arm ``relabeled`` with these texts."""
    return assemble("relabeled", texts.sources(keep))


def default(texts: Texts) -> list[Example]:
    """Change nothing."""
    return relabeled(texts, texts.relabeled)


def shares(texts: Texts) -> list[Example]:
    """Use target shares as soft labels."""
    return soft_labels.soften("relabeled", default(texts), texts.sources(texts.relabeled), "shares")


def scores(texts: Texts) -> list[Example]:
    """Use the probabilities found by relabeling as soft labels."""
    return soft_labels.soften("relabeled", default(texts), texts.sources(texts.relabeled), "scores")


def confident(minimum: float) -> Way:
    """Drop texts whose label is less probable."""
    return lambda texts: relabeled(texts, soft_labels.confident(texts.relabeled, minimum))


def prior(weight: float) -> Way:
    """Add the prior of the target shares to the recorded scores, as relabel.prior_weight does."""

    def posterior(text: Relabeled, other: str | None, labels: Sequence[str]) -> Relabeled:
        logs = share_prior(text.given, other, text.target_share, labels, weight)
        best = max(text.probabilities, key=lambda label: text.probabilities[label] * math.exp(logs[label]))
        return text.model_copy(update={"label": best})

    def way(texts: Texts) -> list[Example]:
        labels = [info.label for info in texts.classes]
        others = {text.id: text.other for text in texts.generated}
        return relabeled(texts, [posterior(text, others[text.id], labels) for text in texts.relabeled])

    return way


def apart(share: float) -> Way:
    """Drop near duplicates of earlier texts; they are not replaced."""

    def way(texts: Texts) -> list[Example]:
        seen: set[str] = set()
        kept = []
        for text in texts.relabeled:
            if not clean.too_similar(same := clean.normalized(text.text), seen, share):
                kept.append(text)
            seen.add(same)
        return relabeled(texts, kept)

    return way


WAYS: dict[str, tuple[Way, dict[str, object]]] = {
    "default": (default, {}),
    "assemble.soft_labels=shares": (shares, {}),
    "assemble.soft_labels=scores": (scores, {}),
    "assemble.min_confidence=0.5": (confident(0.5), {}),
    "relabel.prior_weight=1.0": (prior(1.0), {}),
    "generate.near_duplicates=0.7": (apart(0.7), {}),
    "distill.phases=synthetic_then_real": (default, {"phases": "synthetic_then_real"}),
    "distill.precision=bfloat16": (default, {"precision": "bfloat16"}),
    "distill.student=setfit, learning_rate=2e-5": (default, {"student": "setfit", "learning_rate": 2e-5}),
}


def main(dataset: str) -> None:
    """Train every way with every seed and print a line for each."""
    seeds_of_run, distill = params.load("seeds", "distill")
    backbone = Pretrained.load(Path("models/backbone.json"))
    for name, (way, changes) in WAYS.items():
        how = Distill.model_validate(distill.model_dump() | changes)
        rows = [measure(dataset, seed, way, how, backbone) for seed in seeds_of_run]
        sizes, *accuracies = zip(*rows, strict=True)
        said = [f"{s.mean:.3f} ± {s.std or 0:.3f}" for s in map(mean_and_std, accuracies)]
        print(f"{name:42} texts {min(sizes)}-{max(sizes)}, validation {said[0]}, test {said[1]}", flush=True)


def measure(dataset: str, seed: int, way: Way, how: Distill, backbone: Pretrained) -> tuple[int, float, float]:
    """Train one student; return its training texts, validation accuracy and test accuracy."""
    compiled, place = Path("data/compiled") / dataset, f"{dataset}/{seed}"
    classes = jsonl.read(compiled / "classes.jsonl", ClassInfo)
    texts = Texts(
        jsonl.read(Path(f"data/shots/{place}.jsonl"), Example),
        jsonl.read(Path(f"data/generated/{place}/generated.jsonl"), Generated),
        jsonl.read(Path(f"data/relabeled/{place}/relabeled.jsonl"), Relabeled),
        classes,
    )
    examples, labels = way(texts), [info.label for info in classes]
    with tempfile.TemporaryDirectory() as folder:
        student = Student(labels, backbone, how, seeds.number("student", seed), Path(folder))
        train_student(student, examples)
        validation, test = (
            accuracy(predict_labels(student, jsonl.read(compiled / f"{split}.jsonl", Example)))
            for split in ("validation", "test")
        )
    return len(examples), validation, test


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "demo")
