"""A saved tokenizer cuts texts as its student was evaluated, with and without being told to."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promptmix.students.cut import save_tokenizer
from promptmix.students.train import predict_labels, train_student
from tests.support.colors import EXAMPLES, student

PIECES = [
    "wine",
    "sea",
    "winesea",
    "退",
    "款",
    "々",
    "...",
    "$",
    "x-y",
    "a_b",
    "é",
    "e\u0301",
    "\u0301",
    "\u200b",
    "\x0b",
    "\x85",
]
PIECES += ["\u2028", "😀", "می‌خواهم", "สินค้า", "İ", " ", " ", "\n", "\t"]


@pytest.fixture(scope="module")
def tokenizers(tiny_backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Return the tokenizer of the tiny encoder, and how it is loaded after it was saved to cut at 16 tokens."""
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("saved")
    save_tokenizer(AutoTokenizer.from_pretrained(tiny_backbone), 16, folder)
    return AutoTokenizer.from_pretrained(tiny_backbone), AutoTokenizer.from_pretrained(folder)


@settings(max_examples=300)
@given(text=st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=60).map("".join))
def test_truncated_texts_have_the_tokens_that_they_would_have_without(tokenizers: tuple[Any, Any], text: str) -> None:
    before, saved = tokenizers
    assert saved(text, truncation=True)["input_ids"] == before(text, truncation=True, max_length=16)["input_ids"]


def test_a_text_of_many_words_is_cut_without_being_told_to(tokenizers: tuple[Any, Any]) -> None:
    """14 words and the tokens for start and end."""
    before, saved = tokenizers
    for text in ("wine sea " * 400, "退款" * 400, "wine, sea! " * 400):
        assert saved(text)["input_ids"] == before(text, truncation=True, max_length=16)["input_ids"]
        assert len(saved(text)["input_ids"]) == 16


def test_a_tokenizer_of_another_kind_is_saved_with_its_length(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "wine": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    save_tokenizer(PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]"), 16, tmp_path)
    saved = AutoTokenizer.from_pretrained(tmp_path)
    assert len(saved("wine " * 30)["input_ids"]) == 30
    assert len(saved("wine " * 30, truncation=True)["input_ids"]) == 16


@pytest.mark.parametrize("told", [{}, {"truncation": True}])
def test_a_pipeline_labels_a_text_of_800_tokens_as_the_student_did(
    told: dict[str, bool], tiny_backbone: Path, tmp_path: Path
) -> None:
    """The tiny encoder has 64 places; the first 14 words count, and are not of the class of the others."""
    from transformers import pipeline

    trained = student(tiny_backbone, tmp_path)
    train_student(trained, EXAMPLES)
    long = EXAMPLES[0].model_copy(update={"text": "wine rose " * 7 + "frog grass " * 400})
    (expected,) = predict_labels(trained, [long])
    (found,) = pipeline("text-classification", model=str(tmp_path), **told)(long.text)
    assert found["label"] == expected.predicted == "red"
    assert found["score"] == pytest.approx(max(expected.probabilities.values()), abs=1e-3)
