"""What must not be shown: keys, passwords and values of addresses, wherever a server repeats them."""

import os
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, unquote, urlsplit

VARIABLES = "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"
SHORTEST = 4  # characters; what is shorter is part of many words
SHORTEST_VALUE = 8  # characters of a value in a query or header, which need not be a secret
OPEN = {"api-version", "accept", "content-type", "user-agent", "openai-organization", "openai-project"}
"""Names of values that are no secrets."""

_hidden: set[str] = set()


def hide(base: str, query: Mapping[str, object], headers: Mapping[str, str]) -> None:
    """Have the secrets of a connection masked from now on: its password, and values of its query and headers."""
    place = urlsplit(base)
    values = [*((name, str(value)) for name, value in query.items()), *parse_qsl(place.query), *headers.items()]
    words = [word for name, value in values if name.lower() not in OPEN for word in (value, value.rpartition(" ")[2])]
    _hidden.update(_spellings(word for word in words if len(word) >= SHORTEST_VALUE))
    _hidden.update(_spellings([place.password or ""]))


def without_secrets(words: str) -> str:
    """Return words with every key, password and token masked."""
    found = _hidden | {os.environ.get(name, "").strip() for name in VARIABLES}
    for secret in sorted(found, key=len, reverse=True):
        words = words.replace(secret, "***") if len(secret) >= SHORTEST else words
    return words


def _spellings(secrets: Iterable[str]) -> set[str]:
    return {each for secret in secrets for each in (secret, unquote(secret), quote(secret, safe=""))}
