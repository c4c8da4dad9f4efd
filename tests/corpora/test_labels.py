"""Names of classes: spellings that nobody could tell apart, and notes."""

import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.errors import DataError
from promptmix.corpora.base import SourceRow
from promptmix.corpora.labels import check_spellings, label_notes, spelled_alike


def rows(*labels: str) -> list[SourceRow]:
    return [SourceRow(f"text {n}", label, f"train.csv:{n}") for n, label in enumerate(labels, start=2)]


def refusal(*labels: str) -> str:
    with pytest.raises(DataError) as caught:
        check_spellings(rows(*labels))
    return str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("late", "Late"),
        ("late parcel", "late  parcel"),
        ("late_parcel", "late parcel"),
        ("late_parcel", "late-parcel"),
        ("lateParcel", "late_parcel"),
        ("late parcel", "late\N{NO-BREAK SPACE}parcel"),
        ("late", "la\N{ZERO WIDTH SPACE}te"),
        ("late", "\N{ZERO WIDTH NO-BREAK SPACE}late"),
        ("_late", "late"),
        ("größe", unicodedata.normalize("NFD", "größe")),
        ("\N{FULLWIDTH LATIN SMALL LETTER A}bc", "abc"),
        ("می\N{ZERO WIDTH NON-JOINER}رسد", "میرسد"),
        ("level 1", "level_1"),
        ("خدمات", "خدمات\N{RIGHT-TO-LEFT MARK}"),
        ("late", "\N{LEFT-TO-RIGHT ISOLATE}late\N{POP DIRECTIONAL ISOLATE}"),
        ("❤", "❤\N{VARIATION SELECTOR-16}"),
        ("x-ray", "x\N{NON-BREAKING HYPHEN}ray"),
        ("1", "1.0"),
        ("-2", "-2.00"),
    ],
)
def test_spellings_of_one_name_are_refused(one: str, other: str) -> None:
    assert refusal(one, "x", other).startswith("train.csv:4: one label in two spellings: ")


@pytest.mark.parametrize(
    "labels",
    [
        ("C", "C++", "C#"),
        ("A", "A-", "A+"),
        ("-1", "0", "1"),
        ("1-2", "12", "1 2 3"),
        ("1", "1.5", "10", "01", "1.0.0"),
        ("$", "$$", "$$$"),
        ("late", "late parcel"),
        ("物流", "物流延迟"),
        ("😀", "😢"),
        ("a/b", "a b c"),
    ],
)
def test_names_that_differ_in_more_are_names_of_their_own(labels: Sequence[str]) -> None:
    check_spellings(rows(*labels, *labels))


def test_all_pairs_are_told_at_once_with_both_places() -> None:
    expected = (
        "train.csv:4: one label in two spellings: 'Late' at train.csv:4 and 'late' at train.csv:2; "
        "'w_et' at train.csv:5 and 'wet' at train.csv:3; 'we t' at train.csv:7 and 'wet' at train.csv:3; and 1 more; "
        "write both alike"
    )
    assert refusal("late", "wet", "Late", "w_et", "late", "we t", "WET") == expected


def test_spellings_that_look_alike_are_shown_by_their_code_points() -> None:
    expected = (
        r"train.csv:3: one label in two spellings: 'cafe\u0301' at train.csv:3 and 'caf\xe9' at train.csv:2; "
        "write both alike"
    )
    assert refusal("caf\u00e9", "cafe\u0301") == expected


@given(st.text(min_size=1), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_no_unicode_form_makes_another_name(label: str, form: str) -> None:
    changed = unicodedata.normalize(form, label)  # type: ignore[arg-type]  # one of four literals
    assert spelled_alike(changed) == spelled_alike(label)


@pytest.mark.parametrize("labels", [("0", "1"), ("-1", "1.5"), ("true", "false"), ("False", "1")])
def test_bare_numbers_get_a_note(labels: Sequence[str]) -> None:
    (note,) = label_notes(labels)
    assert "which tell the language model nothing; names do" in note


@pytest.mark.parametrize("joined", ["late,wet", "wet; late", "late|wet", "late/wet", "late + wet", "late & wet"])
def test_several_labels_in_one_get_a_note(joined: str) -> None:
    assert list(label_notes(["late", joined, "wet"])) == [
        f"label(s) {joined!r} look like several labels in one; each is a class of its own here"
    ]


def test_other_names_get_none() -> None:
    assert list(label_notes(["Orders, late", "late", "a/b", "1"])) == []
