"""One random stream for each purpose, so that a new draw in one place shifts nothing elsewhere."""

import hashlib

import numpy as np


def rng(*purpose: str | int) -> np.random.Generator:
    """Return the random stream of one purpose, such as ``rng("sample", "demo", 0)``.

    The stream is decided by the whole tuple; there is no global state. Equal purposes give equal streams on every
    machine.
    """
    return np.random.default_rng(np.frombuffer(_digest(*purpose), dtype="<u8"))


def number(*purpose: str | int) -> int:
    """Return one non-negative 31-bit seed for a purpose, for libraries that want an integer."""
    return int.from_bytes(_digest(*purpose)[:4], "big") >> 1


def _digest(*purpose: str | int) -> bytes:
    return hashlib.sha256(repr(purpose).encode()).digest()
