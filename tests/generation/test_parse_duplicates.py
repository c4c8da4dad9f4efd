"""Texts that are there already, word for word or nearly so, are refused."""

from tests.support.reading import A, B, C, read


def test_copies_of_shots_are_refused_whatever_their_case_and_punctuation() -> None:
    texts, rejected = read(f"1. {A}\n2. WHERE is my parcel\n3. {C}", shots=["where is my parcel?!"])
    assert [text.text for text in texts] == [C]
    assert [line.reason for line in rejected] == ["copies_shot", "copies_shot"]


def test_texts_of_earlier_replies_and_of_the_same_one_are_refused() -> None:
    kept, rejected = read(f"1. {A}\n2. {B}\n3. {C}\n4. {C.upper()}", seen={"it is two weeks late"})
    assert [text.text for text in kept] == [A, C]
    assert [line.reason for line in rejected] == ["duplicate", "duplicate"]


def test_a_surplus_text_is_no_duplicate_of_itself() -> None:
    """It was not kept, so it may be kept of another reply."""
    kept, rejected = read(f"1. {A}\n2. {B}\n3. {B}", keep=1)
    assert [text.text for text in kept] == [A]
    assert [line.reason for line in rejected] == ["over_keep_per_prompt"] * 2


def test_near_duplicates_are_refused_as_such_whatever_the_order_of_their_words() -> None:
    """Words sorted, "is my parcel where" has 17 of 18 characters in common with "is my parcels where": 97 %."""
    lines = "1. Where is my parcel?\n2. My parcels, where is?\n3. Nothing came to my door"
    texts, refused = read(lines, near=0.9)
    assert [text.text for text in texts] == ["Where is my parcel?", "Nothing came to my door"]
    assert [line.reason for line in refused] == ["near_duplicate"]
    assert len(read(lines, near=0.99)[0]) == len(read(lines, near=0.0)[0]) == 3


def test_texts_of_earlier_replies_count_as_near_too() -> None:
    assert [line.reason for line in read("1. Where is my parcel", near=0.8, seen={"where are my parcels"})[1]] == [
        "near_duplicate"
    ]
