"""Class names in what a model writes: other case, other separators, any script, names of punctuation alone."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from promptmix.prompts.render import one_line

Fold = Callable[[str], str]

UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "IDEOGRAPHIC")
"""Scripts, as Unicode's names begin, that write words without spaces or put particles right behind them."""

EMOJI_STYLES = "\ufe0e\ufe0f"  # invisible, and often left out
SYMBOLS = "+#$"  # signs that make another name of a name that they stand right behind: C, C++, C#


def named(reply: str, labels: Sequence[str]) -> str | None:
    """Return the one label that a reply names, by whole words and regardless of case, Unicode form and separators.

    A label inside a longer one that is also named ("refund" in "refund_not_showing_up") does not count; a reply that
    still names two labels, or none, names nothing. Punctuation counts where labels differ in nothing else ("C", "C++").
    """
    exact: tuple[Fold, ...] = (_bare, _caseless)
    for fold in exact:
        same = [label for label in labels if fold(label) == fold(reply)]
        if len(same) == 1:
            return same[0]
    fold = strongest((_words, _spaced, _caseless, _bare), labels)
    found = {label for _, label in mentions(fold(reply), {fold(label): label for label in labels})}
    return found.pop() if len(found) == 1 else None


def as_shown(labels: Iterable[str]) -> dict[str, str]:
    """Return each label with its name as prompts show it, on one line; as it is where two would be shown alike."""
    labels = list(labels)
    fold = strongest((one_line, str), labels)
    return {label: fold(label) for label in labels}


def begins_another(name: str, names: Iterable[str]) -> bool:
    """Whether a name begins another one, or another one begins it; an empty one begins all."""
    return any(other != name and (other.startswith(name) or name.startswith(other)) for other in names)


def strongest(folds: Iterable[Fold], labels: Sequence[str]) -> Fold:
    """Return the first of these folds that leaves something of every label and no two alike; else the last one."""
    for fold in folds:
        folded = {fold(label) for label in labels}
        if len(folded) == len(set(labels)) and "" not in folded:
            break
    return fold


def mentions(text: str, names: Mapping[str, str]) -> list[tuple[int, str]]:
    """Find names in a text as whole words, the longest of those that begin at one place: offset and label of each.

    Args:
        text: Folded as the names are.
        names: Folded name to label.
    """
    longest_first, found, at = sorted(filter(None, names), key=lambda name: (-len(name), name)), [], 0
    while at < len(text):
        for name in longest_first:
            if text.startswith(name, at) and not _glued(text, at) and not _glued(text, at + len(name)):
                found.append((at, names[name]))
                at += len(name)
                break
        else:
            at += 1
    return found


def is_word(character: str) -> bool:
    """Whether a word goes on with this character; those of scripts without spaces between words never do."""
    return unicodedata.category(character)[0] in "LMN" and not _unspaced(character)


def _glued(text: str, at: int) -> bool:
    """Whether the characters on both sides of a place belong to one word, sign or number."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if unicodedata.category(after)[0] == "M":
        return True
    if after in SYMBOLS:
        return before == after or is_word(before)
    if after in ".," and before.isdecimal():
        return text[at + 1 : at + 2].isdecimal()
    return is_word(before) and is_word(after)


@cache
def _unspaced(character: str) -> bool:
    return unicodedata.name(character, "").startswith(UNSPACED)


def _words(text: str) -> str:
    """Keep words alone: letters with their marks, and digits."""
    return " ".join("".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in _shown(text)).split())


def _spaced(text: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", _shown(text)).split())


def _shown(text: str) -> str:
    """Fold case and Unicode form, and leave out characters that nobody sees."""
    folded = unicodedata.normalize("NFKC", text.casefold())
    return "".join(c for c in folded if unicodedata.category(c) != "Cf" and c not in EMOJI_STYLES)


def _bare(text: str) -> str:
    return text.strip()


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip().casefold())
