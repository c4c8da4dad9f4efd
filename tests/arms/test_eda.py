"""Small changes of words: as many texts as are wanted, all different, and an end whatever the texts are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.arms.catalog import eda
from promptmix.arms.catalog.eda import CHANGES, deleted, inserted, replaced, swapped
from promptmix.core import seeds

TEXTS = ["where is my parcel now please", "it should have come on Monday"]


def vary(texts: list[str] = TEXTS, count: int = 8, alpha: float = 0.1) -> list[str]:
    return eda.vary(texts, count, alpha, seeds.rng("eda", "test"))


def test_as_many_texts_are_made_as_are_requested_of_the_class() -> None:
    """The authors' code makes them for every shot, and so twice as many."""
    assert [len(vary(count=count)) for count in (-1, 0, 1, 5, 50)] == [0, 0, 1, 5, 50]


def test_no_text_is_a_shot_or_occurs_twice() -> None:
    made = vary(count=60)
    assert len({*made, *TEXTS}) == 62


def test_the_texts_take_turns_and_each_meets_every_operation() -> None:
    """A tenth of six words is one: a word replaced, one more, the same in another order, one fewer."""
    assert [len(text.split()) - 6 for text in vary(count=8)] == [0, 0, 1, 1, 0, 0, -1, -1]
    for shot, text in zip(TEXTS * 4, vary(count=8), strict=True):
        assert sum((Counter(shot.split()) - Counter(text.split())).values()) <= 1


def test_the_share_of_words_decides_how_many_are_changed() -> None:
    assert len(vary(count=3, alpha=0.5)[2].split()) == 6 + 3


@pytest.mark.parametrize("texts", [[], [""], [" "], ["word"], ["", "word"], ["a a"]])
@given(alpha=st.floats(0.01, 1.0))
def test_few_words_make_few_texts_and_no_error(texts: list[str], alpha: float) -> None:
    """The authors' code fails on an empty text."""
    made = vary(texts, 30, alpha)
    assert len(made) <= 30
    assert all(text.strip() for text in made)
    assert bool(made) == any(text.strip() for text in texts)


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=6), st.integers(0, 99))
def test_an_operation_changes_one_word_and_leaves_the_text_it_was_given(words: list[str], seed: int) -> None:
    before, rng = list(words), seeds.rng(seed)
    made = {change: change(words, ["new"], rng) for change in CHANGES}
    assert words == before
    assert sum(a != b for a, b in zip(made[replaced], words, strict=True)) == 1
    assert Counter(made[inserted]) - Counter(words) == Counter(["new"])
    assert Counter(made[swapped]) == Counter(words)
    assert len(made[deleted]) == max(1, len(words) - 1)
