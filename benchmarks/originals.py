"""Data sets compiled in memory from their original files, so that a benchmark needs no run of the pipeline."""

from pathlib import Path

from promptmix import corpora, params, seeds
from promptmix.compiling import Compiled, compile_corpus
from promptmix.raw import read_descriptions, read_files

RAW = Path("data/raw")


def compiled(name: str) -> Compiled:
    """Return what the compile stage makes of a data set with the present params; a public one is downloaded once.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    settings, corpus, folder = params.load().compile, corpora.named(name), RAW / name
    return compile_corpus(
        name,
        corpus.parse(read_files(folder, corpus.files)),
        read_descriptions(folder),
        settings.validation_share,
        settings.validation_max,
        seeds.rng("compile", name),
    )
