"""Texts that are there already, word for word or nearly so, are refused; new ones are remembered."""

from tests.support.reading import A, B, C, read


def test_copies_of_shots_are_refused_whatever_their_case_and_punctuation() -> None:
    texts, rejected = read(f"1. {A}\n2. WHERE is my parcel\n3. {C}", shots=["where is my parcel?!"])
    assert [text.text for text in texts] == [C]
    assert [line.reason for line in rejected] == ["copies_shot", "copies_shot"]


def test_texts_of_earlier_replies_are_refused_and_new_ones_remembered() -> None:
    seen: set[str] = set()
    assert len(read(f"1. {A}\n2. {B}", seen=seen)[0]) == 2
    assert [line.reason for line in read(f"1. {B}\n2. {C}", seen=seen)[1]] == ["duplicate"]
    assert seen == {"where is my parcel", "it is two weeks late", "has anyone seen it"}


def test_a_refused_text_is_not_remembered() -> None:
    """Else a text that one class had no room for could not be written for another."""
    seen: set[str] = set()
    read(f"1. {A}\n2. {B}", seen=seen, keep=1)
    assert seen == {"where is my parcel"}


def test_near_duplicates_are_refused_as_such_whatever_the_order_of_their_words() -> None:
    """Words sorted, "is my parcel where" stands 17 of 18 characters from "is my parcels where": 97 %."""
    lines = "1. Where is my parcel?\n2. My parcels, where is?\n3. Nothing came to my door"
    texts, refused = read(lines, near=0.9)
    assert [text.text for text in texts] == ["Where is my parcel?", "Nothing came to my door"]
    assert [line.reason for line in refused] == ["near_duplicate"]
    assert len(read(lines, near=0.99)[0]) == len(read(lines, near=0.0)[0]) == 3


def test_texts_of_earlier_replies_count_as_near_too() -> None:
    assert [line.reason for line in read("1. Where is my parcel", near=0.8, seen={"where are my parcels"})[1]] == [
        "near_duplicate"
    ]
