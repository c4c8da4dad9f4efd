"""The words of an error, and whatever else it says, wherever they stand in a body.

OpenAI puts them under ``error``, others under ``message``, ``detail``, in lists, or in a text that is itself JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

WORDS = (
    *("message", "msg", "errormessage", "errormsg", "statusmsg", "statusmessage", "detail", "details", "description"),
    *("errordescription", "error", "errors", "err", "reason", "faultstring", "fault", "title", "cause", "exception"),
    *("innererror", "baseresp"),
)
"""Names under which words stand, in lower case and letters alone, the most telling first."""

REASONS = ("detail", "details", "reason", "description", "cause", "innererror")
"""Those that may say more than the first one found."""

ECHOES = {"request", "input", "inputs", "prompt", "messages", "choices", "usage", "headers", "links", "metadata"}
SHORT = 30  # characters of words that hardly say anything: Bad Request
DEEPEST = 10  # levels; no error has its words deeper
LONGEST = 20_000  # characters of a body that are looked at


def words_of(value: Any, is_error: bool = False, depth: int = 0) -> str:
    """Return the words of an error; a field that they are about stands before them, further reasons after them.

    Args:
        value: A body, or a part of it.
        is_error: Whether it is known to be one, so that words under unknown names count too.
        depth: At which the part stands in its body.
    """
    if depth > DEEPEST:
        return ""
    if isinstance(value, str):
        return _words_inside(value, is_error, depth)
    if isinstance(value, list):
        return "; ".join(words for each in value[:3] if (words := words_of(each, is_error, depth + 1)))
    if not isinstance(value, Mapping):
        return ""
    named = {re.sub("[^a-z]", "", str(name).lower()): each for name, each in value.items()}
    first, words = _first(named, depth)
    words = words or _elsewhere(named, is_error, depth)
    if words and (place := named.get("loc")) and isinstance(place, list) and isinstance(place[-1], str | int):
        words = f"{str(place[-1])[:100]}: {words}"
    return _with_reasons(words, named, first, depth) if words else ""


def parts_of(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the name and the value of every part of a JSON value, at any depth, in its order."""
    left = [iter([("", value)])]
    while left:
        for name, each in left[-1]:
            yield name, each
            if isinstance(each, Mapping):
                left.append(iter([(str(inner), part) for inner, part in each.items()]))
                break
            if isinstance(each, list):
                left.append(iter([("", part) for part in each]))
                break
        else:
            left.pop()


def values_of(value: Any, names: tuple[str, ...], kinds: tuple[type, ...] = (str, int, float)) -> Iterator[Any]:
    """Yield what stands under any of the names, at any depth, where it is of one of the kinds."""
    for name, each in parts_of(value):
        if name in names and isinstance(each, kinds) and not isinstance(each, bool):
            yield each


def plain_words(text: str) -> str:
    """Return the words of a body that is no JSON; of a page, its title."""
    text = text[:LONGEST]
    if "<" not in text:
        return text
    for tag in "title", "h1":
        start = re.search(rf"<{tag}(?:\s[^<>]{{0,200}})?>", text, re.IGNORECASE)
        end = re.compile(f"</{tag}>", re.IGNORECASE).search(text, start.end()) if start else None
        if start and end:
            return " ".join(text[start.end() : end.start()].split())
    return " ".join(re.sub(r"<[^<>]*>", " ", text).split())


def _first(named: Mapping[str, Any], depth: int) -> tuple[str, str]:
    """Return the first usual name that has words, and these."""
    for name in WORDS:
        if words := words_of(named.get(name), name.startswith("err"), depth + 1):
            return name, words
    return "", ""


def _elsewhere(named: Mapping[str, Any], is_error: bool, depth: int) -> str:
    """Return words that stand in a part with another name; of an error, also a text of several words."""
    others = {name: each for name, each in named.items() if name not in WORDS and name not in ECHOES}
    for each in others.values():
        objects = each if isinstance(each, list) and not is_error else [each]
        inner = isinstance(each, Mapping | list) and all(isinstance(part, Mapping | list) for part in objects)
        if inner and (words := words_of(each, False, depth + 1)):
            return words
    texts = (each for each in others.values() if is_error and isinstance(each, str) and " " in each.strip())
    return next(texts, "")


def _with_reasons(words: str, named: Mapping[str, Any], first: str, depth: int) -> str:
    """Add what a server says beside the words: of a server behind it, and the reason where they give none."""
    metadata = named.get("metadata")
    more = [words_of(metadata.get("raw"), True, depth + 1)] if isinstance(metadata, Mapping) else []
    for name in REASONS:
        reason = named.get(name) if name != first else None
        if len(words) <= SHORT or (isinstance(reason, str) and " " in reason):
            more.append(words_of(reason, False, depth + 1))
    for each in more:
        if each and each not in words:
            words = f"{words} ({each})"
    return words


def _words_inside(text: str, is_error: bool, depth: int) -> str:
    """Return a text, or the words in it where it is itself JSON, as gateways pass on an error of a server behind."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            return words_of(json.loads(text), is_error, depth + 1) or text
        except (ValueError, RecursionError):
            pass
    return text
