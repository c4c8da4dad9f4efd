"""The language model as the teacher: the test texts it labels, and its predictions."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Example
from promptmix.labeling.teacher import balanced_subset


def examples(labels: str) -> list[Example]:
    """One example a letter."""
    return [Example(id=f"d/test/{n:05}", text=f"text {n}", label=label) for n, label in enumerate(labels)]


def counts(some: list[Example]) -> dict[str, int]:
    return dict(Counter(example.label for example in some))


MANY = examples("abc" * 30)


@given(st.text("abcd", max_size=60), st.integers(0, 80))
def test_a_subset_is_as_large_and_as_even_as_the_classes_allow(labels: str, most: int) -> None:
    """A class gets two less than another only where it has no more."""
    every = examples(labels)
    kept = balanced_subset(every, most)
    assert len(kept) == min(most, len(every))
    assert kept == [example for example in every if example in kept]
    have, got = counts(every), counts(kept)
    top = max(got.values(), default=0)
    assert all(got.get(label, 0) >= min(top - 1, have[label]) for label in have)


def test_what_does_not_divide_goes_to_the_first_classes() -> None:
    assert counts(balanced_subset(MANY, 8)) == {"a": 3, "b": 3, "c": 2}
    assert counts(balanced_subset(examples("abbbbbbbbb"), 6)) == {"a": 1, "b": 5}


def test_a_subset_reaches_over_the_whole_file() -> None:
    """5 of 10: rows 0, 2, 4, 6 and 8."""
    assert [example.id for example in balanced_subset(examples("a" * 10), 5)] == [
        f"d/test/{n:05}" for n in range(0, 10, 2)
    ]
