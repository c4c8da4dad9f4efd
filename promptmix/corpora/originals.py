"""From the original files of a data set to the texts that are ready to use."""

from pathlib import Path

from promptmix import corpora
from promptmix.core import seeds
from promptmix.corpora.compile import Compiled, compile_corpus
from promptmix.corpora.sources import read_descriptions, read_files
from promptmix.params import Compile


def compiled(name: str, folder: Path, settings: Compile) -> Compiled:
    """Compile a data set; the files of a public one are downloaded to the folder if they are not there.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    corpus = corpora.named(name)
    return compile_corpus(
        name,
        corpus.parse(read_files(folder, corpus.files)),
        read_descriptions(folder),
        settings.validation_share,
        settings.validation_max,
        seeds.rng("compile", name),
    )
