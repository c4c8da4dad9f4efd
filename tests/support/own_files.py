"""Hand-made files of a user's own, read as a data set of them is."""

from collections.abc import Mapping

import pytest

from promptmix.core.errors import DataError
from promptmix.corpora import local
from promptmix.corpora.base import SourceRow

TEST = b"text,label\nhow long,when\n"
"""A test file that nothing is wrong with."""

GOOD = b"text,label\nhow far,where\nhow late,when\n"
"""A train file that nothing is wrong with."""


def rows(train: bytes, name: str = "train.csv") -> list[SourceRow]:
    """Read one hand-made train file of the user's own."""
    return list(local.corpus().parse({name: train, "test.csv": TEST}).train)


def refusal(files: Mapping[str, bytes]) -> str:
    """Return the words with which the user's own files are refused."""
    with pytest.raises(DataError) as caught:
        local.corpus().parse(files)
    return str(caught.value)


def refused_csv(train: bytes) -> str:
    return refusal({"train.csv": train, "test.csv": TEST})


def refused_jsonl(*lines: bytes) -> str:
    return refusal({"train.jsonl": b"\n".join(lines), "test.csv": TEST})
