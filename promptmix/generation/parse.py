"""Reads the replies to mixing prompts: every line is kept or rejected with a reason, and nothing is lost.

Source: the clean-up rules of the authors' code at c6f27ba (src/generator/__init__.py), with their faults mended: list
markers of any number and kind are removed, preambles are not texts, and quotation marks inside a text stay. Every
pattern takes time in proportion to the line, so that a model that repeats one character does no harm.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

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
    r"|^(?:category|sentence)\s*:",  # the pattern that quick_baseline wants continued
    re.IGNORECASE,
)
QUOTES = {'"': '"', "“": "”", "'": "'", "`": "`", "«": "»"}


def read(
    prompt: MixPrompt,
    completion: Completion,
    shots: Collection[str],
    seen: set[str],
    min_words: int,
    keep: int,
    surplus: Reason,
    near_duplicates: float,
) -> tuple[list[Generated], list[Rejected]]:
    """Sort the lines of one reply into usable texts and rejected lines; together they are all lines of the reply.

    Args:
        prompt: What was asked.
        completion: What was answered; its last line is refused where it was cut off at the token limit.
        shots: Texts that must not be copied.
        seen: Texts kept so far in this run, as :func:`normalized`; the texts kept here are added to it.
        min_words: Texts of fewer words are refused.
        keep: At most so many texts are kept, the first ones; 1 in the authors' code.
        surplus: Why texts beyond ``keep`` are refused.
        near_duplicates: Texts this similar to a shot or to one in ``seen`` are refused too, whatever the order of
            their words: rapidfuzz's token_sort_ratio as a share, 0 to 1; at 0 none are.
    """
    kept: list[Generated] = []
    rejected: list[Rejected] = []
    copies = {normalized(shot) for shot in shots}
    for number, line, text, reason in _lines(completion, prompt.group, min_words):
        same = normalized(text)
        reason = reason or ("copies_shot" if same in copies else "duplicate" if same in seen else None)
        reason = reason or ("near_duplicate" if is_near(same, chain(copies, seen), near_duplicates) else None)
        reason = reason or (surplus if len(kept) == keep else None)
        if reason:
            rejected.append(Rejected(prompt_id=prompt.id, line=line, reason=reason))
            continue
        seen.add(same)
        kept.append(_generated(prompt, number, text))
    return kept, rejected


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


def is_near(text: str, others: Iterable[str], share: float) -> bool:
    """Tell whether a text is similar to one of others, all :func:`normalized`, as :func:`read` says; never at 0."""
    if share == 0:
        return False
    return any(fuzz.token_sort_ratio(text, other, score_cutoff=100 * share) > 0 for other in others)


def clean(line: str, labels: Iterable[str]) -> str:
    """Take away what is not the text: list marker, class name before a colon, shares behind, outer quotes, bold."""
    text = MARKER.sub("", BOLD.sub(r"\1", line)).strip()
    for label in labels:
        name = re.match(re.escape(label).replace("_", "[_ ]") + r"\s*:", text, re.IGNORECASE)
        text = text[name.end() :].strip() if name else text
    return _without_shares(_without_quotes(_without_shares(text)))


def _lines(
    completion: Completion, labels: Collection[str], min_words: int
) -> Iterable[tuple[int, str, str, Reason | None]]:
    """Yield line number, line, cleaned text, and the reason to refuse it that the line itself shows, if any."""
    if (strings := strings_of(completion.text)) is not None:
        yield from _listed_lines(strings, labels, min_words)
        return
    lines = completion.text.splitlines()
    # In a numbered list, what stands behind a dash explains a text.
    marker = NUMBERED if any(_match(NUMBERED, line) for line in lines) else MARKER
    listed = any(_match(marker, line) for line in lines)
    written = [number for number, line in enumerate(lines) if line.strip()]
    for number, line in enumerate(lines):
        first = bool(written) and number == written[0]
        last = bool(written) and number == written[-1]
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
    """Take "(75% late, 25% lost)" from the end of a text."""
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
