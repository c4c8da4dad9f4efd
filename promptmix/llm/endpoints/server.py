"""Serves a GGUF file by llama.cpp inside this process, on a free port of the loopback address."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.core import command
from promptmix.core.errors import ModelError
from promptmix.llm.context import BUNDLED
from promptmix.models.pretrained import Pretrained

if TYPE_CHECKING:
    import xllamacpp

_open: dict[Path, "_Shared"] = {}  # the oldest first


@dataclass
class _Shared:
    """A server and how many parts of this process use it."""

    server: "xllamacpp.Server"
    users: int = 0


@contextmanager
def serve(model: Pretrained, threads: int | None, context: int | None = None) -> Iterator[str]:
    """Serve a model until the block ends; yields the server's base URL, without ``/v1``.

    A model that this process serves already is not loaded twice.

    Args:
        model: Its one file is the GGUF.
        threads: Compute threads; None for one per core.
        context: Tokens of prompt and answer; None for :data:`promptmix.llm.context.BUNDLED`.
    """
    (file,) = model.ensure()
    try:
        with command.uninterrupted():  # a server that is closed before its loop has begun waits for it forever
            if file not in _open:
                _open[file] = _Shared(_started(file, threads or os.cpu_count() or 1, context or BUNDLED))
            _open[file].users += 1
        yield _open[file].server.listening_address
    except BaseException:
        if file in _open:
            command.abandon(_open[file].server)  # it may be computing, and closing it would wait for that
        raise
    finally:
        if file in _open:
            _open[file].users -= 1
        _close_unused()


def _close_unused() -> None:
    """Close servers that nobody uses, the oldest first: a younger one that is closed before it waits forever."""
    while _open and not next(iter(_open.values())).users:
        _open.pop(next(iter(_open)))


def _started(file: Path, threads: int, context: int) -> "xllamacpp.Server":
    import xllamacpp

    try:
        return xllamacpp.Server(_settings(str(file), threads, context))
    except RuntimeError:
        raise ModelError(f"{file}: llama.cpp cannot serve it; is it a complete GGUF file?") from None


def _settings(path: str, threads: int, context: int) -> object:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = path
    settings.n_ctx = context
    settings.n_parallel = 1
    settings.cpuparams.n_threads = threads
    settings.cpuparams_batch.n_threads = threads
    settings.verbosity = -1
    settings.ui = False
    # The RAM prompt cache has given one conversation's answer to another (llama.cpp issue 27148).
    settings.cache_ram_mib = 0
    # Sampling is what the request says and nothing else, as at a hosted endpoint.
    settings.sampling.top_k = 0
    settings.sampling.min_p = 0.0
    return settings
