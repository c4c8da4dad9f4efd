"""Fonts with glyphs for any script: matplotlib's own, and Noto fonts of two packages for what it lacks.

Only these, and never the machine's: equal figures are equal bytes everywhere. matplotlib 3.11 shapes and orders letters
by itself (libraqm).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FIRST = "DejaVu Sans"  # part of matplotlib
PACKAGES = ("manimgx_fonts", "noto_cjk_sans_otc")
KANA, HANGUL = range(0x3040, 0x3100), range(0xAC00, 0xD7A4)
BOLD = 700
INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs")  # categories of characters that need no glyph
SELECTORS = range(0xFE00, 0xFE10)


def drawable(words: str) -> str:
    """Return words with the code of every character that no font has, such as ``[13A0]``, in its place."""
    lacking = without_glyph(words)
    return "".join(f"[{ord(letter):X}]" if letter in lacking else letter for letter in words)


def without_glyph(words: str) -> set[str]:
    """Return the characters that no font has."""
    lacking = _beyond_first(words)
    for _, glyphs in _others(words) if lacking else ():
        lacking -= glyphs
    return lacking


def families(words: str) -> list[str]:
    """Return the families that have the glyphs of words, the first one always; matplotlib knows them from now on."""
    lacking, found = _beyond_first(words), [FIRST]
    for family, glyphs in _others(words) if lacking else ():
        if lacking & glyphs:
            found.append(family)
            lacking -= glyphs
    return found


def _beyond_first(words: str) -> set[str]:
    from matplotlib.font_manager import findfont

    visible = {c for c in words if unicodedata.category(c) not in INVISIBLE and ord(c) not in SELECTORS}
    if not any(ord(letter) > 0xFF for letter in visible):
        return set()
    return visible - _glyphs(findfont(FIRST), 0)


def _others(words: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield families and their characters in the order of preference; Han characters look as where words are from."""
    kana, hangul = (any(ord(letter) in script for letter in words) for script in (KANA, HANGUL))
    east = f"Noto Sans CJK {'JP' if kana else 'KR' if hangul else 'SC'}, packaged"
    for family, path, face in _registered():
        if "CJK" not in family or family == east:
            yield family, _glyphs(path, face)


@cache
def _registered() -> list[tuple[str, str, int]]:
    """Make the fonts of the packages known to matplotlib; returns family, file and number in the file of each."""
    from matplotlib.font_manager import fontManager

    known = len(fontManager.ttflist)
    for package in filter(None, map(find_spec, PACKAGES)):
        for folder in package.submodule_search_locations or []:
            for path in sorted(Path(folder).glob("*.tt[fc]")):
                fontManager.addfont(path)
    # Under names of our own, as the machine may have others of these names; and the same outlines serve as bold:
    # matplotlib would say of each headline that there are none.
    added = [replace(font, name=f"{font.name}, packaged") for font in fontManager.ttflist[known:]]
    fontManager.ttflist[known:] = [*added, *(replace(font, weight=BOLD) for font in added)]
    return list({font.name: (font.name, font.fname, font.index) for font in added}.values())


@cache
def _glyphs(path: str, face: int) -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    return frozenset(map(chr, FT2Font(path, face_index=face).get_charmap()))
