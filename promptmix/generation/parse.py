"""Parses the replies to prompts for texts: every line is kept or rejected with a reason, and nothing is lost.

Source: the clean-up rules of the authors' code at c6f27ba (src/generator/__init__.py), with their faults fixed: list
markers of any number and kind are removed, preambles are not texts, and quotation marks inside a text stay. Every
pattern takes time linear in the length of the line, so a model that repeats one character does no harm.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from pydantic_core import from_json
from rapidfuzz import fuzz

from promptmix.core.records import Completion, Generated, MixPrompt, Reason, Rejected

BOLD = re.compile(r"\*\*(?=\S)([^*]+)(?<=\S)\*\*")
NUMBER = (
    r"(?:#+\s*)?(?:example|utterance|message|sentence)\s*#?\d+\s*(?:[(\[][^()\[\]]*[)\]]\s*)?[:.)–-](?!\d)\s*"
    r"|sentence\s*:\s*(?=\S)"  # quick_baseline ends with it; alone it is no list
    r"|[(\[]?\d{1,3}\s*[.):\]](?!\d)\s*"  # "10:30" and "3.5" begin a text, not a list
)
BULLET = r"[-*–+]\s+|[•‣·]\s*"
MARKER = re.compile(rf"^\s*(?:{NUMBER}|{BULLET})+", re.IGNORECASE)
NUMBERED = re.compile(rf"^\s*(?:{BULLET})?(?:{NUMBER})", re.IGNORECASE)
PREAMBLE = re.compile(
    r"^(?:sure|certainly|of course|absolutely|here (?:are|is)|here's|below (?:are|is)|the following (?:are|is)"
    r"|(?:i'm |i am )?sorry, (?:but|i can(?:'t|not))|as an ai"
    r"|i(?: can't| cannot|'m unable to| am unable to) (?:assist|comply|create|fulfill|generate|provide|write))\b|:$",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\d\s*%")
ECHO = re.compile(
    r"generate a diverse set of|\d\s*% (?:to|of)?\s*\S+ and \d+\s*%|each utterance belongs"
    r"|^(?:category|sentence)\s*:",  # the pattern that quick_baseline asks to continue
    re.IGNORECASE,
)
QUOTES = {'"': '"', "“": "”", "'": "'", "`": "`", "«": "»"}


class Rules(NamedTuple):
    """Which texts of a reply are usable."""

    shots: frozenset[str]
    """Texts that must not be copied, as :func:`normalized`."""

    min_words: int
    keep_per_prompt: int
    """Most texts kept of one reply, the first ones; 1 in the authors' code."""

    near_duplicates: float
    """Texts this similar to another are rejected, as :func:`too_similar` measures it; 0: only equal texts are."""


def parse_reply(
    prompt: MixPrompt, completion: Completion, rules: Rules, seen: Collection[str], room: int
) -> tuple[list[Generated], list[Rejected]]:
    """Sort the lines of one reply into usable texts and rejected lines; together they are all lines of the reply.

    Args:
        prompt: The prompt that was sent.
        completion: The reply; its last line is rejected where it was cut off at the token limit.
        rules: Which texts are usable.
        seen: Texts kept of earlier replies, as :func:`normalized`.
        room: How many more texts the class needs, 0 or more.
    """
    kept: dict[str, Generated] = {}  # by normalized text
    rejected: list[Rejected] = []
    for number, line, text, fault in _lines(completion, prompt.group, rules.min_words):
        same = normalized(text)
        reason = fault or _repeats(same, rules, seen, kept) or _surplus(len(kept), rules.keep_per_prompt, room)
        if reason:
            rejected.append(Rejected(prompt_id=prompt.id, line=line, reason=reason))
        else:
            kept[same] = _generated(prompt, number, text)
    return list(kept.values()), rejected


def strings_of(reply: str) -> list[tuple[str, bool]] | None:
    """Return the strings of a reply that is a JSON object with one list of strings, and whether each is whole.

    Only the last one may not be, where the reply was cut off. None where the reply is anything else: free text.
    """
    if not reply.lstrip().startswith("{"):
        return None
    try:
        found, whole = (from_json(reply, allow_partial=mode) for mode in ("trailing-strings", True))
        (strings,), (complete,) = found.values(), whole.values() or ([],)
    except ValueError:
        return None
    if not isinstance(strings, list) or not all(isinstance(string, str) for string in strings):
        return None
    return [(string, number < len(complete)) for number, string in enumerate(strings)]


def normalized(text: str) -> str:
    """Fold case, white space and punctuation, so that texts that differ in nothing else are equal."""
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split())


def too_similar(text: str, others: Iterable[str], share: float) -> bool:
    """Tell whether a text is as similar as ``share`` to one of ``others``, all of them :func:`normalized`.

    Similarity is rapidfuzz's token_sort_ratio as a share, 0 to 1, which ignores the order of the words. At 0 no text is
    too similar.
    """
    if share == 0:
        return False
    return any(fuzz.token_sort_ratio(text, other, score_cutoff=100 * share) > 0 for other in others)


def clean(line: str, labels: Iterable[str]) -> str:
    """Remove what is not the text: list marker, class name before a colon, shares at the end, outer quotes, bold."""
    text = MARKER.sub("", BOLD.sub(r"\1", line)).strip()
    for label in labels:
        name = re.match(re.escape(label).replace("_", "[_ ]") + r"\s*:", text, re.IGNORECASE)
        text = text[name.end() :].strip() if name else text
    return _without_shares(_without_quotes(_without_shares(text)))


def _repeats(text: str, rules: Rules, seen: Collection[str], kept: Collection[str]) -> Reason | None:
    if text in rules.shots:
        return "copies_shot"
    if text in seen or text in kept:
        return "duplicate"
    others = chain(rules.shots, seen, kept)
    return "near_duplicate" if too_similar(text, others, rules.near_duplicates) else None


def _surplus(kept: int, keep_per_prompt: int, room: int) -> Reason | None:
    if kept < min(keep_per_prompt, room):
        return None
    return "over_per_class" if room < keep_per_prompt else "over_keep_per_prompt"


def _lines(
    completion: Completion, labels: Collection[str], min_words: int
) -> Iterable[tuple[int, str, str, Reason | None]]:
    """Yield line number, line, cleaned text, and the reason to reject it that the line itself shows, if any."""
    if (strings := strings_of(completion.text)) is not None:
        yield from _listed_lines(strings, labels, min_words)
        return
    lines = completion.text.splitlines()
    # In a numbered list, a line with a dash explains a text.
    marker = NUMBERED if any(_match(NUMBERED, line) for line in lines) else MARKER
    listed = any(_match(marker, line) for line in lines)
    filled = [number for number, line in enumerate(lines) if line.strip()]
    for number, line in enumerate(lines):
        first = bool(filled) and number == filled[0]
        last = bool(filled) and number == filled[-1]
        # The first text may come without a number: the prompt itself ends with "Example 1:" or "1.".
        unnumbered = listed and not first and not _match(marker, line)
        cut_off = last and completion.finish == "length"
        text = clean(line, labels)
        fault = _fault(line, text, labels, unnumbered=unnumbered, cut_off=cut_off, min_words=min_words)
        yield number + 1, line, text, fault


def _listed_lines(
    strings: Sequence[tuple[str, bool]], labels: Collection[str], min_words: int
) -> Iterable[tuple[int, str, str, Reason | None]]:
    for number, (line, whole) in enumerate(strings, 1):
        text = " ".join(clean(line, labels).split())
        yield number, line, text, _fault(line, text, labels, unnumbered=False, cut_off=not whole, min_words=min_words)


def _fault(
    line: str, text: str, labels: Collection[str], *, unnumbered: bool, cut_off: bool, min_words: int
) -> Reason | None:
    if not text:
        return "blank"
    if PREAMBLE.search(line.strip().replace("’", "'")) and not _match(MARKER, line):
        return "preamble"
    if ECHO.search(text) or any("_" in label and label in text for label in labels):
        return "echoes_prompt"
    if unnumbered:
        return "not_numbered"
    if cut_off:
        return "cut_off"
    if len(text.split()) < min_words:
        return "too_short"
    return None


def _match(marker: re.Pattern[str], line: str) -> bool:
    return marker.match(BOLD.sub(r"\1", line)) is not None


def _without_shares(text: str) -> str:
    """Remove "(75% late, 25% lost)" from the end of a text."""
    start = max(text.rfind("("), text.rfind("["))
    aside = text[start:]
    if start >= 0 and aside[-1] in ")]" and not re.search(r"[)\]]", aside[:-1]) and PERCENT.search(aside):
        return text[:start].rstrip()
    return text


def _without_quotes(text: str) -> str:
    if len(text) > 1 and QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        return text[1:-1].strip()
    return text


def _generated(prompt: MixPrompt, number: int, text: str) -> Generated:
    return Generated(
        id=f"{prompt.id}#{number}",
        text=text,
        target=prompt.target,
        other=prompt.other,
        target_share=prompt.target_share,
        prompt_id=prompt.id,
    )
