"""What can go wrong between a question and its answer, and what then makes sense.

One table for all servers: what to try again, what slows everybody down, what one question cannot have, and what ends
the run because no question could be answered.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from promptmix.llm.endpoints.transport import Malformed
from promptmix.llm.store.entries import Answer


class Verdict(Enum):
    """What makes sense after a refusal."""

    AGAIN = "again"
    """The same question may succeed later: a lost connection, an answer cut in two, a server's own fault."""

    SLOWER = "slower"
    """As AGAIN, and everybody was too fast: 429, 503."""

    NEVER = "never"
    """This question cannot be answered, others can: too long, filtered, not understood."""

    STOP = "stop"
    """No question can be answered: a wrong key, an unknown model, no money left."""


class Refusal(Exception):  # noqa: N818  # an event that the crew handles; users see an LLMError
    """One question was not answered."""

    def __init__(
        self,
        verdict: Verdict,
        cause: str,
        words: str,
        pause: float | None = None,
        settle: Answer | None = None,
        usage: Mapping[str, int] | None = None,
    ) -> None:
        """Describe it.

        Args:
            verdict: What makes sense now.
            cause: Short and the same for equal causes, for tables: ``429``, ``connection``.
            words: One line for a person, with the server's own words and without the key.
            pause: Seconds the server asked to wait for.
            settle: A poor answer that did come, taken if asking again brings nothing better.
            usage: Of a reply that came, had to be paid for, and is no answer; that of ``settle`` need not be repeated.
        """
        super().__init__(words)
        self.verdict, self.cause, self.words, self.pause, self.settle = verdict, cause, words, pause, settle
        self.usage = settle["usage"] if settle else usage


def refusal(error: Exception, where: str) -> Refusal:
    """Say what an error of the ``openai`` package or a malformed answer means; ``where`` is the server's address."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_status(error, where)
    words = masked(str(error), 160)
    if isinstance(error, Malformed):
        reason = f"{words}; does OPENAI_BASE_URL end in /v1?"
        return Refusal(Verdict.AGAIN, "malformed", f"{where} does not answer as OpenAI's protocol says: {reason}")
    return Refusal(Verdict.AGAIN, "connection", f"{where} cannot be reached ({words})")


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait for, by any of the headers in use; None where it does not say."""
    for name, unit in ("retry-after-ms", 0.001), ("retry-after", 1.0):
        if (seconds := _number(headers.get(name, ""))) is not None:
            return seconds * unit
    if headers.get("x-ratelimit-remaining-requests") == "0":
        return _span(headers.get("x-ratelimit-reset-requests", ""))
    if headers.get("x-ratelimit-remaining-tokens") == "0":
        return _span(headers.get("x-ratelimit-reset-tokens", ""))
    return None


def masked(words: str, most: int = 300) -> str:
    """Put words on one line of at most so many characters, with the key masked before anything is cut."""
    secret = os.environ.get("OPENAI_API_KEY", "").strip()
    shown = words.replace(secret, "***") if len(secret) > 3 else words
    return " ".join(shown.split())[:most]


def _of_status(error: Any, where: str) -> Refusal:
    status, code = error.status_code, str(error.code or error.type or "")
    words = f"{where} refused ({status}): {masked(error.message)}"
    if "insufficient_quota" in code or "billing" in code or status in (401, 402, 403, 404):
        return Refusal(Verdict.STOP, f"{status} {code}".strip(), words)
    if status in (429, 503):
        return Refusal(Verdict.SLOWER, str(status), words, pause_of(error.response.headers))
    if status in (408, 409) or status >= 500:
        return Refusal(Verdict.AGAIN, str(status), words, pause_of(error.response.headers))
    return Refusal(Verdict.NEVER, f"{status} {code}".strip(), words)


def _number(words: str) -> float | None:
    """Read seconds, or the date that HTTP also allows."""
    try:
        number = float(words)
    except ValueError:
        try:
            number = (parsedate_to_datetime(words) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, number) if number < 86_400 else None


def _span(words: str) -> float | None:
    """Read a span of time as OpenAI's headers give it: ``20ms``, ``1.5s``, ``6m0s``."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", words)
    if not parts or "".join(map("".join, parts)) != words:
        return None
    return sum(float(number) * units[unit] for number, unit in parts)
