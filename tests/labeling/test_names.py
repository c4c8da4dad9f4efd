"""Class names in what a model writes, in any script and of any signs."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.labeling.names import named

CHINESE = ["物流延迟", "包裹损坏", "更改地址"]
PRICES = ["$", "$$", "$$$"]
NESTED = ["late", "late parcel", "late parcel refund"]


@pytest.mark.parametrize(
    ("reply", "labels", "label"),
    [
        ("这是物流延迟。", CHINESE, "物流延迟"),
        ("答案是包裹损坏", CHINESE, "包裹损坏"),
        ("物流延迟或者更改地址", CHINESE, None),
        ("配送遅延です", ["配送遅延", "破損"], "配送遅延"),
        ("배송지연입니다", ["배송지연", "파손"], "배송지연"),
        ("คือล่าช้าครับ", ["ล่าช้า", "เสียหาย"], "ล่าช้า"),
        ("यह की है", ["कि", "की"], "की"),
        ("उत्तर: देरी।", ["देर", "देरी"], "देरी"),
        ("پاسخ: می\u200cخواهم", ["می\u200cخواهم", "نه"], "می\u200cخواهم"),
        ("پاسخ: میخواهم", ["می\u200cخواهم", "نه"], "می\u200cخواهم"),
        ("The price is $$.", PRICES, "$$"),
        ("$", PRICES, "$"),
        ("**$$$**", PRICES, "$$$"),
        ("$ or $$", PRICES, None),
        ("US$", PRICES, None),
        ("😡!", ["👍", "👎", "😡"], "😡"),
        ("❤", ["❤\ufe0f", "👎"], "❤\ufe0f"),
        ("late", NESTED, "late"),
        ("It is a Late Parcel.", NESTED, "late parcel"),
        ("Intent: late_parcel_refund", NESTED, "late parcel refund"),
        ("late-parcel, not late parcel refund", NESTED, None),
        ("CAFÉ", ["café", "bar"], "café"),
        (unicodedata.normalize("NFD", "It is café!"), ["café", "bar"], "café"),
        ("ｌａｔｅ", ["late", "wet"], "late"),
        ("class 4.5", ["4", "5"], None),
        ("5.", ["4", "5"], "5"),
        ("**late_parcel**", ["late_parcel", "wet"], "late_parcel"),
        ("Intent: late_parcel.", ["late_parcel", "wet"], "late_parcel"),
        ('The answer is "late parcel"', ["late_parcel", "wet"], "late_parcel"),
        ("refund not showing up", ["Refund not showing up?", "wet"], "Refund not showing up?"),
    ],
)
def test_a_reply_names_a_label_in_any_script_and_of_any_signs(reply: str, labels: list[str], label: str | None) -> None:
    assert named(reply, labels) == label
    assert named(reply, labels[::-1]) == label


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5), min_size=1, max_size=6, unique=True
)


@given(NAMES, st.data())
def test_every_label_names_itself_in_every_script(labels: list[str], data: st.DataObject) -> None:
    label = data.draw(st.sampled_from(labels))
    assert named(label, labels) == label
    assert named(f" {label}\n", labels) == label


@given(NAMES, st.text(max_size=30))
def test_what_is_named_is_one_of_the_labels_or_none(labels: list[str], reply: str) -> None:
    assert named(reply, labels) in [None, *labels]
