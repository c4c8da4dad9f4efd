"""Reads the replies to mixing prompts: every line is kept or rejected with a reason, and nothing is lost.

Source: the clean-up rules of the authors' code at c6f27ba (src/generator/__init__.py), with their faults mended: list
markers of any number and kind are removed, preambles are not texts, and quotation marks inside a text stay.
"""

import re
from collections.abc import Collection, Iterable

from promptmix.records import Completion, Generated, MixPrompt, Reason, Rejected

MARKER = re.compile(r"^\s*(?:\**(?:example|utterance)\s*\d+\s*[:.)]\**\s*|[(\[]?\d+\s*[.):\]]\s*|[-*•–]\s+)+", re.IGNORECASE)
PREAMBLE = re.compile(r"^(?:sure|certainly|of course|here (?:are|is)|here's|below (?:are|is)|sorry, but|i'm sorry, but|as an ai)\b|:$", re.IGNORECASE)
SHARES = re.compile(r"\s*[(\[][^()\[\]]*\d\s*%[^()\[\]]*[)\]]\s*$")  # "(75% late, 25% lost)" after a text
ECHO = re.compile(r"generate a diverse set of|\d\s*% (?:to|of)?\s*\S+ and \d+\s*%|each utterance belongs", re.IGNORECASE)
QUOTES = {'"': '"', "“": "”", "'": "'", "`": "`", "«": "»"}


def read(
    prompt: MixPrompt,
    completion: Completion,
    shots: Collection[str],
    seen: set[str],
    min_words: int,
    keep: int,
) -> tuple[list[Generated], list[Rejected]]:
    """Sort the lines of one reply into usable texts and rejected lines; together they are all lines of the reply.

    Args:
        prompt: What was asked.
        completion: What was answered; its last line is refused where it was cut off at the token limit.
        shots: Texts that must not be copied.
        seen: Texts kept so far in this run, as :func:`normalized`; the texts kept here are added to it.
        min_words: Texts of fewer words are refused.
        keep: At most so many texts are kept, the first ones; 1 in the authors' code.
    """
    kept: list[Generated] = []
    rejected: list[Rejected] = []
    copies = {normalized(shot) for shot in shots}
    for number, line, text, reason in _lines(completion, prompt.group, min_words):
        same = normalized(text)
        reason = reason or ("copies_shot" if same in copies else "duplicate" if same in seen else None)
        reason = reason or ("over_keep_per_prompt" if len(kept) == keep else None)
        if reason:
            rejected.append(Rejected(prompt_id=prompt.id, line=line, reason=reason))
            continue
        seen.add(same)
        kept.append(_generated(prompt, number, text))
    return kept, rejected


def normalized(text: str) -> str:
    """Fold case, white space and punctuation, so that texts that differ in nothing else are equal."""
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split())


def clean(line: str, labels: Iterable[str]) -> str:
    """Take away what is not part of the text: list marker, class name before a colon, shares behind, outer quotes."""
    text = MARKER.sub("", line).strip()
    for label in labels:
        if text.casefold().startswith(f"{label}:".casefold()):
            text = text[len(label) + 1 :].strip()
    text = SHARES.sub("", text)
    if len(text) > 1 and QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def _lines(
    completion: Completion, labels: Collection[str], min_words: int
) -> Iterable[tuple[int, str, str, Reason | None]]:
    """Yield line number, line, cleaned text, and the reason to refuse it that the line itself shows, if any."""
    lines = completion.text.splitlines()
    listed = any(MARKER.match(line) for line in lines)
    written = [number for number, line in enumerate(lines) if line.strip()]
    for number, line in enumerate(lines):
        first = bool(written) and number == written[0]
        last = bool(written) and number == written[-1]
        text = clean(line, labels)
        yield number + 1, line, text, _fault(
            line,
            text,
            labels,
            # The first text may come without a number: the prompt itself ends with "Example 1:" or "1.".
            unnumbered=listed and not first and not MARKER.match(line),
            cut_off=last and completion.finish == "length",
            min_words=min_words,
        )


def _fault(line: str, text: str, labels: Collection[str], *, unnumbered: bool, cut_off: bool, min_words: int) -> Reason | None:
    if not text:
        return "blank"
    if PREAMBLE.search(line.strip()) and not MARKER.match(line):
        return "preamble"
    if ECHO.search(line) or any("_" in label and label in text for label in labels):
        return "echoes_prompt"
    if unnumbered:
        return "not_numbered"
    if cut_off:
        return "cut_off"
    if len(text.split()) < min_words:
        return "too_short"
    return None


def _generated(prompt: MixPrompt, number: int, text: str) -> Generated:
    return Generated(
        id=f"{prompt.id}#{number}",
        text=text,
        target=prompt.target,
        other=prompt.other,
        target_share=prompt.target_share,
        prompt_id=prompt.id,
    )
