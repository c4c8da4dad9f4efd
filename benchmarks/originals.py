"""Compiles data sets in memory from their original files, so that a benchmark needs no run of the pipeline."""

from pathlib import Path

from promptmix import params
from promptmix.corpora.compile import Compiled, compile_dataset

RAW = Path("data/raw")


def compiled(name: str) -> Compiled:
    """Return what the compile stage makes of a data set with the present params.

    The original files of a public data set are downloaded once.

    Raises:
        DataError: the original files cannot be fetched, or cannot be used.
    """
    settings, sample = params.load("compile", "sample")
    return compile_dataset(name, RAW / name, settings, sample.shots)
