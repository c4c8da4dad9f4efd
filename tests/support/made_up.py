"""The results of a run on a made-up data set, small enough to compute every number by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from promptmix.core.records import Completion, Example, Generated, MixPrompt, Prediction, Rejected, Relabeled, Usage
from promptmix.report.results import MadeWith, Results, Run

LABELS = ("red", "green", "blue")
REASONS: list[Literal["blank", "duplicate"]] = ["blank", "duplicate"]
GOLD = ["red", "red", "green", "blue"]
MADE_WITH = MadeWith("Big LLM (Q4)", "Big LLM (Q4)", "small encoder (fine-tuned)", 1, [0, 1])


def predictions(gold: Sequence[str], predicted: Sequence[str | None]) -> list[Prediction]:
    pairs = enumerate(zip(gold, predicted, strict=True))
    return [Prediction(id=f"colors/test/{n}", gold=g, predicted=p, probabilities={}) for n, (g, p) in pairs]


def examples(labels: Sequence[str], split: str) -> list[Example]:
    return [Example(id=f"colors/{split}/{n}", text=f"{split} text {n}", label=label) for n, label in enumerate(labels)]


def relabeled(share: float, labels: Sequence[str | None]) -> list[Relabeled]:
    """Texts generated for red at one target share, and their labels after relabeling."""
    return [
        Relabeled(
            id=f"mix/0/red/{share}#{n}", text=f"text {n} at {share}", given="red", label=label, candidates=LABELS,
            reply="", matched="scored", probabilities={}, target_share=share,
        )
        for n, label in enumerate(labels)
    ]  # fmt: skip


def prompts(count: int) -> list[MixPrompt]:
    common = {"text": "write", "shared": 0, "draw": 0, "group": LABELS, "target": "red", "other": "blue"}
    return [MixPrompt.model_validate({"id": f"mix/0/red/{n}", "target_share": 0.5, **common}) for n in range(count)]


def completions(count: int, prompt_tokens: int, completion_tokens: int) -> list[Completion]:
    usage = Usage(prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
    return [
        Completion(key="k", prompt_id=f"p{n}", model="m", text="t", finish="stop", usage=usage) for n in range(count)
    ]


def run(
    seed: int,
    few_shot: Sequence[str],
    texts: list[Relabeled],
    asked: int,
    rejected: Sequence[Rejected],
    teacher: str | None,
) -> Run:
    """A run whose student of arm ``relabeled`` is always right, and whose teacher says ``teacher`` of one blue text."""
    added = examples([*LABELS, "red"][: 3 + seed], "mixed")
    return Run(
        seed=seed,
        shots=examples(LABELS, "train"),
        prompts=prompts(asked),
        completions={
            "generate": completions(asked, 100, 20),
            "relabel": completions(len(texts), 30, 1),
            "teacher": completions(2, 30, 1),
            "contrast": [],
        },
        generated=[
            Generated(id=t.id, text=t.text, target="red", other="blue", target_share=t.target_share, prompt_id="p")
            for t in texts
        ],
        rejected=rejected,
        relabeled=texts,
        train={"few_shot": examples(LABELS, "train"), "relabeled": [*examples(LABELS, "train"), *added]},
        validation={arm: predictions(["red", "blue"], ["red", "red"]) for arm in ("few_shot", "relabeled")},
        test={"few_shot": predictions(GOLD, few_shot), "relabeled": predictions(GOLD, GOLD)},
        teacher=predictions(["red", "blue"], ["red", teacher]),
    )


def results() -> Results:
    """Two seeds: 4 texts from 2 prompts with 3 lines rejected, and 4 texts from 4 prompts with 1 line rejected."""
    blank, again = (Rejected(prompt_id="p", line="", reason=reason) for reason in REASONS)
    first = relabeled(0.5, ["blue", None]) + relabeled(0.9, ["red", "red"])
    second = relabeled(0.9, ["red"] * 4)
    return Results(
        dataset="colors",
        labels=LABELS,
        test=examples(GOLD, "test"),
        runs=[
            run(0, ["red", "green", "green", "green"], first, 2, [blank, blank, again], None),
            run(1, ["red", "red", "green", "green"], second, 4, [blank], "blue"),
        ],
    )


def first_seed_only(every: Results) -> Results:
    return replace(every, runs=every.runs[:1])


def without_test(every: Results) -> Results:
    """Return the results of a data set without test texts, which has no teacher either."""
    runs = [replace(run, test={arm: [] for arm in run.test}, teacher=[]) for run in every.runs]
    return replace(every, test=[], runs=runs)


def without_teacher(every: Results) -> Results:
    return replace(every, runs=[replace(each, teacher=[]) for each in every.runs])
