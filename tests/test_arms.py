"""An arm is a training file: gold shots first, then what the arm adds."""

import pytest

from promptmix import arms
from promptmix.records import Example, Generated, Relabeled

SHOTS = [
    Example(id="d/train/00001", text="gold", label="late"),
    Example(id="d/train/00004", text="found", label="lost"),
]
GENERATED = [
    Generated(
        id=f"mix/000/late/{n:02}#1", text=f"new {n}", target="late", other="lost", target_share=0.75, prompt_id="m"
    )
    for n in range(3)
]
RELABELED = [
    Relabeled(
        id=text.id,
        text=text.text,
        given="late",
        label=label,
        candidates=("late", "lost"),
        reply="",
        matched="none" if label is None else "scored",
        probabilities={},
        target_share=0.75,
    )
    for text, label in zip(GENERATED, ["late", "lost", None], strict=True)
]


def labels(arm: str) -> list[tuple[str, str]]:
    return [(example.text, example.label) for example in arms.assemble(arm, SHOTS, GENERATED, RELABELED)]


def test_few_shot_is_the_shots_alone() -> None:
    assert arms.assemble("few_shot", SHOTS, GENERATED, RELABELED) == SHOTS


def test_mixed_adds_every_generated_text_under_its_target() -> None:
    assert labels("mixed") == [
        ("gold", "late"),
        ("found", "lost"),
        ("new 0", "late"),
        ("new 1", "late"),
        ("new 2", "late"),
    ]


def test_relabeled_adds_the_same_texts_under_their_new_label_without_those_that_have_none() -> None:
    assert labels("relabeled") == [("gold", "late"), ("found", "lost"), ("new 0", "late"), ("new 1", "lost")]


@pytest.mark.parametrize("arm", ["few_shot", "mixed", "relabeled"])
def test_gold_shots_come_first_and_keep_their_labels(arm: str) -> None:
    """The authors' code relabels them too."""
    assert arms.assemble(arm, SHOTS, GENERATED, RELABELED)[:2] == SHOTS


def test_texts_keep_their_ids() -> None:
    assert [example.id for example in arms.assemble("mixed", SHOTS, GENERATED, [])[2:]] == [
        text.id for text in GENERATED
    ]


def test_zero_shot_arms_hold_generated_texts_alone() -> None:
    assert arms.assemble("few_shot", [], GENERATED, RELABELED) == []
    assert len(arms.assemble("mixed", [], GENERATED, RELABELED)) == 3
