"""An arm is a training file: gold shots first, then what the arm adds."""

from typing import get_args

import pytest

from promptmix.arms import assemble as arms
from promptmix.arms import checks
from promptmix.arms.assemble import Sources
from promptmix.core import seeds
from promptmix.core.records import Example, Generated, Relabeled
from promptmix.params import Arm

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


TRAIN = [
    Example(id=f"d/train/{n:05}", text=text, label=label)
    for n, (text, label) in enumerate(
        [("a", "lost"), ("gold", "late"), ("b", "late"), ("c", "late"), ("found", "lost")]
        + [(f"late {n}", "late") for n in range(5)]
    )
]
CONTRAST = [
    Generated(id="plain/000/lost/00#1", text="all lost", target="lost", other=None, target_share=1.0, prompt_id="p")
]
SOURCES = Sources(SHOTS, TRAIN, GENERATED, RELABELED, CONTRAST)
ARMS = get_args(Arm)
MADE_OF_SHOTS = [arm for arm in ARMS if arm != "synthetic_only"]


def assemble(arm: str, sources: Sources = SOURCES) -> list[Example]:
    return arms.assemble(arm, sources, 0.1, seeds.rng(arm, "test"))


def labels(arm: str, sources: Sources = SOURCES) -> list[tuple[str, str]]:
    return [(example.text, example.label) for example in assemble(arm, sources)]


@pytest.mark.parametrize("arm", ["few_shot", "prototypes"])
def test_few_shot_and_prototypes_have_the_shots_alone(arm: str) -> None:
    assert assemble(arm) == SHOTS


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


def test_filtered_drops_what_relabelling_moved() -> None:
    assert labels("filtered") == [("gold", "late"), ("found", "lost"), ("new 0", "late")]


def test_filtered_drops_a_label_that_was_merely_kept_because_the_answer_named_none() -> None:
    kept = [text.model_copy(update={"label": text.given, "matched": "kept"}) for text in RELABELED]
    assert assemble("filtered", SOURCES._replace(relabeled=kept)) == SHOTS


def test_synthetic_only_is_relabeled_without_the_shots() -> None:
    assert labels("synthetic_only") == [("new 0", "late"), ("new 1", "lost")]


def test_no_mixing_adds_the_texts_that_were_written_for_one_class() -> None:
    assert labels("no_mixing") == [("gold", "late"), ("found", "lost"), ("all lost", "lost")]


def test_human_has_as_many_gold_texts_of_each_class_as_mixed_shots_included() -> None:
    """Mixed has 1 + 3 of late and 1 of lost."""
    found = assemble("human")
    assert [example.label for example in found] == ["late", "lost", "late", "late", "late"]
    assert set(found) <= {*TRAIN, *SHOTS}
    assert len({example.id for example in found}) == 5


def test_human_takes_all_there_are_where_train_has_fewer_and_says_so() -> None:
    sources = SOURCES._replace(train=TRAIN[:3])
    found = assemble("human", sources)
    assert [example.text for example in found] == ["gold", "found", "b"]
    assert arms.summary("human", found, sources) == (
        "human: 3 texts, 2 of them shots (late 2, lost 1); 2 fewer than mixed: there are no more that differ"
    )


def test_human_is_possible_without_shots() -> None:
    found = assemble("human", SOURCES._replace(shots=[]))
    assert [example.label for example in found] == ["late"] * 3


def test_eda_varies_the_shots_until_every_class_has_as_many_as_mixed() -> None:
    shots = [SHOTS[0].model_copy(update={"text": "it has not come yet, why"}), SHOTS[1]]
    found = assemble("eda", SOURCES._replace(shots=shots))
    assert [example.label for example in found] == ["late", "lost", "late", "late", "late"]
    assert [example.id for example in found[2:]] == ["eda/late#0", "eda/late#1", "eda/late#2"]


def test_eda_without_shots_is_empty_and_says_so() -> None:
    sources = SOURCES._replace(shots=[])
    assert assemble("eda", sources) == []
    said = "eda: 0 texts, 0 of them shots; 3 fewer than mixed: no shots to vary"
    assert arms.summary("eda", [], sources) == said


@pytest.mark.parametrize("arm", MADE_OF_SHOTS)
def test_gold_shots_come_first_and_keep_their_labels(arm: str) -> None:
    """The authors' code relabels them too."""
    assert assemble(arm)[:2] == SHOTS


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_passes_the_checks_and_equal_seeds_make_equal_files(arm: str) -> None:
    assert assemble(arm) == assemble(arm)
    checks.training(arm, assemble(arm), [])
    checks.adds_up(arm, assemble(arm), SOURCES)


def test_params_and_table_name_the_same_arms() -> None:
    assert set(ARMS) == set(arms.ARMS)


def test_texts_keep_their_ids() -> None:
    assert [example.id for example in assemble("mixed")[2:]] == [text.id for text in GENERATED]


def test_zero_shot_arms_hold_generated_texts_alone() -> None:
    sources = SOURCES._replace(shots=[])
    assert assemble("few_shot", sources) == []
    assert len(assemble("mixed", sources)) == 3


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("stage", "part"), [("generate", "generated"), ("relabel", "relabeled"), ("contrast", "contrast")]
)
def test_an_arm_is_the_same_without_what_it_does_not_ask_for(stage: str, part: str, arm: str) -> None:
    """``relabeled`` is of all generated texts, so it asks for them too."""
    without = SOURCES._replace(**{part: []} | ({"relabeled": []} if part == "generated" else {}))
    same = assemble(arm) == assemble(arm, without)
    assert arms.need(stage, ["few_shot", arm]) == (not same)
