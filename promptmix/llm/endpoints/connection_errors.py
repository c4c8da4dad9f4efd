"""Errors of ``requests`` and of all that it stands on, as one line and a kind."""

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Literal

Kind = Literal["timeout", "lost", "permanent"]

BROKEN_OFF = ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError
PASSING = "BAD_RECORD_MAC", "INTERNAL_ERROR"  # TLS errors of a damaged connection or a busy server
UNTRUSTED = "; REQUESTS_CA_BUNDLE or SSL_CERT_FILE can name a file with the certificates to trust"


def explained(error: BaseException, *, reached: bool, proxy: str = "HTTPS_PROXY") -> tuple[str, Kind]:
    """Return what went wrong, in words that fit behind a server's address, and its kind.

    Args:
        error: As ``requests``, ``urllib3`` or the standard library raised it.
        reached: Whether the server was reached before; a host name that is not found is then a fault of the network.
        proxy: The variable of the environment that names the proxy, if there is one.
    """
    causes = list(_causes(error))
    for cause in reversed(causes):
        if found := _permanent(cause, reached, proxy):
            return found, "permanent"
    if any("Timeout" in type(cause).__name__ for cause in causes):
        return "no complete reply in time", "timeout"
    through = "the proxy: " if any(type(cause).__name__ == "ProxyError" for cause in causes) else ""
    return f"{through}{_lost(causes)}", "lost"


def _permanent(error: BaseException, reached: bool, proxy: str) -> str | None:
    """Say what is wrong where it is wrong for every request."""
    import requests

    if isinstance(error, ssl.SSLCertVerificationError):
        words = (error.verify_message or str(error.reason)).rstrip(".")
        return f"its certificate is not trusted: {words}{'' if 'mismatch' in words else UNTRUSTED}"
    if isinstance(error, ssl.SSLError) and not isinstance(error, BROKEN_OFF):
        reason = str(error.reason or error)
        return None if any(words in reason for words in PASSING) else f"no TLS connection: {reason}; is it https?"
    if type(error).__name__ == "SOCKS5AuthError":
        return "the proxy refused its user name and password"
    if tunnel := re.search(r"Tunnel connection failed: (\d+)(.*)", str(error)):
        return _of_tunnel(int(tunnel[1]), tunnel[2].strip(" ')"), proxy)
    if isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME and not reached:
        return f"no such host ({error.strerror})"
    if isinstance(error, requests.TooManyRedirects):
        return "it redirects in a circle"
    if isinstance(error, UnicodeError | requests.exceptions.InvalidHeader):
        return "a header, host name or password holds a character that cannot be sent"
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return str(error)
    return None


def wants_password(proxy: str) -> str:
    """Say that a proxy, named by the variable ``proxy``, does not take the user and password, or wants some."""
    return f"the proxy wants a user name and a password, or others (407); {proxy}=http://user:password@host:port"


def _of_tunnel(status: int, words: str, proxy: str) -> str | None:
    if status == 407:
        return wants_password(proxy)
    return None if status >= 500 else f"the proxy refused to connect ({status} {words})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it wraps, the innermost last."""
    seen: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in seen:
        seen.append(found)
        yield found
        inner = [getattr(found, "reason", None), *found.args, found.__cause__, found.__context__]
        found = next((each for each in inner if isinstance(each, BaseException) and each not in seen), None)


def _lost(causes: list[BaseException]) -> str:
    """Say how a connection was lost, without the class names and memory addresses that urllib3 prints."""
    names = {type(cause).__name__ for cause in causes}
    if "DecodeError" in names:
        return "the reply cannot be decompressed"
    if "IncompleteRead" in names or "InvalidChunkLength" in names:
        return "the reply broke off"
    words = getattr(causes[-1], "strerror", None) or str(causes[-1]) or type(causes[-1]).__name__
    return re.sub(r"^.*object at 0x\w+>?: ", "", words)
