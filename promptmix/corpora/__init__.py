"""The data sets: where the files of each are published, and how their bytes become labelled rows.

Nothing here opens a file or the network (:mod:`promptmix.corpora.sources` does), so every parser is tested on a few bytes.
"""

from promptmix.corpora import banking77, local, subj, trec6, twitter_complaints
from promptmix.corpora.base import Corpus, File, Row, Splits

__all__ = ["CORPORA", "Corpus", "File", "Row", "Splits", "named"]

CORPORA: dict[str, Corpus] = {
    "banking77": banking77.CORPUS,
    "subj": subj.CORPUS,
    "trec6": trec6.CORPUS,
    "twitter_complaints": twitter_complaints.CORPUS,
}
"""The public data sets known by name."""


def named(name: str) -> Corpus:
    """Return the public data set of that name; any other name stands for files of the user's own."""
    return CORPORA.get(name, local.CORPUS)
