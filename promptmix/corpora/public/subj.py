"""Sentences from film plots (objective) and reviews (subjective), Pang and Lee 2004: 8000 train and 2000 test rows.

The split is that of SetFit/subj on the Hugging Face hub, which the paper's code loads; the files are a public copy of
it, rows in the hub's order, keys renamed to ``Input`` and ``Label``.
"""

import json
from collections.abc import Mapping

from promptmix.corpora.base import Corpus, File, SourceRow, Splits

SOURCE = (
    "https://raw.githubusercontent.com/Lainshower/In-Context-Calibration/"
    "ab46e494de9311463454d030660057866549993e/data/subj"
)
TRAIN = File(
    "setfit_subj.train.jsonl",
    f"{SOURCE}/train.jsonl",
    "9e44565add8c7df6fe04b80a38ee97df676556cac4cc37d8fefa84fc4ecbd423",
)
TEST = File(
    "setfit_subj.test.jsonl", f"{SOURCE}/test.jsonl", "9a0e7882b22b41785eda00ba346e04f5f7bbd010b4f75811775877a646666b55"
)


def _parse(files: Mapping[str, bytes]) -> Splits:
    """Read ``setfit_subj.train.jsonl`` and ``setfit_subj.test.jsonl``."""
    train, test = (_rows(file.name, files[file.name]) for file in (TRAIN, TEST))
    return Splits(train, test)


def _rows(name: str, data: bytes) -> tuple[SourceRow, ...]:
    lines = map(json.loads, data.decode().splitlines())
    return tuple(
        SourceRow(line["Input"], line["Label"], f"{name}:{number}") for number, line in enumerate(lines, start=1)
    )


CORPUS = Corpus((TRAIN, TEST), _parse)
