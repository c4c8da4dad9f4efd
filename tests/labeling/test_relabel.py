"""What becomes of generated texts when the language model labels them again."""

import math
from collections.abc import Sequence
from typing import Literal

import pytest

from promptmix.core.records import Generated, Relabeled
from promptmix.labeling.cases import Labeled
from promptmix.labeling.relabel import describe_relabeled, share_priors, with_labels

LABELS = ("late", "lost", "wet")


def text(number: int = 0, share: float = 0.75) -> Generated:
    return Generated(
        id=f"mix/000/late/00#{number}",
        text=f"text {number}",
        target="late",
        other="lost",
        target_share=share,
        prompt_id="mix/000/late/00",
    )


def labeled(label: str | None, matched: Literal["exact", "nearest", "scored", "none"] = "exact") -> Labeled:
    return Labeled(LABELS, label, f"says {label}", matched, {})


NONE = labeled(None, "none")


def test_a_label_and_its_text_are_joined_with_nothing_lost() -> None:
    scored = Labeled(LABELS, "wet", "", "scored", {"late": 0.25, "lost": 0.25, "wet": 0.5})
    assert with_labels([text(3)], [scored], "drop") == [
        Relabeled(
            id="mix/000/late/00#3",
            text="text 3",
            given="late",
            label="wet",
            candidates=LABELS,
            reply="",
            matched="scored",
            probabilities={"late": 0.25, "lost": 0.25, "wet": 0.5},
            target_share=0.75,
        )
    ]


@pytest.mark.parametrize("label", ["late", "lost", "wet"])
@pytest.mark.parametrize("on_no_match", ["keep", "drop"])
def test_the_models_label_counts_whatever_the_text_was_generated_for(
    label: str, on_no_match: Literal["keep", "drop"]
) -> None:
    (found,) = with_labels([text()], [labeled(label)], on_no_match)
    assert (found.given, found.label, found.matched) == ("late", label, "exact")


def test_an_answer_without_a_label_keeps_the_old_one_and_says_so() -> None:
    (found,) = with_labels([text()], [NONE], "keep")
    assert (found.label, found.matched, found.reply) == ("late", "kept", "says None")


def test_an_answer_without_a_label_leaves_the_text_without_one_where_it_is_to_be_dropped() -> None:
    (found,) = with_labels([text()], [NONE], "drop")
    assert (found.label, found.matched) == (None, "none")


def test_another_number_of_labels_than_texts_is_a_bug() -> None:
    with pytest.raises(ValueError, match="shorter than argument 1"):
        with_labels([text(0), text(1)], [NONE], "keep")


def summary(labels: Sequence[Labeled], on_no_match: Literal["keep", "drop"]) -> str:
    texts = [text(n) for n in range(len(labels))]
    return describe_relabeled(with_labels(texts, labels, on_no_match), labels)


def test_the_summary_counts_moved_and_lost_texts() -> None:
    """And apart how texts came by their labels, and why others have none."""
    refused = Labeled(LABELS, None, "filtered", "none", {}, "refused")
    unscored = Labeled(LABELS, None, "", "none", {}, "unscored")
    labels = [labeled("late"), labeled("wet", "nearest"), labeled("lost", "scored"), NONE, refused, unscored, unscored]
    counts = (
        "2 of 7 texts got another label, 1 the same one"
        " (1 named exactly, 1 by the nearest name, 1 scored, 1 unclear, 2 unscored, 1 refused)"
    )
    assert summary(labels, "drop") == f"{counts}; 4 are dropped"
    assert summary(labels, "keep") == f"{counts}; 4 keep the label that they were written for"
    assert summary(labels[:1], "keep") == "0 of 1 texts got another label, 1 the same one (1 named exactly)"


def test_where_no_answer_named_a_candidate_the_summary_is_a_warning_and_shows_one() -> None:
    assert summary([NONE, NONE], "keep") == (
        "WARNING: not one of 2 texts was matched to a candidate (2 unclear, for example 'says None');"
        " 2 keep the label that they were written for"
    )
    assert "got another label" not in summary([Labeled(LABELS, None, "", "none", {}, "unscored")], "drop")


def test_no_texts_have_a_summary_too() -> None:
    assert summary([], "keep") == "0 of 0 texts got another label, 0 the same one (none to label)"


def test_there_is_no_prior_at_weight_0_and_one_a_text_otherwise() -> None:
    """3 classes: 0.1/3 + 0.9 * 0.5 = 0.4833 at a share of 0.5, and 0.1/3 + 0.9 = 0.9333 at 1."""
    texts = [text(0, 0.5), text(1, 1.0)]
    assert share_priors(texts, LABELS, 0.0) is None
    priors = share_priors(texts, LABELS, 1.0)
    assert priors is not None
    assert [math.exp(prior["late"]) for prior in priors] == pytest.approx([0.1 / 3 + 0.45, 0.1 / 3 + 0.9])
    assert [math.exp(prior["lost"]) for prior in priors] == pytest.approx([0.1 / 3 + 0.45, 0.1 / 3])
