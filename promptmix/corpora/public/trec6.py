"""TREC questions by the kind of answer they ask for (Li and Roth 2002): 6 classes, 5452 train and 500 test rows.

A line is ``COARSE:fine question``. The label is taken from the name in the line, never from a number, because the order
of the numbers has changed between releases of this set and swapped classes unnoticed.
"""

from collections.abc import Mapping

from promptmix.corpora.base import Corpus, File, SourceRow, Splits

LABELS = {
    "ABBR": "abbreviation",
    "DESC": "description",
    "ENTY": "entity",
    "HUM": "human",
    "LOC": "location",
    "NUM": "numeric",
}

# The bytes are those of cogcomp.org, which serves no fixed version; this repository carries them at a commit.
SOURCE = (
    "https://raw.githubusercontent.com/harvardnlp/sent-conv-torch/d61ded09c99c0199d8c5bca946cd65864de2b296/data/raw"
)
TRAIN = File(
    "train_5500.label", f"{SOURCE}/TREC.train", "9e4c8bdcaffb96ed61041bd64b564183d52793a8e91d84fc3a8646885f466ec3"
)
TEST = File("TREC_10.label", f"{SOURCE}/TREC.test", "033f22c028c2bbba9ca682f68ffe204dc1aa6e1cf35dd6207f2d4ca67f0d0e8e")


def _parse(files: Mapping[str, bytes]) -> Splits:
    """Read ``train_5500.label`` and ``TREC_10.label``."""
    train, test = (_rows(file.name, files[file.name]) for file in (TRAIN, TEST))
    return Splits(train, test)


def _rows(name: str, data: bytes) -> tuple[SourceRow, ...]:
    # One train line ("sister\xf0city") is not UTF-8; the byte becomes a space, as in Hugging Face's copy.
    lines = data.replace(b"\xf0", b" ").decode().splitlines()
    return tuple(_row(line, f"{name}:{number}") for number, line in enumerate(lines, start=1))


def _row(line: str, place: str) -> SourceRow:
    kind, text = line.split(" ", maxsplit=1)
    return SourceRow(text.strip(), LABELS[kind.partition(":")[0]], place)


CORPUS = Corpus((TRAIN, TEST), _parse)
