"""Cleaning and measuring lines in any script."""

from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.generation.clean import clean, count_words, normalized, number_of, too_similar

LETTERS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"]), min_size=1)


@pytest.mark.parametrize(
    "line",
    [
        "1．{}",
        "2、{}",
        "（3）{}",
        "【4】{}",
        "３）{}",
        "一、{}",
        "(二) {}",
        "十二、{}",
        "第3条：{}",
        "①{}",
        "⑴ {}",
        "2️⃣ {}",
        "1.\u3000{}",
        "例1：{}",
        "例文 2：{}",
        "示例1：{}",
        "メッセージ 3: {}",
        "예시 1: {}",
        "उदाहरण 1: {}",
        "१. {}",
        "२) {}",
        "१।{}",
        "١. {}",
        "٢- {}",
        "۳) {}",
        "مثال ۱: {}",
        "\u200f1. {}",
        "1.\u200f {}",
        "\ufeff1. {}",
        "๑. {}",
        "ตัวอย่างที่ 2: {}",
        "၁။ {}",
        "Ejemplo 1: {}",
        "Beispiel 2: {}",
        "Пример 3: {}",
        "・{}",
        "● {}",
        "▶ {}",
        "✓ {}",
        "「{}」",
        "『{}』",
        "“{}”",
        "«{}»",
        "»{}«",
        "„{}“",
        "„{}”",
        "‹{}›",
        "‘{}’",
        "＂{}＂",
        '"{}",',
        "<text>{}</text>",
        "- text: {}",
        '- message: "{}"',
        "**{}**",
        "{}（75％ 物流延迟，25％ 损坏）",
        "{} (٧٥٪ تأخیر)",
        "物流延迟：{}",
        "物流延迟: {}",
        "【物流延迟】{}",
        "1、物流延迟：「{}」",
    ],
)
@pytest.mark.parametrize(
    "text", ["我的包裹到哪里了", "بسته‌ام کجاست", "मेरा पार्सल नहीं आया।", "พัสดุอยู่ที่ไหน", "Где посылка?"]
)
def test_markers_quotes_names_and_shares_of_any_script_are_removed(line: str, text: str) -> None:
    assert clean(line.format(text), ["物流延迟"]) == text


@pytest.mark.parametrize(
    "text",
    [
        "3、4天没到",
        "三、四天没到",
        "10：30送到的",
        "第一次送错了",
        "第一条短信没收到",
        "一直没到",
        "「箱子」坏了",
        "《说明书》丢了",
        "2-day delivery",
        "3-4 días esperando",
        "10 دقیقه پیش",
        "۲-۳ روز است که منتظرم",
        "٢ – ٣ أيام",
        "२-३ दिन से इंतज़ार",
        "می‌خواهم بدانم",
        "क्या मिलेगा?",
        "👩‍👩‍👧 is waiting",
        "【急】包裹坏了",
        "Text me when it comes",
        "<3 this shop",
        "a < b > c",
    ],
)
def test_nothing_of_a_text_in_any_script_is_removed(text: str) -> None:
    assert clean(text, ["物流延迟", "late"]) == text


@given(LETTERS)
def test_a_marker_is_removed_and_every_letter_of_the_text_stays(text: str) -> None:
    bare = clean(text, [])
    assert [c for c in clean(f"1. {bare}", []) if category(c)[0] == "L"] == [c for c in bare if category(c)[0] == "L"]


@given(LETTERS)
def test_what_is_compared_keeps_every_letter_and_vowel_of_the_text(text: str) -> None:
    same = normalized(text)
    assert same
    folded = normalize("NFKC", normalize("NFKC", text).casefold())
    assert [c for c in folded if category(c)[0] == "L"] == [c for c in same if category(c)[0] == "L"]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("میرسد", "می‌رسد"),
        ("ＡＢＣ 包裹！", "abc 包裹"),
        ("é", "e\u0301"),
        ("Straße", "STRASSE"),
        ("late ❤️", "late"),
        ("ﬁne", "fine"),
    ],
)
def test_texts_that_differ_in_form_alone_are_equal(text: str, other: str) -> None:
    assert normalized(text) == normalized(other)


@pytest.mark.parametrize(("text", "other"), [("की", "का"), ("ที่", "ทา"), ("😀", "😢"), ("שָׁלוֹם", "שלום")])
def test_texts_that_differ_in_a_vowel_or_are_other_symbols_differ(text: str, other: str) -> None:
    assert normalized(text) != normalized(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two words", 2),
        ("one", 1),
        ("- dash", 2),
        ("", 0),
        ("한국어 문장", 2),
        ("मेरा पार्सल", 2),
        ("بسته‌ام کجاست", 2),
        ("Где она?", 2),
        ("包裹", 1),
        ("盖子断了", 2),
        ("我的包裹到哪里了怎么还没到", 7),
        ("我的，包裹。", 2),
        ("iPhone坏了", 2),
        ("荷物はどこですか", 4),
        ("สวัสดี", 1),
        ("พัสดุหาย", 2),
        ("กล่องพังตอนมาถึง", 4),
        ("កញ្ចប់", 1),
        ("ပစ္စည်း", 1),
        ("ພັດສະດຸ ບໍ່ມາ", 3),
        ("我的 包裹", 2),
    ],
)
def test_words_are_counted_in_every_script(text: str, words: int) -> None:
    assert count_words(text) == words


@given(st.text())
def test_no_script_has_fewer_words_than_there_are_between_spaces(text: str) -> None:
    assert count_words(text) >= len(text.split())


@given(st.text(st.characters(max_codepoint=0x5FF)))
def test_words_between_spaces_are_counted_as_they_are_where_scripts_have_spaces(text: str) -> None:
    assert count_words(text) == len(text.split())


@pytest.mark.parametrize(
    ("line", "number"), [("3. a", 3), ("三、a", 3), ("③ a", 3), ("٣. a", 3), ("- a", None), ("a", None)]
)
def test_an_item_has_its_number_in_any_script(line: str, number: int | None) -> None:
    assert number_of(line) == number


def test_near_duplicates_are_found_without_spaces() -> None:
    assert too_similar(normalized("我的包裹到哪里了？"), [normalized("我的包裹到哪里了呢")], 0.8)
    assert not too_similar(normalized("我的包裹到哪里了？"), [normalized("箱子送来的时候被压坏了")], 0.8)
