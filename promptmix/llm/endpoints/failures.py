"""What can go wrong between a request and its answer, and how to react.

One classification for all servers: what to retry, what slows all workers down, what only this request cannot get, and
what ends the run because no request can be answered.
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any

from promptmix.llm.endpoints.transport import MalformedReply
from promptmix.llm.store.entries import Answer, TokenCounts


class FailureKind(Enum):
    """How to react to a failed request."""

    RETRY = "retry"
    """The same request may succeed later: a lost connection, a truncated reply, a fault of the server."""

    RATE_LIMITED = "rate limited"
    """Retry it, and slow all workers down: 429, 503."""

    UNANSWERABLE = "unanswerable"
    """This request cannot be answered, others can: too long, filtered, not understood."""

    FATAL = "fatal"
    """No request can be answered: a wrong key, an unknown model, no money left."""


class RequestFailed(Exception):  # noqa: N818  # handled by the workers; users see an LLMError
    """One request was not answered."""

    def __init__(
        self,
        kind: FailureKind,
        cause: str,
        message: str,
        pause: float | None = None,
        fallback: Answer | None = None,
        usage: TokenCounts | None = None,
    ) -> None:
        """Describe the failure.

        Args:
            kind: How to react.
            cause: Short and the same for equal causes, for tables: ``429``, ``connection``.
            message: One line for a person, with the server's own words and without the key.
            pause: Seconds the server asked to wait; None where it does not say.
            fallback: A poor answer that did come, used if retries bring nothing better.
            usage: Of a reply that came, had to be paid for, and is no answer; that of ``fallback`` is implied.
        """
        super().__init__(message)
        self.kind, self.cause, self.message, self.pause, self.fallback = kind, cause, message, pause, fallback
        self.usage = fallback["usage"] if fallback else usage


def failure(error: Exception, address: str) -> RequestFailed:
    """Classify an error of the ``openai`` package or a malformed reply; ``address`` is the server's."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_status(error, address)
    words = masked(str(error), 160)
    if isinstance(error, MalformedReply):
        message = f"{address} does not answer by OpenAI's protocol: {words}; does OPENAI_BASE_URL end in /v1?"
        return RequestFailed(FailureKind.RETRY, "malformed", message)
    return RequestFailed(FailureKind.RETRY, "connection", f"{address} cannot be reached ({words})")


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a server asks to wait, by any of the headers in use; None where it does not say."""
    for name, unit in ("retry-after-ms", 0.001), ("retry-after", 1.0):
        if (seconds := _number(headers.get(name, ""))) is not None:
            return seconds * unit
    if headers.get("x-ratelimit-remaining-requests") == "0":
        return _span(headers.get("x-ratelimit-reset-requests", ""))
    if headers.get("x-ratelimit-remaining-tokens") == "0":
        return _span(headers.get("x-ratelimit-reset-tokens", ""))
    return None


def masked(words: str, most: int = 300) -> str:
    """Put words on one line of at most ``most`` characters, with the key masked before anything is cut."""
    secret = os.environ.get("OPENAI_API_KEY", "").strip()
    shown = words.replace(secret, "***") if len(secret) > 3 else words
    return " ".join(shown.split())[:most]


def _of_status(error: Any, address: str) -> RequestFailed:
    status, code = error.status_code, str(error.code or error.type or "")
    message = f"{address} refused ({status}): {masked(error.message)}"
    if "insufficient_quota" in code or "billing" in code or status in (401, 402, 403, 404):
        return RequestFailed(FailureKind.FATAL, f"{status} {code}".strip(), message)
    if status in (429, 503):
        return RequestFailed(FailureKind.RATE_LIMITED, str(status), message, pause_of(error.response.headers))
    if status in (408, 409) or status >= 500:
        return RequestFailed(FailureKind.RETRY, str(status), message, pause_of(error.response.headers))
    return RequestFailed(FailureKind.UNANSWERABLE, f"{status} {code}".strip(), message)


def _number(words: str) -> float | None:
    """Parse seconds, or the date that HTTP also allows; None for anything else and for a day or more."""
    try:
        number = float(words)
    except ValueError:
        try:
            number = (parsedate_to_datetime(words) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(0.0, number) if number < 86_400 else None


def _span(words: str) -> float | None:
    """Parse a duration as OpenAI's headers give it: ``20ms``, ``1.5s``, ``6m0s``."""
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", words)
    if not parts or "".join(map("".join, parts)) != words:
        return None
    return sum(float(number) * units[unit] for number, unit in parts)
