"""Measure calls and tokens for one kept text against the authors' loop, on the recorded answers of a finished run.

``python -m benchmarks.writing [DATASET]`` (after ``dvc repro`` or ``make replay``) asks nothing. The authors' code asks
for 3 texts a call, calls until it holds 10 different ones, and keeps one of them; their calls are simulated with the
recorded replies of the same class, cut to 3 texts, each taken to bring 3 new texts: the least that their loop can need.
Both ways keep equally many texts of every class, under the labels of the relabelling; a linear probe on each says what
they are worth: here one for each seed, for the authors' way as many texts drawn 5 times a seed from those of all seeds.
"""

import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from promptmix.cli.running import run

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

ASKED, NEEDED, DRAWS = 3, 10, 5


class Recorded(NamedTuple):
    """The files of one seed."""

    shots: list[Example]
    prompts: list[MixPrompt]
    completions: list[Completion]
    generated: list[Generated]
    relabeled: list[Relabeled]


class Cost(NamedTuple):
    """What one kept text took."""

    calls: float
    tokens: float


def read(dataset: str, seed: int) -> Recorded:
    """Read what was written and relabelled."""
    place = f"{dataset}/{seed}"
    return Recorded(
        jsonl.read(Path(f"data/shots/{place}.jsonl"), Example),
        jsonl.read(Path(f"data/generated/{place}/prompts.jsonl"), MixPrompt),
        jsonl.read(Path(f"data/generated/{place}/completions.jsonl"), Completion),
        jsonl.read(Path(f"data/generated/{place}/generated.jsonl"), Generated),
        jsonl.read(Path(f"data/relabeled/{place}/relabeled.jsonl"), Relabeled),
    )


def ours(recorded: Recorded) -> Cost:
    """Return what a kept text took here: all answers over all kept texts."""
    tokens = sum(c.usage.prompt_tokens + c.usage.completion_tokens for c in recorded.completions)
    return Cost(len(recorded.completions) / len(recorded.generated), tokens / len(recorded.generated))


def authors(recorded: Recorded) -> Cost:
    """Return what a kept text takes in their loop, a call costing what the same prompt cost here, with 3 texts."""
    lines = Counter(text.prompt_id for text in recorded.generated)
    each = [
        c.usage.prompt_tokens + c.usage.completion_tokens * min(1.0, ASKED / max(lines[c.prompt_id], 1))
        for c in recorded.completions
    ]
    calls = -(-NEEDED // ASKED)
    return Cost(calls, calls * float(np.mean(each)))


def drawn(every: Sequence[Recorded], seed: int, rng: np.random.Generator) -> Iterator[Relabeled]:
    """Yield equally many texts of every target as the seed has, each drawn from those of all seeds."""
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
    """Count and train for every seed, and print a table."""
    settings = params.load_all()
    how = Distill.model_validate(settings.distill.model_dump() | {"kind": "linear_probe"})
    every = [read(dataset, seed) for seed in settings.seeds]
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
        said = f"calls a kept text {spread(calls)}, tokens {spread(tokens)}"
        print(f"{name:8} {said}, test accuracy {mean_std(right[name])}", flush=True)
    for n, kind in enumerate(("calls", "tokens")):
        least = ratios([cost[n] for cost in costs["authors"]], [cost[n] for cost in costs["ours"]])
        print(f"the authors' way takes {least} as many {kind} a kept text")


if __name__ == "__main__":
    run(main, sys.argv[1] if len(sys.argv) > 1 else "demo")
