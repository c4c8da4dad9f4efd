"""Measure calls and tokens per kept text against the authors' loop, on the recorded responses of a finished run.

``python -m benchmarks.writing [DATASET]`` (after ``dvc repro`` or ``make replay``) sends nothing. The authors' code
requests 3 texts per call, calls until it has 10 different ones, and keeps one of them. Their calls are simulated with
the recorded responses for the same class, cut to 3 texts, and each is assumed to bring 3 new texts: the fewest calls
that their loop can need. Both ways keep the same number of texts of every class, with the labels that relabeling gave.
A linear probe shows how good they are: one per seed for ours; for the authors' way 5 per seed, each on the same number
of texts drawn from those of all seeds.
"""

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.running import run
from benchmarks.timing import mean_std, ratios, spread
from promptmix import params
from promptmix.arms.arm import Sources
from promptmix.arms.assemble import assemble
from promptmix.core import jsonl, seeds
from promptmix.core.records import ClassInfo, Completion, Example, Generated, MixPrompt, Relabeled
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill
from promptmix.report import scores
from promptmix.students.kind import Student
from promptmix.students.train import predict_labels, train_student

REQUESTED, NEEDED, DRAWS = 3, 10, 5


class Recorded(NamedTuple):
    """The files of one seed."""

    shots: list[Example]
    prompts: list[MixPrompt]
    completions: list[Completion]
    generated: list[Generated]
    relabeled: list[Relabeled]


class Cost(NamedTuple):
    """What one kept text costs."""

    calls: float
    tokens: float


def read(dataset: str, seed: int) -> Recorded:
    """Read the shots, and what was generated and relabeled."""
    place = f"{dataset}/{seed}"
    return Recorded(
        jsonl.read(Path(f"data/shots/{place}.jsonl"), Example),
        jsonl.read(Path(f"data/generated/{place}/prompts.jsonl"), MixPrompt),
        jsonl.read(Path(f"data/generated/{place}/completions.jsonl"), Completion),
        jsonl.read(Path(f"data/generated/{place}/generated.jsonl"), Generated),
        jsonl.read(Path(f"data/relabeled/{place}/relabeled.jsonl"), Relabeled),
    )


def ours(recorded: Recorded) -> Cost:
    """Return what a kept text costs here: all responses over all kept texts."""
    tokens = sum(c.usage.prompt_tokens + c.usage.completion_tokens for c in recorded.completions)
    return Cost(len(recorded.completions) / len(recorded.generated), tokens / len(recorded.generated))


def authors(recorded: Recorded) -> Cost:
    """Return what a kept text costs in their loop, where a call costs what the same prompt costs here, with 3 texts."""
    lines = Counter(text.prompt_id for text in recorded.generated)
    each = [
        c.usage.prompt_tokens + c.usage.completion_tokens * min(1.0, REQUESTED / max(lines[c.prompt_id], 1))
        for c in recorded.completions
    ]
    calls = -(-NEEDED // REQUESTED)
    return Cost(calls, calls * float(np.mean(each)))


def drawn(every: Sequence[Recorded], seed: int, rng: np.random.Generator) -> Iterator[Relabeled]:
    """Yield as many texts of every target as the seed has, drawn from those of all seeds."""
    bank: dict[str, list[Relabeled]] = defaultdict(list)
    for recorded in every:
        for text in recorded.relabeled:
            bank[text.given].append(text)
    for target, count in Counter(text.given for text in every[seed].relabeled).items():
        for place in rng.choice(len(bank[target]), count, replace=False):
            yield bank[target][place].model_copy(update={"id": f"{seed}/{bank[target][place].id}"})


def accuracy(shots: list[Example], texts: Sequence[Relabeled], dataset: str, how: Distill) -> float:
    """Return the test accuracy of a linear probe."""
    compiled = Path("data/compiled") / dataset
    labels = [info.label for info in jsonl.read(compiled / "classes.jsonl", ClassInfo)]
    backbone, test = Pretrained.load(Path("models/backbone.json")), jsonl.read(compiled / "test.jsonl", Example)
    with tempfile.TemporaryDirectory() as folder:
        examples = assemble("relabeled", Sources(dataset, 0, shots, [], [], texts, [], alpha=0.0))
        student = Student(labels, backbone, how, seeds.number("student", 0), Path(folder))
        train_student(student, examples)
        return scores.accuracy(predict_labels(student, test))


def main(dataset: str) -> None:
    """Count calls and tokens and train for every seed; print a table."""
    numbers, distill = params.load("seeds", "distill")
    how = Distill.model_validate(distill.model_dump() | {"student": "linear_probe"})
    every = [read(dataset, seed) for seed in numbers]
    costs = {"authors": [authors(r) for r in every], "ours": [ours(r) for r in every]}
    rng = np.random.default_rng(0)
    right = {"ours": [accuracy(r.shots, r.relabeled, dataset, how) for r in every], "authors": []}
    for seed, recorded in enumerate(every):
        right["authors"] += [
            accuracy(recorded.shots, list(drawn(every, seed, rng)), dataset, how) for _ in range(DRAWS)
        ]
    print(f"{dataset}, {len(every)} seeds, {len(every[0].relabeled)} texts each; the authors' calls are simulated")
    for name in ("authors", "ours"):
        calls, tokens = ([cost[n] for cost in costs[name]] for n in (0, 1))
        said = f"calls per kept text {spread(calls)}, tokens {spread(tokens)}"
        print(f"{name:8} {said}, test accuracy {mean_std(right[name])}", flush=True)
    for n, kind in enumerate(("calls", "tokens")):
        least = ratios([cost[n] for cost in costs["authors"]], [cost[n] for cost in costs["ours"]])
        print(f"the authors' way takes {least} as many {kind} per kept text")


if __name__ == "__main__":
    run(main, sys.argv[1] if len(sys.argv) > 1 else "demo")
