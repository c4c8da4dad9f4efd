"""An arm is a training file: gold shots first, then what the arm adds."""

from collections import Counter
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.arms import ARMS, need
from promptmix.arms.arm import Sources
from promptmix.arms.assemble import assemble, describe, why_no_result
from promptmix.arms.checks import check_training
from promptmix.core.records import Example, Generated, Relabeled

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
SOURCES = Sources("d", 0, SHOTS, TRAIN, GENERATED, RELABELED, CONTRAST, alpha=0.1)
MADE_OF_SHOTS = [arm for arm in ARMS if arm != "synthetic_only"]


def labels(arm: str, sources: Sources = SOURCES) -> list[tuple[str, str]]:
    return [(example.text, example.label) for example in assemble(arm, sources)]


@pytest.mark.parametrize("arm", ["few_shot", "prototypes"])
def test_few_shot_and_prototypes_have_the_shots_alone(arm: str) -> None:
    assert assemble(arm, SOURCES) == SHOTS


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


def test_filtered_drops_what_relabeling_moved() -> None:
    assert labels("filtered") == [("gold", "late"), ("found", "lost"), ("new 0", "late")]


def test_filtered_drops_a_label_that_was_merely_kept_because_the_answer_named_none() -> None:
    kept = [text.model_copy(update={"label": text.given, "matched": "kept"}) for text in RELABELED]
    assert assemble("filtered", SOURCES._replace(relabeled=kept)) == SHOTS


def test_synthetic_only_is_relabeled_without_the_shots() -> None:
    assert labels("synthetic_only") == [("new 0", "late"), ("new 1", "lost")]


def test_no_mixing_adds_the_texts_that_were_generated_for_one_class() -> None:
    assert labels("no_mixing") == [("gold", "late"), ("found", "lost"), ("all lost", "lost")]


def test_human_has_as_many_gold_texts_of_each_class_as_mixed_shots_included() -> None:
    """Mixed has 1 + 3 of late and 1 of lost."""
    found = assemble("human", SOURCES)
    assert [example.label for example in found] == ["late", "lost", "late", "late", "late"]
    assert set(found) <= {*TRAIN, *SHOTS}
    assert len({example.id for example in found}) == 5


def test_human_takes_all_there_are_where_train_has_fewer_and_says_so() -> None:
    sources = SOURCES._replace(train=TRAIN[:3])
    found = assemble("human", sources)
    assert [example.text for example in found] == ["gold", "found", "b"]
    assert describe("human", found, sources) == (
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
    assert describe("eda", [], sources) == said


@pytest.mark.parametrize("arm", MADE_OF_SHOTS)
def test_gold_shots_come_first_and_keep_their_labels(arm: str) -> None:
    """The authors' code relabels them too."""
    assert assemble(arm, SOURCES)[:2] == SHOTS


@pytest.mark.parametrize("arm", ARMS)
def test_every_arm_passes_the_checks_and_equal_seeds_make_equal_files(arm: str) -> None:
    assert assemble(arm, SOURCES) == assemble(arm, SOURCES)
    check_training(arm, assemble(arm, SOURCES), [])


@pytest.mark.parametrize("arm", ["eda", "human"])
def test_arms_that_draw_draw_anew_for_every_seed_and_data_set(arm: str) -> None:
    """``human`` draws 3 of 8 texts of late, ``eda`` one word of six for each of three texts."""
    shots = [SHOTS[0].model_copy(update={"text": "it has not come yet, why"}), SHOTS[1]]
    sources = SOURCES._replace(shots=shots)
    drawn = [assemble(arm, sources._replace(seed=seed)) for seed in range(5)]
    drawn += [assemble(arm, sources._replace(dataset=name)) for name in ("other", "third")]
    assert len({tuple(example.text for example in each) for each in drawn}) > 4


CLASSES = st.sampled_from(["late", "lost", "wet"])


@st.composite
def any_sources(draw: st.DrawFn) -> Sources:
    """Draw shots, texts and new labels of any number and class."""

    def texts(split: str, least: int = 0) -> list[Example]:
        drawn = draw(st.lists(CLASSES, min_size=least, max_size=6))
        return [Example(id=f"d/{split}/{n}", text=f"{split} a b c {n}", label=c) for n, c in enumerate(drawn)]

    def generated(example: Example) -> Generated:
        return Generated(id=f"{example.id}#1", text=example.text, target=example.label, other=None, target_share=1.0,
                         prompt_id="p")  # fmt: skip

    def relabeled(text: Generated) -> Relabeled:
        label = draw(st.one_of(st.none(), CLASSES))
        matched: Literal["scored", "kept"] = draw(st.sampled_from(["scored", "kept"]))
        return Relabeled(id=text.id, text=text.text, given=text.target, label=label, candidates=(), reply="",
                         matched=matched, probabilities={}, target_share=1.0)  # fmt: skip

    shots, mixed = texts("shots"), [generated(example) for example in texts("mix")]
    contrast = [generated(example) for example in texts("plain")]
    return Sources("d", draw(st.integers(0, 3)), shots, [*shots, *texts("train")], mixed,
                   [relabeled(text) for text in mixed], contrast, alpha=0.1)  # fmt: skip


@given(any_sources())
def test_every_arm_has_as_many_texts_of_every_class_as_its_parts(sources: Sources) -> None:
    """Counted here on their own, so that the arms can be found wrong; a new arm needs a line too."""
    shots, mixed, plain = (Counter(labels) for labels in (
        [text.label for text in sources.shots], [text.target for text in sources.generated],
        [text.target for text in sources.contrast],
    ))  # fmt: skip
    new = Counter(text.label for text in sources.relabeled if text.label)
    same = Counter(t.given for t in sources.relabeled if (t.label, t.matched) == (t.given, "scored"))
    gold = Counter(text.label for text in sources.train)
    parts = {
        "few_shot": shots,
        "prototypes": shots,
        "mixed": shots + mixed,
        "relabeled": shots + new,
        "synthetic_only": new,
        "filtered": shots + same,
        "no_mixing": shots + plain,
        "eda": Counter({label: n for label, n in (shots + mixed).items() if shots[label]}),
        "human": gold & (shots + mixed),
    }
    assert set(parts) == set(ARMS)
    for arm, expected in parts.items():
        assert Counter(example.label for example in assemble(arm, sources)) == expected, arm


def test_texts_keep_their_ids() -> None:
    assert [example.id for example in assemble("mixed", SOURCES)[2:]] == [text.id for text in GENERATED]


def test_zero_shot_arms_hold_generated_texts_alone() -> None:
    sources = SOURCES._replace(shots=[])
    assert assemble("few_shot", sources) == []
    assert len(assemble("mixed", sources)) == 3


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize(
    ("stage", "part"), [("generate", "generated"), ("relabel", "relabeled"), ("contrast", "contrast")]
)
def test_an_arm_is_the_same_without_what_it_does_not_need(
    stage: Literal["generate", "relabel", "contrast"], part: str, arm: str
) -> None:
    """``relabeled`` is of all generated texts, so it needs them too."""
    missing: dict[str, Any] = {part: []} | ({"relabeled": []} if part == "generated" else {})
    without = SOURCES._replace(**missing)
    same = assemble(arm, SOURCES) == assemble(arm, without)
    assert need(stage, ["few_shot", arm]) == (not same)


def why(arm: str, sources: Sources) -> str | None:
    return why_no_result(arm, assemble(arm, sources), sources)


@pytest.mark.parametrize("arm", ARMS)
def test_an_arm_with_texts_of_its_own_has_a_result(arm: str) -> None:
    moved = [
        text.model_copy(update={"label": label})
        for text, label in zip(RELABELED, ["late", "lost", "lost"], strict=True)
    ]
    shots = [shot.model_copy(update={"text": "it has not come yet, why"}) for shot in SHOTS]
    assert why(arm, SOURCES._replace(relabeled=moved, shots=shots)) is None


@pytest.mark.parametrize("arm", ["few_shot", "prototypes"])
@pytest.mark.parametrize("shots", [SHOTS, []])
def test_an_arm_of_shots_alone_has_a_result_whatever_was_written(arm: str, shots: list[Example]) -> None:
    assert why(arm, SOURCES._replace(generated=[], relabeled=[], contrast=[], shots=shots)) is None


@pytest.mark.parametrize("arm", [arm for arm in ARMS if ARMS[arm].adds])
@pytest.mark.parametrize("shots", [SHOTS, []])
def test_where_nothing_was_written_no_arm_that_adds_texts_has_a_result(arm: str, shots: list[Example]) -> None:
    nothing = SOURCES._replace(generated=[], relabeled=[], contrast=[], shots=shots)
    assert why(arm, nothing) == "nothing was written"


LOST = [text.model_copy(update={"label": None, "matched": "none"}) for text in RELABELED]
KEPT = [text.model_copy(update={"label": text.given, "matched": "kept"}) for text in RELABELED]


@pytest.mark.parametrize(
    ("arm", "sources", "said"),
    [
        ("relabeled", SOURCES._replace(relabeled=LOST), "relabeling left no text"),
        ("synthetic_only", SOURCES._replace(relabeled=[]), "relabeling left no text"),  # none above min_confidence
        ("relabeled", SOURCES._replace(relabeled=KEPT), "relabeling named no class"),  # and so equals mixed
        ("filtered", SOURCES._replace(relabeled=KEPT), "relabeling confirmed no text"),
        ("human", SOURCES._replace(train=SHOTS), "no more real texts"),
        ("eda", SOURCES._replace(shots=[]), "no shots to vary"),
        ("eda", SOURCES._replace(shots=SHOTS[1:]), "no shots to vary"),  # none of the class that mixed has more of
        ("synthetic_only", SOURCES._replace(relabeled=RELABELED[:1]), "all its texts are of 'late'"),
        ("mixed", SOURCES._replace(shots=[]), "all its texts are of 'late'"),
    ],
)
def test_an_arm_says_itself_why_it_has_no_result(arm: str, sources: Sources, said: str) -> None:
    assert why(arm, sources) == said


def test_an_arm_whose_additions_are_of_one_class_has_a_result_beside_shots_of_all() -> None:
    assert why("mixed", SOURCES) is None
