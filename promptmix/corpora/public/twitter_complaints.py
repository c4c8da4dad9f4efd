"""Tweets that do or do not complain (Preoţiuc-Pietro et al. 2019): 50 train rows (RAFT's) and 3399 test rows.

Train is the training split of RAFT; test is the authors' file without those 50 texts, in file order, as in the paper.
(The labels of RAFT's own test split are not public.)
"""

from collections.abc import Mapping
from itertools import islice

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.corpora.base import Corpus, File, SourceRow, Splits, csv_records

ALL = File(
    "complaints-data.csv",
    "https://raw.githubusercontent.com/danielpreotiuc/complaints-social-media/"
    "54e3402c129341809b7f1d9889d9311c3f1c1c16/complaints-data.csv",
    "ae687761af2ba2785ee4b92fe50dd14a0f12e0b4c7397c931b7fbd468cbf63ef",
)
TRAIN = File(
    "raft_train.csv",
    "https://raw.githubusercontent.com/oughtinc/raft-baselines/"
    "1f410eea45db450e237b375b0693431dad09f9a3/data/twitter_complaints/train.csv",
    "365b067c2d2a7f30128d766baf4901936e047295bb2a693878164dbb84d828fa",
)
LABELS = {"0": "no complaint", "1": "complaint"}


def _parse(files: Mapping[str, bytes]) -> Splits:
    """Read ``raft_train.csv`` (train) and ``complaints-data.csv`` (test, once the train texts are taken out)."""
    train = tuple(_train_rows(files[TRAIN.name]))
    seen = {row.text for row in train}
    return Splits(train, tuple(row for row in _all_rows(files[ALL.name]) if row.text not in seen))


def _train_rows(data: bytes) -> list[SourceRow]:
    records = islice(csv_records(TRAIN.name, decoded(TRAIN.name, data, DataError)), 1, None)  # the first is the header
    return [SourceRow(text.strip(), label, f"{TRAIN.name}:{line}") for line, (text, label, _id) in records]


def _all_rows(data: bytes) -> list[SourceRow]:
    records = csv_records(ALL.name, decoded(ALL.name, data, DataError))  # this file has no header
    return [
        SourceRow(text.strip(), LABELS[label], f"{ALL.name}:{line}") for line, (_id, text, label, _domain) in records
    ]


CORPUS = Corpus((ALL, TRAIN), _parse)
