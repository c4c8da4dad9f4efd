"""Data sets compiled in memory from their original files, so that a benchmark needs no run of the pipeline."""

from pathlib import Path

from promptmix import params
from promptmix.corpora import originals
from promptmix.corpora.compile import Compiled

RAW = Path("data/raw")


def compiled(name: str) -> Compiled:
    """Return what the compile stage makes of a data set with the present params; a public one is downloaded once.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    return originals.compiled(name, RAW / name, params.read().compile)
