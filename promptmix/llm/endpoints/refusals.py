"""What a server says when it refuses: its words, its codes, the fields it complains about, how long it asks to wait.

It says so with a status, or in a reply of status 200. Nothing here decides what follows
(:mod:`promptmix.llm.endpoints.failures` does).
"""

import json
from collections.abc import Iterator, Mapping
from http.client import responses
from typing import Any, NamedTuple

from promptmix.llm.endpoints.error_words import parts_of, plain_words, values_of, words_of
from promptmix.llm.endpoints.meanings import FILTER
from promptmix.llm.endpoints.secrets import without_secrets
from promptmix.llm.endpoints.usage import token_counts
from promptmix.llm.endpoints.waits import pause_in, pause_of
from promptmix.llm.store.entries import TokenCounts

CODES = ("code", "type", "status", "reason", "__type")
LONGEST_CODE = 60  # characters; what is longer, or has spaces, is no code but words
FINE = {"0", "200", "ok", "success", "none", ""}  # codes of an error that is none, as some gateways send it
LIMITED = {429, 503, 529}  # statuses that say that a limit is reached


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

    usage: TokenCounts | None = None
    """Of half an answer that came with it and had to be paid for."""


def read_refusal(status: int, headers: Mapping[str, str], data: bytes) -> Refusal:
    """Read the reply of a server that refused, whatever its form."""
    text = data.decode("utf-8-sig", "replace").strip()
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        body = None
    said = words_of(body, is_error=True) or ("" if body is not None else plain_words(without_secrets(text)))
    return _refusal(status, said or responses.get(status, "no reason given"), body, headers)


def refusal_inside(body: Mapping[str, Any], headers: Mapping[str, str]) -> Refusal | None:
    """Return the error in a reply of status 200, as some gateways send it; None where there is none.

    An error beside an answer counts where it says what went wrong; what came of the answer is then half of it.
    """
    error = body.get("error") or body.get("errors")
    choices = body.get("choices")
    usage = None
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        choice = choices[0]
        error = choice.get("error") or error
        broken = str(choice.get("finish_reason")).lower() == "error"
        if not error or not (broken or _is_failure(error, choice)):
            return None
        usage = _paid(body, choice)
    elif not error:
        filters = _filters(body)
        if filters:
            return _refusal(400, f"the server's filter refused the prompt ({filters}, content_filter)", body, headers)
        if (isinstance(choices, list) and choices) or not words_of(body):
            return None
    words = words_of(error or body, is_error=bool(error)) or "an error without words"
    return _refusal(_named_status(error or body, words), words, body, headers)._replace(usage=usage)


def masked(words: str, most: int = 300) -> str:
    """Put words on one line of at most ``most`` characters, with every key masked before anything is cut."""
    return " ".join(without_secrets(words).split())[:most]


def _refusal(status: int, words: str, body: Any, headers: Mapping[str, str]) -> Refusal:
    limited = status in LIMITED
    pause = pause_of(headers, limited)
    if pause is None:
        pause = pause_in(body, words, limited)
    return Refusal(status, masked(words, 1000), _codes(body), tuple(_fields(body)), pause)


def _codes(body: Any) -> str:
    """Return the codes in a body: one word each, and without the key, as they become part of tables and messages."""
    found: dict[str, None] = {}
    for value in values_of(body, CODES):
        code = masked(value[:1000]) if isinstance(value, str) else str(value) if abs(value) < 1e9 else ""
        if code and code != "0" and " " not in code and len(code) <= LONGEST_CODE:
            found[code.lower()] = None
    return " ".join(found)[:300]


def _is_failure(error: Any, choice: Mapping[str, Any]) -> bool:
    """Tell whether an error beside a choice is one: it has a code, or words though the answer is not said to be whole.

    Some gateways send ``{"code": 0, "message": "success"}`` with every answer.
    """
    code = error.get("code", error.get("status")) if isinstance(error, Mapping) else None
    if code is not None and not isinstance(code, Mapping | list):
        return _word(code) not in FINE
    message = choice.get("message") or choice.get("delta")
    whole = choice.get("finish_reason") and (
        choice.get("text") or (isinstance(message, Mapping) and message.get("content"))
    )
    return bool(words_of(error, is_error=True)) and not whole


def _word(code: Any) -> str:
    return code.strip().lower() if isinstance(code, str) else "0" if code == 0 else "200" if code == 200 else "other"


def _paid(body: Mapping[str, Any], choice: Mapping[str, Any]) -> TokenCounts | None:
    message = choice.get("message") or choice.get("delta")
    text = choice.get("text") or (message.get("content") if isinstance(message, Mapping) else "")
    counts = token_counts(body.get("usage"), "", text if isinstance(text, str) else "")
    return counts if counts["prompt_tokens"] or counts["completion_tokens"] else None


def _filters(body: Mapping[str, Any]) -> str:
    """Return what filters say of a prompt that they stopped, in Azure's form or Gemini's; empty where none did."""
    kinds = [
        kind
        for kind, result in parts_of(body.get("prompt_filter_results"))
        if isinstance(result, Mapping) and result.get("filtered") is True
    ]
    reasons = values_of(body, ("blockReason", "block_reason"), (str,))
    return ", ".join([*kinds, *reasons][:3])


def _fields(body: Any) -> Iterator[str]:
    """Yield the fields that an error names apart from its words: OpenAI's ``param``, the ``loc`` of pydantic."""
    for name in values_of(body, ("param", "field", "parameter"), (str,)):
        yield name.rpartition(".")[2]
    for place in values_of(body, ("loc",), (list,)):
        yield from (str(part) for part in place if isinstance(part, str) and part not in ("body", "query"))


def _named_status(error: Any, words: str) -> int:
    """Return the status that an error inside a reply means: by its code, else by its words."""
    for code in values_of(error, ("code", "status", "status_code", "statusCode")):
        number = str(code) if isinstance(code, str) or abs(code) < 1000 else ""
        if len(number) == 3 and number.isascii() and number.isdecimal() and 400 <= int(number) < 600:
            return int(number)
    said = words.lower()
    meanings = {
        404: ("unexpected endpoint", "not found", "no such", "unknown url", "does not exist"),
        429: ("rate limit", "too many requests", "quota"),
        401: ("api key", "api secret", "unauthorized", "authentication", "login"),
        400: ("unsupported", "not supported", "invalid", "not permitted", "context length"),
    }
    if FILTER.search(f"{_codes(error)} {words}"):
        return 400
    return next((status for status, signs in meanings.items() if any(sign in said for sign in signs)), 502)
