"""Training files that do not fit are refused, with the ids that do not."""

import pytest

from promptmix import checks
from promptmix.errors import DataError
from promptmix.records import Example

TEST = [Example(id="demo/test/00000", text="Where is  it?", label="late")]


def example(id: str, text: str = "who") -> Example:
    return Example(id=id, text=text, label="late")


def refusal(arm: str, train: list[Example]) -> str:
    with pytest.raises(DataError) as caught:
        checks.training(arm, train, TEST)
    return str(caught.value)


def test_a_file_that_fits_passes() -> None:
    checks.training("mixed", [example("demo/train/00000"), example("mix/000/late/00#1")], TEST)


def test_an_arm_without_texts_is_refused_but_zero_shot_few_shot_is_not() -> None:
    checks.training("few_shot", [], TEST)
    expected = "arm 'mixed' has no training texts: the language model wrote none that can be used"
    assert refusal("mixed", []) == expected


def test_an_id_twice_is_refused() -> None:
    expected = "arm 'mixed': id 'demo/train/00000' stands twice in the training file"
    assert refusal("mixed", [example("demo/train/00000"), example("demo/train/00000", "else")]) == expected


@pytest.mark.parametrize("text", ["Where is  it?", "where IS it?", " Where\nis it? "])
@pytest.mark.parametrize("dataset", ["demo", "mix"])
def test_a_gold_text_that_stands_in_test_is_refused_whatever_the_data_set_is_called(text: str, dataset: str) -> None:
    id = f"{dataset}/train/00007"
    expected = f"arm 'few_shot': training text {id} is test text demo/test/00000"
    assert refusal("few_shot", [example(id, text)]) == expected


def test_a_generated_text_may_happen_to_equal_a_test_text() -> None:
    checks.training("mixed", [example("mix/000/late/00#3", "where is it?")], TEST)
