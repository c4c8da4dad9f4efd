"""Parses the replies to prompts for texts: every line is kept or rejected with a reason, and nothing is lost.

A reply is a list of texts in JSON, however wrapped, or a list of lines. What is neither gives no text.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from html import unescape
from itertools import chain
from typing import Any, Literal, NamedTuple

from promptmix.core.records import Completion, Generated, MixPrompt, Reason, Rejected
from promptmix.generation.clean import MARKER, NUMBERED, clean, count_words, marked, normalized, number_of, too_similar
from promptmix.llm.reading import STRINGS, json_of, strings_in

PREAMBLE = re.compile(
    r"^(?:sure|certainly|of course|absolutely|here (?:are|is)|here's|below (?:are|is)|the following (?:are|is)"
    r"|(?:i'm |i am )?sorry, (?:but|i can(?:'t|not))|as an ai"
    r"|i(?: can't| cannot|'m unable to| am unable to) (?:assist|comply|create|fulfill|generate|provide|write))\b"
    r"|[:：]$",
    re.IGNORECASE,
)
APOLOGY = re.compile(  # "sorry, I cannot", as models say it
    r"^(?:[很非常]*(?:抱歉|对不起|不好意思)[，,]?\s*(?:但是?)?我?(?:无法|不能)|作为一个?(?:ai|人工智能)"
    r"|申し訳(?:ありません|ございません)(?:が|。|、)|죄송합니다[.,]? .*(?:없습니다|못합니다)"
    r"|lo siento, (?:pero )?no puedo|(?:je suis )?désolée?, (?:mais )?je ne (?:peux|puis)|desculpe, (?:mas )?não posso"
    r"|(?:es )?tut mir (?:sehr )?leid, (?:aber )?(?:ich kann|dabei)|mi dispiace, (?:ma )?non posso"
    r"|извините, (?:но )?я не могу|(?:मुझे खेद है|क्षमा करें).*(?:सकता|सकती)|(?:أنا )?آسف،? .*لا (?:أستطيع|يمكنني)"
    r"|متأ?اسفم.*نمی‌?توانم|متأسفم.*نمی‌?توانم|ขอ(?:โทษ|อภัย).*ไม่สามารถ)",
    re.IGNORECASE,
)
ECHO = re.compile(
    r"generate a diverse set of|\d\s*% (?:to|of)?\s*\S+ and \d+\s*%|each utterance belongs"
    r"|^(?:category|sentence)\s*:",  # the pattern that quick_baseline asks to continue
    re.IGNORECASE,
)
CODE = re.compile(  # of JSON, Python, a table
    r"""^\s*(?:[\[\]{}][\s\[\]{}(),;]*$|\[\s*["'“]|\{(?!\{)(?!\w[^{}]*\}\s*[^\s,;])|["']\w+["']\s*:"""
    r"""|[a-z_]\w*\s*=\s*[\[{(]|\|.*\|\s*$|[\[{(]{3}|\(\s*["'].*["'],?\s*\)\s*$)"""
)
INLINE = re.compile(r"""[:=：>`]\s*(?=[\[{]\s*["'“{\[])""")  # before JSON on the same line
FENCE = re.compile(r"^\s*(?:```|~~~|<[/?]?[A-Za-z_]\w{0,30}[^<>]{0,60}>\s*$)")  # also a tag alone
HEADINGS = tuple(f"{'#' * depth} " for depth in range(1, 7))  # of Markdown
PROSE = 40  # words of a line; a longer one is no item of a list of short texts
LONGER = 2  # than the longest shot, in words: then it is prose


class Rules(NamedTuple):
    """Which texts of a reply are usable."""

    shots: frozenset[str]
    """Texts that must not be copied, as :func:`promptmix.generation.clean.normalized`."""

    min_words: int
    keep_per_prompt: int
    """Most texts kept of one reply, the first ones; 1 in the authors' code."""

    near_duplicates: float
    """Texts this similar to another are rejected, as :func:`promptmix.generation.clean.too_similar` measures it; 0:
    only equal texts are."""

    listed: int = 1
    """How many texts the prompt asks for as a whole list, from its first item on; 1 where a single line will do."""


class _Line(NamedTuple):
    number: int
    line: str
    text: str
    fault: Reason | None
    """What the line itself shows."""


def parse_reply(
    prompt: MixPrompt, completion: Completion, rules: Rules, seen: Collection[str], room: int
) -> tuple[list[Generated], list[Rejected]]:
    """Sort the lines of one reply into usable texts and rejected lines; together they are all lines of the reply.

    Args:
        prompt: The prompt that was sent.
        completion: The reply; its last line is rejected where it was cut off at the token limit.
        rules: Which texts are usable.
        seen: Texts kept of earlier replies, as :func:`promptmix.generation.clean.normalized`.
        room: How many more texts the class needs, 0 or more.
    """
    kept: dict[str, Generated] = {}  # by normalized text
    rejected: list[Rejected] = []
    for number, line, text, fault in _lines(completion, prompt.group, rules):
        same = normalized(text)
        reason = fault or _repeats(same, rules, seen, kept) or _surplus(len(kept), rules.keep_per_prompt, room)
        if reason:
            rejected.append(Rejected(prompt_id=prompt.id, line=line, reason=reason))
        else:
            kept[same] = _generated(prompt, number, text)
    return list(kept.values()), rejected


def listed_strings(reply: str) -> list[tuple[str, bool]] | None:
    """Return the strings of a reply that holds one list of them as JSON, and whether each is whole.

    Only the last one may not be, where the reply was cut off. None where the reply holds no such list.
    """
    value = _json(reply, "keep")
    if (strings := strings_in(value)) is None or (len(strings) == 1 and _is_remark(value)):
        return None
    whole = len(strings_in(_json(reply, "drop")) or [])
    return [(string, number < whole) for number, string in enumerate(strings)]


def _json(reply: str, last: Literal["drop", "keep"] = "drop") -> Any | None:
    """Return the JSON in a reply, also behind words on its line, and as a string in JSON itself."""
    reply = unescape(reply) if "&quot;" in reply else reply
    value = json_of(reply, last)
    if value is None and reply.lstrip().startswith('"'):
        with suppress(ValueError):
            inner = json.loads(reply)
            value = json_of(inner, last) if isinstance(inner, str) else None
    if value is None and (behind := INLINE.search(reply)):
        value = json_of(reply[behind.end() :], last)
    return value


def _is_remark(value: Any) -> bool:
    """Whether JSON is one object that says something other than a text: ``{"error": "I cannot do that"}``."""
    if not isinstance(value, Mapping) or any(isinstance(each, list | Mapping) for each in value.values()):
        return False
    return not any(str(name).isdecimal() or str(name).lower() in STRINGS for name in value)


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


def _lines(completion: Completion, labels: Collection[str], rules: Rules) -> Iterator[_Line]:
    if (strings := listed_strings(completion.text)) is not None:
        return _of_json(strings, labels, rules)
    lines = completion.text.splitlines()
    cut_off = completion.finish == "length"
    if _json(completion.text) is not None or any(CODE.match(line) for line in lines):
        return _unreadable(lines, cut_off)
    return _of_text(lines, labels, rules, cut_off)


def _of_json(strings: Sequence[tuple[str, bool]], labels: Collection[str], rules: Rules) -> Iterator[_Line]:
    for number, (line, whole) in enumerate(strings, 1):
        text = " ".join(clean(line, labels).split())
        fault = _fault(line, text, labels) or (_too_short(text, rules) if whole else "cut_off")
        yield _Line(number, line, text, fault)


def _unreadable(lines: Sequence[str], cut_off: bool) -> Iterator[_Line]:
    """Yield the lines of a reply in some other form; of one that was cut off, nobody knows what it would have been."""
    for number, line in enumerate(lines, 1):
        yield _Line(number, line, "", "blank" if not line.strip() else "cut_off" if cut_off else "unreadable")


def _of_text(lines: Sequence[str], labels: Collection[str], rules: Rules, cut_off: bool) -> Iterator[_Line]:
    # In a numbered list, a line with a dash explains a text.
    marker = NUMBERED if any(marked(line, NUMBERED) for line in lines) else MARKER
    filled = [number for number, line in enumerate(lines) if line.strip() and not FENCE.match(line)]
    items = {number for number in filled if marked(lines[number], marker)}
    prose = 0 if items else _prose(len(filled), rules)
    introduced = bool(items) and (rules.listed > 1 or number_of(lines[min(items)]) == 1)
    for number, line in enumerate(lines):
        text = clean(line, labels)
        fault = _fault(line, text, labels)
        if fault is None and FENCE.match(line):
            fault = "unreadable"
        elif fault is None and items and number not in items:
            # The first text may come without a number: the prompt itself ends with "Example 1:" or "1.".
            fault = "not_numbered" if number != filled[0] else "preamble" if introduced else None
        if fault is None and cut_off and number == filled[-1]:
            fault = "cut_off"
        if fault is None and prose and (len(filled) == 1 or count_words(text) > prose):
            fault = "unreadable"
        yield _Line(number + 1, line, text, fault or _too_short(text, rules))


def _prose(lines: int, rules: Rules) -> int:
    """Return of how many words a line without a list marker is too long for a text of a list; 0 where any will do.

    A line that stands alone is no list either.
    """
    if rules.listed == 1 or lines == rules.listed:
        return 0
    return max(PROSE, LONGER * max(map(count_words, rules.shots), default=0))


def _fault(line: str, text: str, labels: Collection[str]) -> Reason | None:
    if not text:
        return "blank"
    words = line.strip().replace("’", "'")
    if (PREAMBLE.search(words) or APOLOGY.search(words) or words.startswith(HEADINGS)) and not marked(line):
        return "preamble"
    if ECHO.search(text) or any("_" in label and label in text for label in labels):
        return "echoes_prompt"
    return None


def _too_short(text: str, rules: Rules) -> Reason | None:
    return "too_short" if count_words(text) < rules.min_words else None


def _generated(prompt: MixPrompt, number: int, text: str) -> Generated:
    return Generated(
        id=f"{prompt.id}#{number}",
        text=text,
        target=prompt.target,
        other=prompt.other,
        target_share=prompt.target_share,
        prompt_id=prompt.id,
    )
