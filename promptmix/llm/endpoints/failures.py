"""What can go wrong between a request and its answer, and how to react.

One classification for all servers: what to retry, what slows all workers down, what only this request cannot get, and
what ends the run because no request can be answered.
"""

from datetime import datetime, timedelta
from enum import Enum

from promptmix.llm.endpoints.meanings import (
    FILTER,
    KEY,
    LOADING,
    LONG,
    MODEL,
    MONEY,
    OVERLOADED,
    STILL_LOADING,
)
from promptmix.llm.endpoints.refusals import Refusal, masked
from promptmix.llm.endpoints.replies import BrokenReply
from promptmix.llm.endpoints.transport import ConnectionFailed
from promptmix.llm.store.entries import Answer, TokenCounts

LONGEST_CAUSE = 60  # characters of the server's codes
LONGEST_WAIT = 600.0  # seconds; a server that asks for more ends the run


class FailureKind(Enum):
    """How to react to a failed request."""

    RETRY = "retry"
    """The same request may succeed later: a lost connection, a truncated reply, a fault of the server."""

    LOADING = "loading"
    """It may succeed in minutes: the server is starting, or a gateway does not reach it."""

    RATE_LIMITED = "rate limited"
    """Retry it, and slow all workers down: 429, 503."""

    TIMED_OUT = "timed out"
    """Retry it, with fewer in flight: no whole reply in time."""

    REFUSED = "refused"
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
        words: str = "",
    ) -> None:
        """Describe the failure.

        Args:
            kind: How to react.
            cause: Short and the same for equal causes, for tables: ``429``, ``connection``.
            message: One line for a person, with the server's own words and without the key.
            pause: Seconds the server asked to wait; None where it does not say.
            fallback: A poor answer that did come, used if retries bring nothing better.
            usage: Of a reply that came, had to be paid for, and is no answer; that of ``fallback`` is implied.
            words: The server's own words alone, for files; by default the message.
        """
        super().__init__(message)
        self.kind, self.cause, self.message, self.pause, self.fallback = kind, cause, message, pause, fallback
        self.usage = fallback["usage"] if fallback else usage
        self.words = words or message


BUSY = {420, 429, 503, 529}
GATEWAY = {502, 504, 521, 522, 523, 524, 530}


def refused(refusal: Refusal, path: str, address: str) -> RequestFailed:
    """Classify a request that a server did not answer; ``path`` is that of the request, ``address`` the server's."""
    kind, status, words = _kind(refusal, path), refusal.status, masked(refusal.words)
    message = f"{address} refused ({status}): {words}"
    if LONG.search(words) and kind is FailureKind.REFUSED:
        message += "; llm.context says how many tokens the model takes, and prompts are then shortened"
    if status == 404 and words.lower() == "resource not found":  # Azure's words
        message += "; at Azure, OPENAI_API_VERSION and the deployment's name (llm.model) are part of the address"
    waits = kind in (FailureKind.RETRY, FailureKind.LOADING, FailureKind.RATE_LIMITED)
    if waits and refusal.pause is not None and refusal.pause > LONGEST_WAIT:
        return RequestFailed(FailureKind.FATAL, str(status), f"{message}; {_back_at(refusal.pause)}")
    cause = f"{status} {refusal.codes[:LONGEST_CAUSE]}".strip()
    return RequestFailed(kind, cause, message, refusal.pause, usage=refusal.usage, words=words)


def is_unclear(failed: RequestFailed, refusal: Refusal) -> bool:
    """Tell whether a request was refused for a reason that may lie in its form: not its length, nor what it says."""
    said = f"{refusal.codes} {refusal.words}"
    unclear = refusal.status in (400, 422) and not LONG.search(said) and not FILTER.search(said)
    return failed.kind is FailureKind.REFUSED and unclear


def disconnected(error: ConnectionFailed, address: str) -> RequestFailed:
    """Classify a request without a whole reply."""
    words = masked(error.message, 160)
    if error.kind == "permanent":
        return RequestFailed(FailureKind.FATAL, "connection", f"{address} cannot be reached: {words}")
    if error.kind == "timeout":
        message = f"{address} did not answer in time ({words}); asking.yaml has the timeout"
        return RequestFailed(FailureKind.TIMED_OUT, "timeout", message)
    return RequestFailed(FailureKind.RETRY, "connection", f"{address} cannot be reached ({words})")


def malformed(error: Exception, address: str) -> RequestFailed:
    """Describe a reply that is none, or half of one."""
    if isinstance(error, BrokenReply):
        message = f"{address} broke off its answer: {masked(str(error), 160)}"
        return RequestFailed(FailureKind.RETRY, "malformed", message, usage=error.usage)
    message = f"{address} does not answer by OpenAI's protocol: {masked(str(error), 160)}"
    return RequestFailed(FailureKind.RETRY, "malformed", message)


def _kind(refusal: Refusal, path: str) -> FailureKind:
    status, said = refusal.status, f"{refusal.codes} {refusal.words}"
    if status in (401, 402, 407) or MONEY.search(said):
        return FailureKind.FATAL
    if FILTER.search(said) and status < 500 and status not in {404, 405, *BUSY}:
        return FailureKind.REFUSED
    if kind := _kind_of_busy(status, said):
        return kind
    if MODEL.search(said):
        return FailureKind.FATAL
    if status in (404, 405, 501) and not path.startswith("chat"):
        return FailureKind.REFUSED  # many servers answer chats alone
    if status in (403, 404, 405) or (status == 400 and KEY.search(said)):
        return FailureKind.REFUSED if "logprob" in said.lower() else FailureKind.FATAL
    if status in (408, 409, 425) or status >= 500:
        return FailureKind.RETRY
    return FailureKind.REFUSED


def _kind_of_busy(status: int, said: str) -> FailureKind | None:
    """Return how to react to a server that would answer later; None where this is not what is wrong."""
    if status in BUSY:
        return FailureKind.LOADING if status == 503 and LOADING.search(said) else FailureKind.RATE_LIMITED
    if status in GATEWAY or (status >= 500 and LOADING.search(said)) or STILL_LOADING.search(said):
        return FailureKind.LOADING
    return FailureKind.RATE_LIMITED if status < 500 and OVERLOADED.search(said) else None


def _back_at(seconds: float) -> str:
    moment = datetime.now().astimezone() + timedelta(seconds=seconds)
    until = f"it asks to wait {_duration(seconds)}, until {moment:%Y-%m-%d %H:%M}"
    return f"{until}; every answer is kept, run the same command then to go on"


def _duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
