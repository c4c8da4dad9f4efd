"""What a server says when it refuses: its words, wherever they stand in the body, and how long it asks to wait.

OpenAI puts them under ``error``, others under ``message``, ``detail``, in lists, in a text that is itself JSON, or in a
reply of status 200. Nothing here decides what follows (:mod:`promptmix.llm.endpoints.failures` does).
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import responses
from typing import Any, NamedTuple

WORDS = (
    *("message", "msg", "detail", "details", "description", "error_description", "error", "errors", "reason"),
    *("faultstring", "fault", "title", "cause", "base_resp", "status_msg"),
)
CODES = ("code", "type", "status", "reason", "__type")
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
SPAN = r"(?:\d+(?:\.\d+)?\s*(?:ms|d|h|m|s)(?:ec(?:ond)?s?|in(?:ute)?s?|ours?|ays?)?\s*)+"
AGAIN = re.compile(
    rf"(?:again|retry|wait|reset\w*|available)\b[^.\d]{{0,40}}?(?:in|after|for)?\s*({SPAN})(?![\w-])", re.I
)


class Refusal(NamedTuple):
    """A request that a server did not answer."""

    status: int
    """Of HTTP, or the one that an error inside a reply of status 200 names."""

    words: str
    """The server's own, on one line, without the key."""

    codes: str
    """Its codes and types, in lower case, separated by spaces."""

    fields: tuple[str, ...]
    """Names of the request's fields that it complains about, where it names them apart from its words."""

    pause: float | None
    """Seconds that it asks to wait; None where it does not say."""


def read_refusal(status: int, headers: Mapping[str, str], data: bytes) -> Refusal:
    """Read the reply of a server that refused, whatever its form."""
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    words = _words(body) or ("" if body is not None else _plain(text)) or responses.get(status, "no reason given")
    return _refusal(status, words, body, headers)


def refusal_inside(body: Mapping[str, Any], headers: Mapping[str, str]) -> Refusal | None:
    """Return the error in a reply of status 200, as some gateways send it; None where there is none."""
    error = body.get("error") or body.get("errors")
    choices = body.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        error = choices[0].get("error") if choices[0].get("finish_reason") == "error" or not error else error
        if not error:
            return None
    elif not error and (choices is not None or not _words(body)):
        return None
    words = _words(error or body) or "an error without words"
    return _refusal(_named_status(error, words), words, body, headers)


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait, by any of the headers in use; None where it does not say."""
    for name, unit in ("retry-after-ms", 0.001), ("retry-after", 1.0):
        if (seconds := _number(headers.get(name) or "")) is not None:
            return seconds * unit
    for what in "requests", "tokens":
        if headers.get(f"x-ratelimit-remaining-{what}") == "0":
            return _span(headers.get(f"x-ratelimit-reset-{what}") or "")
    return None


def masked(words: str, most: int = 300) -> str:
    """Put words on one line of at most ``most`` characters, with every key masked before anything is cut."""
    for name in "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN":
        secret = os.environ.get(name, "").strip()
        words = words.replace(secret, "***") if len(secret) > 3 else words
    return " ".join(words.split())[:most]


def _refusal(status: int, words: str, body: Any, headers: Mapping[str, str]) -> Refusal:
    codes = " ".join(dict.fromkeys(str(code).lower() for code in _values(body, CODES) if code))
    pause = pause_of(headers)
    if pause is None:
        delays = [str(delay) for delay in _values(body, ("retryDelay", "retry_after"))]
        spans = [_span(each) for each in [*delays, *(again[1] for again in AGAIN.finditer(words))]]
        pause = max((each for each in spans if each is not None), default=None)
    return Refusal(status, masked(words, 1000), codes, tuple(_fields(body)), pause)


def _words(value: Any) -> str:
    """Return the words of an error, at any depth; a field that they are about stands before them."""
    if isinstance(value, str):
        return _words_inside(value)
    if isinstance(value, list):
        return "; ".join(words for each in value[:3] if (words := _words(each)))
    if not isinstance(value, Mapping):
        return ""
    lower = {str(name).lower(): each for name, each in value.items()}
    words = next((found for name in WORDS if (found := _words(lower.get(name)))), "")
    if words and (place := lower.get("loc")) and isinstance(place, list):
        words = f"{place[-1]}: {words}"
    raw = lower["metadata"].get("raw") if isinstance(lower.get("metadata"), Mapping) else None
    return f"{words} ({_words(raw)})" if raw and words else words


def _words_inside(text: str) -> str:
    """Return a text, or the words in it where it is itself JSON, as gateways pass on an error of a server behind."""
    if text.lstrip().startswith(("{", "[")):
        try:
            return _words(json.loads(text)) or text
        except (ValueError, RecursionError):
            pass
    return text


def _plain(text: str) -> str:
    """Return the words of a body that is no JSON; of a page, its title."""
    if "<" not in text:
        return text
    title = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.IGNORECASE | re.DOTALL)
    return " ".join((title[2] if title else re.sub(r"<[^>]*>", " ", text)).split())


def _values(value: Any, names: tuple[str, ...], kinds: tuple[type, ...] = (str, int, float)) -> Iterator[Any]:
    """Yield what stands under any of the names, at any depth, where it is of one of the kinds."""
    if isinstance(value, Mapping):
        for name, each in value.items():
            if name in names and isinstance(each, kinds):
                yield each
            else:
                yield from _values(each, names, kinds)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each, names, kinds)


def _fields(body: Any) -> Iterator[str]:
    """Yield the fields that an error names apart from its words: OpenAI's ``param``, the ``loc`` of pydantic."""
    yield from (str(name).rpartition(".")[2] for name in _values(body, ("param", "field", "parameter")))
    for place in _values(body, ("loc",), (list,)):
        yield from (str(part) for part in place if isinstance(part, str) and part not in ("body", "query"))


def _named_status(error: Any, words: str) -> int:
    """Return the status that an error inside a reply means: by its code, else by its words."""
    for code in _values(error, ("code", "status", "status_code", "statusCode")):
        if str(code).isdecimal() and 400 <= int(code) < 600:
            return int(code)
    said = words.lower()
    meanings = {
        404: ("unexpected endpoint", "not found", "no such", "unknown url", "does not exist"),
        429: ("rate limit", "too many requests", "quota"),
        401: ("api key", "api secret", "unauthorized", "authentication", "login"),
        400: ("unsupported", "not supported", "invalid", "not permitted", "context length"),
    }
    return next((status for status, signs in meanings.items() if any(sign in said for sign in signs)), 502)


def _number(words: str) -> float | None:
    """Parse seconds, or the date that HTTP also allows; None for anything else."""
    try:
        number = float(words)
    except ValueError:
        try:
            number = (parsedate_to_datetime(words) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, number) if number == number else None


def _span(words: str) -> float | None:
    """Parse a duration as servers write it: ``20ms``, ``1.5s``, ``6m0s``, ``12h7m30s``, ``34 seconds``."""
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|[smhd])", words.lower())
    return sum(float(number) * UNITS[unit] for number, unit in parts) if parts else _number(words)
