"""Training files that do not fit are refused, with the ids that do not."""

import pytest

from promptmix.arms.checks import check_same_texts, check_scores, check_training
from promptmix.core.errors import DataError
from promptmix.core.records import Example, Generated, Relabeled

TEST = [Example(id="demo/test/00000", text="Where is  it?", label="late")]


def example(id: str, text: str = "who") -> Example:
    return Example(id=id, text=text, label="late")


def refusal(arm: str, train: list[Example]) -> str:
    with pytest.raises(DataError) as caught:
        check_training(arm, train, TEST)
    return str(caught.value)


def test_a_file_that_fits_passes() -> None:
    check_training("mixed", [example("demo/train/00000"), example("mix/000/late/00#1")], TEST)


@pytest.mark.parametrize("arm", ["few_shot", "mixed", "synthetic_only"])
def test_an_arm_without_texts_passes_as_the_table_says_so_in_place_of_a_number(arm: str) -> None:
    check_training(arm, [], TEST)


def test_an_id_twice_is_refused() -> None:
    expected = "arm 'mixed': id 'demo/train/00000' occurs twice in the training file"
    assert refusal("mixed", [example("demo/train/00000"), example("demo/train/00000", "else")]) == expected


@pytest.mark.parametrize("text", ["Where is  it?", "where IS it?", " Where\nis it? "])
@pytest.mark.parametrize("dataset", ["demo", "mix"])
def test_a_gold_text_that_is_in_test_is_refused_whatever_the_data_set_is_called(text: str, dataset: str) -> None:
    id = f"{dataset}/train/00007"
    expected = f"arm 'few_shot': training text {id} is test text demo/test/00000"
    assert refusal("few_shot", [example(id, text)]) == expected


def test_a_generated_text_may_happen_to_equal_a_test_text() -> None:
    check_training("mixed", [example("mix/000/late/00#3", "where is it?")], TEST)


GENERATED = [
    Generated(id=f"m#{n}", text=f"t {n}", target="late", other="lost", target_share=0.75, prompt_id="m")
    for n in range(3)
]
RELABELED = [
    Relabeled(
        id=text.id, text=text.text, given="late", label=label, candidates=("late", "lost"), reply="",
        matched="scored", probabilities={}, target_share=0.75,
    )
    for text, label in zip(GENERATED, ["late", "lost", None], strict=True)
]  # fmt: skip


def test_relabeled_texts_are_the_generated_ones_in_their_order() -> None:
    check_same_texts(GENERATED, RELABELED)
    for wrong in (RELABELED[:2], RELABELED[::-1], [RELABELED[0].model_copy(update={"given": "lost"}), *RELABELED[1:]]):
        with pytest.raises(DataError, match="not the generated ones"):
            check_same_texts(GENERATED, wrong)


def test_settings_that_need_probabilities_are_refused_where_no_relabeled_text_has_any() -> None:
    """RELABELED has labels alone, as answers give."""
    with pytest.raises(DataError) as caught:
        check_scores(RELABELED, "scores", 0.5)
    assert str(caught.value) == (
        "assemble.soft_labels: scores and assemble.min_confidence: not one of 3 relabeled texts has probabilities,"
        " because the relabeling model shows none; set it to null, or relabel with another llm.relabel_model"
    )
    with pytest.raises(DataError, match=r"^assemble\.min_confidence: not one"):
        check_scores(RELABELED, "shares", 0.5)


def test_one_text_with_probabilities_is_enough_and_none_are_needed_for_other_settings() -> None:
    scored = RELABELED[0].model_copy(update={"probabilities": {"late": 0.75, "lost": 0.25}})
    check_scores([*RELABELED, scored], "scores", 0.5)
    check_scores(RELABELED, "shares", None)
    check_scores([], "scores", 0.5)
