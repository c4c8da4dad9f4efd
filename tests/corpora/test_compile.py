"""Compiling: what is dropped, refused, numbered and cut, on rows made by hand."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from promptmix.core import seeds
from promptmix.core.errors import DataError
from promptmix.core.records import Example
from promptmix.corpora import compile
from promptmix.corpora.base import SourceRow, Splits
from promptmix.corpora.compile import Compiled, Cut

TEST = [("how far", "number"), ("which man", "person")]
DESCRIPTIONS = {"person": "who it is", "number": "how much it is"}


def rows(split: str, pairs: Sequence[tuple[str, str]]) -> tuple[SourceRow, ...]:
    return tuple(SourceRow(text, label, f"{split}.csv:{line}") for line, (text, label) in enumerate(pairs, start=2))


def compiled(
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]] = TEST,
    descriptions: Mapping[str, str] | None = DESCRIPTIONS,
    share: float = 0.5,
    most: int = 100,
    shots: int = 0,
    validation: Sequence[tuple[str, str]] | None = None,
    rng: np.random.Generator | None = None,
) -> Compiled:
    own = None if validation is None else rows("validation", validation)
    splits = Splits(rows("train", train), rows("test", test), own)
    return compile.compile_splits("quiz", splits, descriptions, Cut(share, most, shots), rng or seeds.rng("test"))


def refusal(
    train: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]] = TEST,
    descriptions: Mapping[str, str] | None = DESCRIPTIONS,
) -> str:
    with pytest.raises(DataError) as caught:
        compiled(train, test, descriptions)
    return str(caught.value)


def numbered(label: str, count: int) -> list[tuple[str, str]]:
    return [(f"{label} {number}", label) for number in range(count)]


def labels(examples: Sequence[Example]) -> Counter[str]:
    return Counter(example.label for example in examples)


BOTH = [*numbered("person", 10), *numbered("number", 4)]


# validation


def test_validation_takes_its_share_of_each_class_rounded_down() -> None:
    """0.3 of 10 is 3; 0.3 of 4 is 1.2, so 1."""
    result = compiled(BOTH, share=0.3)
    assert labels(result.validation) == {"person": 3, "number": 1}
    assert labels(result.train) == {"person": 7, "number": 3}


def test_a_share_that_binary_fractions_miss_by_a_hair_is_not_rounded_down_to_less() -> None:
    """0.29 * 100 is 28.999999999999996 in floating point, and 29 on paper."""
    result = compiled([*numbered("person", 100), *numbered("number", 100)], share=0.29)
    assert labels(result.validation) == {"person": 29, "number": 29}


def test_validation_max_lowers_the_share_of_all_classes_alike() -> None:
    """7 of 14 texts is a share of 0.5: 5 of 10 and 2 of 4, where 0.9 would have taken 9 and 3."""
    result = compiled(BOTH, share=0.9, most=7)
    assert labels(result.validation) == {"person": 5, "number": 2}


@pytest.mark.parametrize("most", range(1, 15))
def test_validation_never_exceeds_its_maximum(most: int) -> None:
    assert len(compiled(BOTH, share=0.99, most=most).validation) <= most


def test_one_text_of_each_class_stays_in_train() -> None:
    """0.99 of 2 is 1.98, so 1; of a single text nothing may go."""
    result = compiled([*numbered("person", 2), *numbered("number", 1)], share=0.99)
    assert labels(result.train) == {"person": 1, "number": 1}
    assert labels(result.validation) == {"person": 1}


def test_validation_takes_nothing_that_the_shots_need() -> None:
    """Half of 2 would be 1, and half of 4 would be 2; 3 shots leave 0 and 1."""
    result = compiled([*numbered("person", 2), *numbered("number", 4)], shots=3)
    assert labels(result.train) == {"person": 2, "number": 3}
    assert labels(result.validation) == {"number": 1}


def test_fewer_shots_than_stay_in_train_anyway_change_nothing() -> None:
    assert compiled(BOTH, shots=2) == compiled(BOTH, shots=0)


def test_a_validation_of_the_users_own_is_used_and_train_stays_whole() -> None:
    result = compiled(BOTH, validation=[("who else", "person")])
    assert len(result.train) == len(BOTH)
    assert [(each.id, each.text) for each in result.validation] == [("quiz/validation/00000", "who else")]


def test_validation_texts_that_are_in_train_or_test_are_dropped_from_validation_and_counted() -> None:
    result = compiled(BOTH, validation=[("new", "person"), ("Person  0", "person"), ("HOW far", "number")])
    assert [each.text for each in result.validation] == ["new"]
    assert len(result.train) == len(BOTH)
    assert result.notes == ["quiz: 2 validation row(s) dropped: the text is in train or test too"]


def test_an_empty_validation_is_noted() -> None:
    result = compiled([*numbered("person", 1), *numbered("number", 1)])
    assert result.validation == []
    assert result.notes == ["quiz: validation is empty: the share or the classes are too small to take a text from any"]


def test_train_and_validation_share_the_train_rows_in_file_order_and_keep_their_ids() -> None:
    result = compiled(BOTH)
    every = [Example(id=f"quiz/train/{at:05}", text=text, label=label) for at, (text, label) in enumerate(BOTH)]
    assert sorted(result.train + result.validation, key=lambda example: example.id) == every
    for part in (result.train, result.validation):
        assert part == sorted(part, key=lambda example: example.id)


def test_equal_streams_cut_alike_and_others_do_not() -> None:
    once, again, other = (compiled(BOTH, rng=seeds.rng("compile", name)) for name in ("quiz", "quiz", "chat"))
    assert once == again
    assert labels(once.validation) == labels(other.validation)
    assert once.validation != other.validation


def test_the_order_of_the_descriptions_does_not_change_what_is_cut() -> None:
    """Editing classes.yaml must not reshuffle the data."""
    turned = dict(reversed(DESCRIPTIONS.items()))
    assert compiled(BOTH).validation == compiled(BOTH, descriptions=turned).validation


# what is dropped and what is kept


def test_repeated_train_rows_are_dropped_the_first_kept_and_ids_not_moved_up() -> None:
    train = [("who", "person"), ("who", "person"), ("when", "number"), ("who", "person"), ("what", "person")]
    result = compiled(train, share=0.01)
    assert [(example.id, example.text) for example in result.train] == [
        ("quiz/train/00000", "who"),
        ("quiz/train/00002", "when"),
        ("quiz/train/00004", "what"),
    ]
    assert result.notes[0] == "quiz: 2 train row(s) dropped: same text and label as an earlier row"


def test_train_texts_that_are_in_test_are_dropped_whatever_their_case_spaces_and_label() -> None:
    train = [*numbered("person", 2), *numbered("number", 2), ("How  FAR", "number"), ("which man", "number")]
    result = compiled(train)
    assert {example.text for example in result.train + result.validation} == {text for text, _ in train[:4]}
    assert result.notes == ["quiz: 2 train row(s) dropped: the text is in test too"]


def test_the_test_split_stays_whole_and_in_order_repeats_included() -> None:
    test = [("how far", "number"), ("which man", "person"), ("how far", "number")]
    result = compiled([*BOTH, ("how far", "number")], test)
    assert [(example.text, example.label) for example in result.test] == test
    assert [example.id for example in result.test] == [f"quiz/test/{at:05}" for at in range(3)]


def test_ids_sort_in_file_order_even_past_five_digits() -> None:
    result = compiled(BOTH, [("how far", "number")] * 100_001)
    assert (result.test[0].id, result.test[-1].id) == ("quiz/test/000000", "quiz/test/100000")


# what is refused


def test_a_text_with_two_labels_in_one_split_is_refused_with_both_places() -> None:
    expected = "train.csv:4: 'which' is 'number' here and 'person' at train.csv:2; keep one"
    assert refusal([("which", "person"), ("when", "number"), ("which", "number")]) == expected


def test_a_text_with_two_labels_in_test_is_kept_and_noted() -> None:
    twice = [("which", "person"), ("when", "number"), ("which", "number")]
    result = compiled(BOTH, twice)
    assert [(each.text, each.label) for each in result.test] == twice
    assert result.notes == [
        "quiz: 1 test text(s) with two labels, kept as they are: "
        "'which' is 'number' at test.csv:4 and 'person' at test.csv:2"
    ]


def test_test_rows_of_a_class_that_train_lacks_are_left_aside_and_counted() -> None:
    result = compiled(BOTH, [("where", "place"), ("how far", "number"), ("whither", "place")])
    assert [(each.id, each.text) for each in result.test] == [("quiz/test/00001", "how far")]
    assert result.notes == ["quiz: 2 test row(s) left aside: train has no text of 'place'"]


def test_a_description_of_a_class_left_aside_is_not_asked_back() -> None:
    result = compiled(BOTH, [("where", "place"), ("how far", "number")], DESCRIPTIONS | {"place": "where it is"})
    assert [each.label for each in result.classes] == ["person", "number"]


def test_a_test_split_without_any_class_of_train_is_refused() -> None:
    expected = "test.csv:2: test has labels '0', '1', and train 'number', 'person'; none is in both"
    assert refusal(BOTH, [("how far", "1"), ("which man", "0")]) == expected


def test_labels_in_two_spellings_are_refused_across_splits() -> None:
    expected = (
        "test.csv:2: one label in two spellings: 'Person' at test.csv:2 and 'person' at train.csv:2; write both alike"
    )
    assert refusal(BOTH, [("which", "Person")]) == expected


def test_a_label_that_classes_yaml_spells_otherwise_is_refused_with_both_spellings() -> None:
    expected = "classes.yaml: 'n\\xfam' is 'nu\\u0301m' in the data; write both alike"
    decomposed = [*numbered("person", 4), *numbered("nu\u0301m", 4)]
    assert refusal(decomposed, [("which", "person")], {"person": "who", "n\u00fam": "how much"}) == expected


def test_a_train_text_in_another_unicode_form_than_in_test_is_dropped() -> None:
    result = compiled([*BOTH, ("cafe\u0301 au lait", "number")], [("Caf\u00e9 au  lait", "number")])
    assert result.notes == ["quiz: 1 train row(s) dropped: the text is in test too"]


def test_without_test_rows_there_are_no_test_examples() -> None:
    assert compiled(BOTH, []).test == []


def test_a_class_whose_train_texts_are_all_in_test_is_refused() -> None:
    expected = "train.csv:12: all train texts of 'number' are in test too; add others to train"
    assert refusal([*numbered("person", 10), ("how far", "number"), ("HOW FAR", "number")]) == expected


# classes


def test_classes_have_the_order_of_their_descriptions() -> None:
    classes = compiled(BOTH).classes
    assert [(each.label, each.description) for each in classes] == list(DESCRIPTIONS.items())


def test_without_descriptions_classes_are_sorted_and_described_by_their_names_and_a_note_says_so() -> None:
    train = [("who", "a_person"), ("when", "number")]
    result = compiled(train, [("how far", "number")], descriptions=None)
    assert [(each.label, each.description) for each in result.classes] == [
        ("a_person", "texts labelled a person"),
        ("number", "texts labelled number"),
    ]
    assert result.notes[-1] == "quiz: no classes.yaml, so descriptions are made from the labels"


def test_labels_without_a_description_are_refused_by_name() -> None:
    expected = "classes.yaml: no description of 'number', 'person'; it describes every label of the data"
    assert refusal(BOTH, descriptions={"place": "where it is"}) == expected


def test_descriptions_of_unknown_labels_are_refused_by_name() -> None:
    expected = "classes.yaml: 'place', 'reason' not in the data; its labels are 'number', 'person'"
    assert refusal(BOTH, descriptions=DESCRIPTIONS | {"reason": "why", "place": "where"}) == expected


def test_marks_that_are_not_seen_and_compatible_characters_hide_no_text_of_test_in_train() -> None:
    train = [
        *BOTH,
        ("\u2067how\u2069 far\ufe0f", "number"),
        ("ｗｈｉｃｈ man", "person"),
        ("ﬁnd x\u2011rays…", "number"),
    ]
    result = compiled(train, [*TEST, ("find x-rays...", "number")])
    assert "quiz: 3 train row(s) dropped: the text is in test too" in result.notes
    assert [each.text for each in result.test] == ["how far", "which man", "find x-rays..."]


def test_thousands_of_classes_are_compiled_in_one_pass() -> None:
    """Once for every class through all rows took half a minute."""
    names = [f"kind {number}" for number in range(2000)]
    rows = [(f"{name}: text {number}", name) for number in range(20) for name in names]
    begun = time.process_time()
    result = compiled(rows, [*rows[:10], ("other", "kind 1")], None)
    assert time.process_time() - begun < 6
    assert len(result.classes) == 2000
