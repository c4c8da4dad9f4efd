"""Soft labels and confidence: what they change, and what they leave."""

from pathlib import Path
from typing import Literal

import pytest

from promptmix.arms import soft_labels
from promptmix.arms.arm import Sources
from promptmix.core import jsonl
from promptmix.core.records import Example, Generated, Relabeled

LABELS = ("late", "lost", "wet")
SHOT = Example(id="d/train/00001", text="gold", label="late")


def sources(generated: list[Generated], relabeled: list[Relabeled]) -> Sources:
    return Sources("d", 0, [SHOT], [], generated, relabeled, [], alpha=0.1)


def generated(share: float = 0.75) -> Generated:
    return Generated(id="mix/0#1", text="new", target="late", other="lost", target_share=share, prompt_id="mix/0")


def relabeled(label: str | None, **probabilities: float) -> Relabeled:
    return Relabeled(
        id="mix/0#1", text="new", given="late", label=label, candidates=LABELS, reply="", matched="scored",
        probabilities=probabilities, target_share=0.75,
    )  # fmt: skip


def softened(
    label: str, how: Literal["shares", "scores"] | None, arm: str = "relabeled", scores: dict[str, float] | None = None
) -> dict[str, float] | None:
    examples = [SHOT, Example(id="mix/0#1", text="new", label=label)]
    there = sources([generated()], [relabeled(label, **(scores or {}))])
    shot, text = soft_labels.soften(arm, examples, there, how)
    assert shot == SHOT
    return text.probabilities


@pytest.mark.parametrize(("label", "soft"), [("late", {"late": 0.75, "lost": 0.25}), ("lost", None), ("wet", None)])
def test_shares_soften_a_text_that_is_labeled_as_its_target(label: str, soft: dict[str, float] | None) -> None:
    assert softened(label, "shares") == soft


def test_a_text_of_one_class_alone_has_no_other_share() -> None:
    example = Example(id="mix/0#1", text="new", label="late")
    (text,) = soft_labels.soften("mixed", [example], sources([generated(1.0)], []), "shares")
    assert text.probabilities == {"late": 1.0}


@pytest.mark.parametrize("arm", ["relabeled", "filtered", "synthetic_only"])
def test_scores_soften_relabeled_arms_only_and_sum_to_1(arm: str) -> None:
    scores = {"late": 0.5, "lost": 0.25, "wet": 0.2499}
    assert softened("late", "scores", arm, scores) == {"late": 0.50005, "lost": 0.250025, "wet": 0.249925}
    assert softened("late", "scores", arm="mixed", scores=scores) is None
    assert softened("lost", "scores", scores=scores) is None
    assert softened("late", "scores") is None


def test_null_softens_nothing_and_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    assert softened("late", None, scores={"late": 0.6, "lost": 0.4}) is None
    path = tmp_path / "a.jsonl"
    jsonl.write(path, [SHOT])
    assert path.read_text() == '{"id": "d/train/00001", "text": "gold", "label": "late"}\n'
    soft = SHOT.model_copy(update={"probabilities": {"late": 1.0}})
    jsonl.write(path, [soft])
    assert jsonl.read(path, Example) == [soft]


def test_texts_of_less_confidence_are_dropped_and_unscored_ones_stay() -> None:
    sure, unsure, answered = (
        relabeled("lost", late=0.4, lost=0.6),
        relabeled("late", late=0.4, lost=0.3),
        relabeled("wet"),
    )
    lost = relabeled(None, late=0.4)
    texts = [sure, unsure, answered, lost]
    assert soft_labels.confident(texts, 0.5) == [sure, answered]
    assert soft_labels.confident(texts, 0.6) == [sure, answered]
    assert soft_labels.confident(texts, 0.0) == texts
