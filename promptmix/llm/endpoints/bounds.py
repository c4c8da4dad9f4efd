"""The bound that a server's words give for a number that it refused."""

import re
from typing import Any, Literal

UPPER = re.compile(
    r"maximum|at most|less than|<=|≤|no more than|not exceed|exceeds?|greater than|more than|larger|"
    r"too (?:large|high|big)|between|range|upper|up to|cannot request|max",
    re.IGNORECASE,
)
LOWER = re.compile(r"minimum|at least|>=|≥|greater than or equal|below|lower than|too (?:small|low)", re.IGNORECASE)
POSITIVE = re.compile(r"strictly positive|greater than 0|must be (?:>|positive|in|an?\b|one of)", re.IGNORECASE)
NO_BOUND = re.compile(r"only the default|unsupported (?:value|parameter)", re.IGNORECASE)
BELOW = re.compile(r"(?:(?:less|fewer|smaller|lower) than|below|<(?!=))\s+(\d+)", re.IGNORECASE)
RANGE = re.compile(r"\[\s*(\d+)\s*,\s*(\d+)\s*[\])]")
THOUSANDS = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:[,_'’\u00a0\u202f]\d{3})+(?!\d)")
POINTED_THOUSANDS = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3})+(?![\d.])")
POWER = re.compile(r"(?<![\w.])2(?:\^|\*\*)(\d{1,2})(?!\d)")
KILO = re.compile(r"(?<![\w.-])(\d{1,4})\s?[kK](?!\w)")
NUMBER = re.compile(r"(?<![\w.])\d{1,15}(?:\.\d{1,15})?(?![\w.]*[a-z])")
SMALLEST_TEMPERATURE = 0.01


def speaks_of_bounds(words: str) -> bool:
    """Tell whether words are about a number that is too large or too small."""
    return any(pattern.search(words) for pattern in (UPPER, LOWER, POSITIVE))


def bound_of(value: Any, words: str, may_be_zero: bool) -> tuple[Literal["at most", "at least"], float] | None:
    """Return the bound that words give for a value; None where they give none, or the value is no number.

    Args:
        value: What was sent; the bound is of the same type.
        words: What the server says of it.
        may_be_zero: Whether 0 is no special value of this field.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or NO_BOUND.search(words):
        return None
    if not may_be_zero and value == 0 and POSITIVE.search(words):
        return "at least", SMALLEST_TEMPERATURE
    words = _in_plain_digits(words, isinstance(value, int))
    numbers = [float(number) for number in NUMBER.findall(words)]
    # Less than 4096 is at most 4095.
    lowered = {float(number) for number in BELOW.findall(words)} if isinstance(value, int) else set()
    below = [each for number in numbers if 0 < (each := number - (number in lowered)) < value]
    above = [number for number in numbers if number > value]
    kind = int if isinstance(value, int) else float
    if below and UPPER.search(words):
        return "at most", kind(max(below))
    if above and LOWER.search(words):
        return "at least", kind(min(above))
    return None


def _in_plain_digits(words: str, whole: bool) -> str:
    """Return words with ``4,096``, ``4k`` and ``2^12`` as digits alone; of whole numbers also ``4.096``."""
    words = RANGE.sub(r"[\1 , \2]", words)
    words = THOUSANDS.sub(lambda match: re.sub(r"\D", "", match[0]), words)
    if whole:
        words = POINTED_THOUSANDS.sub(lambda match: match[0].replace(".", ""), words)
    words = POWER.sub(lambda match: str(2 ** int(match[1])), words)
    return KILO.sub(r"\g<1>000", words)
