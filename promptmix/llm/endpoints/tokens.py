"""Tokens as text: servers show them decoded, in the alphabet of a byte-level tokenizer, as bytes, or as numbers."""

import ast
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

SPACE, BREAK = "\u0120", "\u010a"  # a space and a line feed in the alphabet of a byte-level tokenizer
LOW_LINE = "\u2581"  # a space for SentencePiece
BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
SPECIAL = re.compile(r"<[|\uff5c][^<>]*[|\uff5c]>")  # the end of a text, say, in no tokenizer's alphabet
NUMBER = re.compile(r"token_id:\d+")


def alternatives(shown: Any) -> dict[str, float]:
    """Return next tokens and their log-probabilities, the most probable first.

    Tokens that are not whole characters, numbers in place of tokens, and infinite log-probabilities are left out.

    Args:
        shown: A list of objects with ``token`` and ``logprob`` (or ``prob``), as in a reply to a chat; or an object of
            token to log-probability, as in a reply to a completion; or anything else, which shows nothing.
    """
    entries = _entries(shown)
    byte_level = _is_byte_level([token for token, _, raw in entries if raw is None])
    found: dict[str, float] = {}
    for token, value, raw in entries:
        text = _text(token, raw, byte_level)
        if text is not None:
            found[text] = max(value, found.get(text, -math.inf))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def token_text(token: str, raw: Any, others: Iterable[str]) -> str:
    """Return the text of the token that a reply consists of; ``others`` show what alphabet the server uses."""
    text = _text(token, _bytes(raw), _is_byte_level([token, *others]))
    return token if text is None else text


def _entries(shown: Any) -> list[tuple[str, float, bytes | None]]:
    """Return token, log-probability and bytes (None where not shown) of everything that has a finite probability."""
    if isinstance(shown, Mapping):
        shown = [{"token": token, "logprob": value} for token, value in shown.items()]
    found = []
    for each in shown if isinstance(shown, Sequence) else []:
        value = _logprob(each) if isinstance(each, Mapping) else None
        if value is not None and isinstance(token := each.get("token"), str):
            found.append((token, value, _bytes(each.get("bytes"))))
    return found


def _logprob(entry: Mapping[str, Any]) -> float | None:
    value, share = entry.get("logprob"), entry.get("prob")
    if value is None and isinstance(share, int | float) and share > 0:
        value = math.log(share)
    try:
        number = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    # Some servers write -1e38 where they mean minus infinity; its exponential is 0 all the same.
    return number if math.isfinite(number) else None


def _bytes(raw: Any) -> bytes | None:
    try:
        return bytes(raw) if isinstance(raw, list) and raw else None
    except (TypeError, ValueError):
        return None


def _text(token: str, raw: bytes | None, byte_level: bool) -> str | None:
    if NUMBER.fullmatch(token):
        return None
    if raw is None and (byte := BYTE.fullmatch(token)):
        raw = bytes.fromhex(byte[1])
    if raw is None and token.startswith("bytes:"):
        raw = _escaped(token.removeprefix("bytes:"))
    if raw is None and SPECIAL.fullmatch(token):
        return token
    if raw is None and byte_level:
        raw = bytes(_alphabet()[char] for char in token)
    if raw is None:
        return None if "\ufffd" in token else token.replace(LOW_LINE, " ")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _escaped(text: str) -> bytes | None:
    try:
        quoted = re.sub(r"\\?'", r"\\x27", text)
        return bytes(ast.literal_eval(f"b'{quoted}'"))
    except (SyntaxError, ValueError):
        return None


def _is_byte_level(tokens: Sequence[str]) -> bool:
    """Tell whether tokens are in the alphabet of a byte-level tokenizer, in which every character is one byte."""
    tokens = [token for token in tokens if not SPECIAL.fullmatch(token)]
    if not all(char in _alphabet() for token in tokens for char in token):
        return False
    if any(SPACE in token or BREAK in token for token in tokens):
        return True
    coded = [token for token in tokens if not token.isascii()]
    return bool(coded) and all(_decodes(bytes(_alphabet()[char] for char in token)) for token in coded)


def _decodes(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@cache
def _alphabet() -> dict[str, int]:
    """Return the byte of every character of GPT-2's alphabet: printed ones are themselves, others U+0100 and on."""
    printed = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {chr(0x100 + n): byte for n, byte in enumerate(others)}
