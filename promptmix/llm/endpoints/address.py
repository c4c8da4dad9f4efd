"""The address of a server as a user gives it, checked before anything is sent to it."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from promptmix.core.errors import LLMError

PATHS = "/chat/completions", "/completions", "/responses", "/embeddings", "/models", "/chat"
"""Ends of addresses that are shown in consoles and examples, and do not belong to the base URL."""

ROOTS = "v1", "openai/v1", "api/v1", "v1beta/openai"
"""Where servers have the protocol; the first that is there is suggested."""

EXAMPLE = "http://127.0.0.1:8080/v1"
QUOTES = "\"'`“”‘’«»"
LOOK_TIMEOUT = 5.0  # seconds


def checked_address(variable: str, text: str) -> SplitResult:
    """Return the base URL that an environment variable holds, in parts, its path without a slash at the end.

    Raises:
        LLMError: it cannot be one; says what would do.
    """
    if not text.strip():
        raise LLMError(f"{variable} is empty; unset it, or set it to the address of a server like {EXAMPLE}")
    bare = text.strip(f"{QUOTES} \t\r\n")
    complete = _with_scheme(bare)
    base = _without_path(complete)
    parts = _parts(base)
    if base == text and parts:
        return parts._replace(path=parts.path.rstrip("/"))
    faults = {
        "has quotation marks or blanks around it": bare != text,
        "does not begin with http:// or https://": complete != bare,
        "is the address of one kind of request": base != complete,
        "is not the address of a server": True,
    }
    fault = next(words for words, found in faults.items() if found)
    would_do = f"set it to {shown(base)}" if parts else f"one like {EXAMPLE} would do"
    raise LLMError(f"{variable} {fault}: {shown(text)}; {would_do}")


def suggested_address(base: str) -> str | None:
    """Look for the place of the protocol where a server does not know ``base``; None: it is there, or nowhere.

    Sends no key and no message, so that nothing is answered or paid: a path is known where the server's reply differs
    from that to a path that nobody knows. The address is returned without a password.
    """
    from promptmix.llm.endpoints.connections import Connections
    from promptmix.llm.endpoints.transport import ConnectionFailed

    connections, parts = Connections(base, LOOK_TIMEOUT, 1), urlsplit(base)

    def status(path: str, body: bytes | None) -> int:
        url, headers = parts._replace(path=path).geturl(), {"Content-Type": "application/json"}
        return connections.exchange("POST" if body else "GET", url, body, headers).status

    def knows(path: str) -> bool:
        # Some servers answer every GET, or none.
        for place, body in ("models", None), ("chat/completions", b"{}"):
            found = status(f"{path}/{place}", body)
            if found not in (404, 405) and found != status(f"{path}/no-such-path", body):
                return True
        return False

    own = parts.path.rstrip("/")
    try:
        if status(f"{own}/no-such-path", b"{}") not in (404, 405):
            return None  # it answers everything alike
        path = next(filter(knows, _places(own)), own)
    except ConnectionFailed:
        return None
    return None if path == own else parts._replace(path=path, netloc=parts.netloc.rpartition("@")[2]).geturl()


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, which no proxy reaches."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _places(path: str) -> Iterator[str]:
    """Yield the paths where a server may have the protocol: as given, below it, at the root."""
    yield from dict.fromkeys((path, f"{path}/{ROOTS[0]}", *(f"/{root}" for root in ROOTS)))


def _with_scheme(text: str) -> str:
    """Return an address with its scheme; a slip of the pen in it is mended."""
    if re.match(r"(?i)https?://[^/]", text):
        return text
    if slip := re.match(r"(?i)(h?t?tps?)\s*(?::(?!/{3})\s*/*|//+)(?=[^/\d])", text):
        return f"{'https' if slip[1].lower().endswith('s') else 'http'}://{text[slip.end() :]}"
    if "://" in text:
        return text
    rest = text.lstrip("/")
    host = re.split(r"[/?:]", rest)[0]
    is_near = is_loopback(host) or re.match(r"[^/?]*:\d", rest)  # a port is given where people serve themselves
    return f"{'http' if is_near else 'https'}://{rest}"


def _without_path(text: str) -> str:
    """Return an address without the path of one kind of request; a query stays."""
    address, mark, query = text.partition("?")
    bare = address.rstrip("/")
    for path in PATHS:
        if bare.endswith(path):
            return f"{bare.removesuffix(path)}{mark}{query}"
    return text


def _parts(text: str) -> SplitResult | None:
    """Return the parts of a complete address; None where it is none."""
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    has_odd = (
        parts.netloc.endswith(":")
        or "@" in parts.path  # a password with a slash in it
        or re.search(r"[\s<>{}\[\]\\^|`\"…]", re.sub(r"\[[0-9a-fA-F:.]+(?:%25[\w.~-]+)?\]", "", text))
        or not text.isprintable()
    )
    return parts if is_whole and not has_odd and not parts.fragment else None


def shown(text: str) -> str:
    """Return an address on one line, without what stands before an @ and without values in a query but the version."""
    bare = re.sub(r"^((?:.*?//)?).*@", r"\1", " ".join(text.split()))
    return re.sub(r"([?&](?!api-version=)[^=&]*=)[^&]+", r"\1…", bare)
