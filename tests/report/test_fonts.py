"""Every script has a font that the packages bring; what has none is shown by its code."""

import pytest

from promptmix.report import fonts

SCRIPTS = {
    "Chinese": "请求退款",
    "Japanese": "配送が遅れている",
    "Korean": "배송 지연",
    "Thai": "สินค้าชำรุด",
    "Hindi": "पार्सल गुम हो गया",
    "Persian": "می‌خواهم",
    "Arabic": "تأخر الطرد",
    "Hebrew": "איפה החבילה",
    "Bengali": "পার্সেল",
    "Tamil": "பார்சல்",
    "Amharic": "አማርኛ",
    "emoji": "👍🏽👨‍👩‍👧🇩🇪☺️",
    "Greek and Cyrillic": "Ελληνικά Русский",
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_letter_of_a_script_has_a_glyph(script: str) -> None:
    assert fonts.without_glyph(SCRIPTS[script]) == set()
    assert fonts.drawable(SCRIPTS[script]) == SCRIPTS[script]


def test_words_that_the_first_font_has_need_no_other() -> None:
    assert fonts.families("plain $ words – naïve Русский ≥ تأخر") == [fonts.FIRST]


@pytest.mark.parametrize(("words", "place"), [("物流", "SC"), ("物流が遅い", "JP"), ("物流 배송", "KR")])
def test_han_characters_look_as_where_the_words_are_from(words: str, place: str) -> None:
    assert fonts.families(words) == [fonts.FIRST, f"Noto Sans CJK {place}, packaged"]


def test_a_character_that_no_font_has_is_shown_by_its_code() -> None:
    """Tifinagh, which DejaVu has, and Cuneiform, which nobody has."""
    assert fonts.without_glyph("ⴰ 𒀀 a") == {"𒀀"}
    assert fonts.drawable("ⴰ 𒀀 a") == "ⴰ [12000] a"


def test_without_the_packages_only_the_first_font_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "PACKAGES", ("no_such_package",))
    fonts._registered.cache_clear()
    try:
        assert fonts.drawable("é 退款") == "é [9000][6B3E]"
        assert fonts.families("é 退款") == [fonts.FIRST]
    finally:
        fonts._registered.cache_clear()
