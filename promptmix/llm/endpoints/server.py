"""Serves a GGUF file by llama.cpp inside this process, on a free port of the loopback address."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.core import command
from promptmix.core.errors import ModelError
from promptmix.models.pretrained import Pretrained

if TYPE_CHECKING:
    import xllamacpp

CONTEXT = 8192  # tokens of prompt and answer


@contextmanager
def serve(model: Pretrained, threads: int | None) -> Iterator[str]:
    """Serve a model until the block ends; yields the server's base URL, without ``/v1``.

    Args:
        model: Its one file is the GGUF.
        threads: Compute threads; None for one per core.
    """
    (file,) = model.ensure()
    server = None
    try:
        with command.uninterrupted():  # a server that is closed before its loop has begun waits for it forever
            server = _started(file, threads or os.cpu_count() or 1)
        yield server.listening_address
    except BaseException:
        if server is not None:
            command.abandon(server)  # it may be computing, and closing it would wait for that
        raise
    del server


def _started(file: Path, threads: int) -> "xllamacpp.Server":
    import xllamacpp

    try:
        return xllamacpp.Server(_settings(str(file), threads))
    except RuntimeError:
        raise ModelError(f"{file}: llama.cpp cannot serve it; is it a complete GGUF file?") from None


def _settings(path: str, threads: int) -> object:
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = path
    settings.n_ctx = CONTEXT
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
