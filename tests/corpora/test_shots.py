"""The few-shot sample: balanced, repeatable, in file order."""

import time
from collections import Counter

from promptmix.core import seeds
from promptmix.core.records import Example
from promptmix.corpora import shots


def examples(labels: str) -> list[Example]:
    """One example a letter."""
    return [Example(id=f"d/train/{n:05}", text=f"text {n}", label=label) for n, label in enumerate(labels)]


def counts(drawn: list[Example]) -> dict[str, int]:
    return dict(Counter(example.label for example in drawn))


MANY = examples("abc" * 30)


def test_a_sample_holds_as_many_of_every_class_in_file_order() -> None:
    drawn = shots.draw_shots(MANY, 2, seeds.rng("a"))
    assert counts(drawn) == {"a": 2, "b": 2, "c": 2}
    assert drawn == [example for example in MANY if example in drawn]


def test_zero_shots_are_none() -> None:
    assert shots.draw_shots(MANY, 0, seeds.rng("a")) == []


def test_a_class_with_fewer_examples_gives_all_that_it_has_and_a_note_names_it() -> None:
    assert shots.draw_shots(MANY, 30, seeds.rng("a")) == MANY
    drawn = shots.draw_shots(examples("aaaabbc"), 3, seeds.rng("a"))
    assert counts(drawn) == {"a": 3, "b": 2, "c": 1}
    assert shots.shots_note(drawn, 3) == ["fewer than sample.shots 3: 'b' has 2, 'c' has 1"]
    assert shots.shots_note(drawn, 1) == []


def test_classes_do_not_share_the_positions_of_their_shots() -> None:
    """The authors' code seeds anew for each class, so equally large classes have the same rows drawn."""
    positions = {"a": set[int](), "b": set[int]()}
    for example in shots.draw_shots(examples("ab" * 500), 5, seeds.rng("a")):
        positions[example.label].add(int(example.id[-5:]) // 2)
    assert positions["a"] != positions["b"]


def test_equal_streams_draw_alike_and_others_do_not() -> None:
    one, same, other = (shots.draw_shots(MANY, 5, seeds.rng("sample", name)) for name in "aab")
    assert one == same != other


def test_every_example_can_be_drawn() -> None:
    """2 of 30, 200 times: an example is never drawn with the probability (28/30)^200 = 1e-6."""
    drawn = {example.id for n in range(200) for example in shots.draw_shots(MANY, 2, seeds.rng("s", n))}
    assert len(drawn) == 90


def test_thousands_of_classes_are_drawn_from_in_one_pass() -> None:
    many = [Example(id=f"d/train/{n:05}", text="x", label=f"kind {n % 3000}") for n in range(30_000)]
    begun = time.process_time()
    assert len(shots.draw_shots(many, 2, seeds.rng("a"))) == 6000
    assert time.process_time() - begun < 2
