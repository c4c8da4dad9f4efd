"""How many tokens a reply is said to have cost, else how many it must have cost at least."""

import math
from collections.abc import Mapping
from typing import Any

BYTES_A_TOKEN = 4  # where a server does not count its tokens
MOST_TOKENS = 10**9  # of one reply; some servers count nonsense


def token_counts(usage: Any, prompt: str, said: str) -> dict[str, int]:
    """Return the tokens as the server counts them; what it does not count is estimated by its bytes and marked so."""
    usage = usage if isinstance(usage, Mapping) else {}
    asked = _first(usage, "prompt_tokens", "input_tokens")
    answered = _first(usage, "completion_tokens", "output_tokens")
    total = _count(usage.get("total_tokens"))
    if not asked and not answered and (prompt or said):
        asked = answered = None  # a server that says 0 of everything does not count
    elif asked is not None and answered is None and total is not None:
        answered = max(0, total - asked)
    counts = {
        "prompt_tokens": _estimated(prompt) if asked is None else asked,
        "completion_tokens": _estimated(said) if answered is None else answered,
    }
    estimated = {"estimated": 1} if asked is None or answered is None else {}
    details = usage.get("prompt_tokens_details")
    cached = _count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
    cached = min(cached or 0, counts["prompt_tokens"])
    return counts | estimated | ({"cached_tokens": cached} if cached else {})


def _first(usage: Mapping[str, Any], *names: str) -> int | None:
    return next((count for name in names if (count := _count(usage.get(name))) is not None), None)


def _count(value: Any) -> int | None:
    try:
        return min(number, MOST_TOKENS) if (number := int(float(value))) >= 0 else None
    except (TypeError, ValueError, OverflowError):
        return None


def _estimated(text: str) -> int:
    return math.ceil(len(text.encode("utf-8", "replace")) / BYTES_A_TOKEN)
