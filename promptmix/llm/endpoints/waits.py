"""How long a server asks to wait: by its headers, by its body, or in its words."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from promptmix.llm.endpoints.error_words import parts_of

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
ONE = (
    r"(\d{1,12}(?:\.\d{1,12})?)\s?(ms|milli(?=s)|[smhdw](?![a-z])|(?:sec|min|hour|hr|day|week)(?=[a-z]{0,4}))[a-z]{0,7}"
)
PART = re.compile(ONE)
SPAN = re.compile(rf"(?:{ONE}(?:\s|,\s?)?(?:and\s)?)+(?![\w-])")
AGAIN = re.compile(r"\b(?:again|retry|wait|reset\w{0,3}|available)\b[^.\d]{0,40}(?=\d)", re.IGNORECASE)
IN_A_BODY = {
    **dict.fromkeys(("retrydelay", "retryafter", "retryafterseconds", "retryaftersecs"), 1.0),
    **dict.fromkeys(("retryafterms", "retryaftermilliseconds"), 0.001),
}
LONGEST_WORDS = 40  # characters of a delay; no more are looked at
LONGEST = 366 * 86_400.0  # seconds; a server that asks for more means something else
MOMENT, MOMENT_MS = 1e9, 1e12  # numbers from here on are seconds, and milliseconds, since 1970


def pause_of(headers: Mapping[str, str], limited: bool = False) -> float | None:
    """Return how many seconds a server asks to wait, by any of the headers in use; None where it does not say.

    Args:
        headers: Of its reply.
        limited: Whether the reply says that a limit is reached. When a limit is reset is else of interest only where
            another header says that nothing remains of it.
    """
    lower = {str(name).lower(): value for name, value in headers.items() if isinstance(value, str | int | float)}
    for name, unit in ("retry-after-ms", 0.001), ("x-ms-retry-after-ms", 0.001), ("retry-after", 1.0):
        if (found := seconds(lower.get(name, ""), unit)) is not None:
            return found
    waits = []
    for name, value in lower.items():
        if "ratelimit" in name.replace("-", "") and "reset" in name:
            remaining = lower.get(name.replace("reset", "remaining"))
            if limited if remaining is None else _is_zero(remaining):
                waits.append(seconds(value))
    return _longest(waits)


def pause_in(body: Any, words: str, limited: bool = False) -> float | None:
    """Return how many seconds a refusal's body or its words ask to wait; None where they do not say."""
    waits = []
    for name, value in parts_of(body):
        unit = IN_A_BODY.get(re.sub("[^a-z]", "", name[:LONGEST_WORDS].lower()))
        if unit is not None and isinstance(value, Mapping):
            waits.append(seconds(value.get("seconds", ""), unit))
        elif unit is not None:
            waits.append(seconds(value, unit))
        elif name.lower() == "headers" and isinstance(value, Mapping):
            waits.append(pause_of(value, limited))
    for again in AGAIN.finditer(words[:2000]):
        after = words[again.end() : again.end() + LONGEST_WORDS]
        span = SPAN.match(after.lower())
        waits.append(seconds(span[0]) if span else _until(after.split(maxsplit=1)[0].rstrip(".,;)")))
    return _longest(waits)


def seconds(words: Any, unit: float = 1.0) -> float | None:
    """Parse a delay as servers write it, or the moment at which it ends; None for anything else.

    Args:
        words: A number, a duration (``20ms``, ``6m0s``, ``1 hour and 30 minutes``, ``PT30S``), a moment (as HTTP and
            ISO 8601 write it, or since 1970), or several of the same kind with commas between.
        unit: Of a mere number, in seconds.
    """
    if isinstance(words, bool) or not isinstance(words, str | int | float):
        return None
    try:
        text = str(words).strip()
        number = float(text if len(text) <= LONGEST_WORDS else "nan")
    except ValueError:  # a number of thousands of digits, too
        return _of_words(str(words)[:LONGEST_WORDS].strip() if isinstance(words, str) else "")
    if number > MOMENT:
        return _bounded(number / (1000 if number > MOMENT_MS else 1) - datetime.now(UTC).timestamp())
    return _bounded(number * unit)


def _of_words(text: str) -> float | None:
    if re.match(r"[\d.]+\s*,\s*[\d.]+\s*(?:,|$)", text):
        return _longest(seconds(each) for each in text.split(","))
    found = _until(text)
    if found is not None:
        return found
    parts = PART.findall(text.lower().removeprefix("pt"))
    return _bounded(sum(float(number) * UNITS[_unit(name)] for number, name in parts)) if parts else None


def _unit(name: str) -> str:
    return "ms" if name in ("ms", "milli") else name[0]


def _until(text: str) -> float | None:
    """Return the seconds until a moment; None where it is none."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime) if re.search(r"[-:]", text) else ():
        try:
            moment = parse(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return _bounded((moment - datetime.now(UTC)).total_seconds())
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None


def _bounded(number: float) -> float | None:
    return max(0.0, number) if math.isfinite(number) and number <= LONGEST else None


def _longest(waits: Iterable[float | None]) -> float | None:
    return max((each for each in waits if each is not None), default=None)


def _is_zero(words: Any) -> bool:
    try:
        return float(words) == 0
    except (ValueError, OverflowError):
        return False
