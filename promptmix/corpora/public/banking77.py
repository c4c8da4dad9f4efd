"""Customers' questions to a bank (Casanueva et al. 2020): 77 intents, 10003 train and 3080 test rows.

Label names are kept as published, ``Refund_not_showing_up`` and ``reverted_card_payment?`` included. Texts may
hold line breaks inside quotes, so rows are counted with a CSV reader, not by lines.
"""

from collections.abc import Mapping
from itertools import islice

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.corpora.base import Corpus, File, SourceRow, Splits, csv_records

SOURCE = (
    "https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/"
    "57ec275d8078af65b7731c2a98be812d844a6d6b/banking_data"
)
TRAIN = File("train.csv", f"{SOURCE}/train.csv", "b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b")
TEST = File("test.csv", f"{SOURCE}/test.csv", "d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d")


def _parse(files: Mapping[str, bytes]) -> Splits:
    """Read ``train.csv`` and ``test.csv``."""
    train, test = (_rows(file.name, files[file.name]) for file in (TRAIN, TEST))
    return Splits(train, test)


def _rows(name: str, data: bytes) -> tuple[SourceRow, ...]:
    records = islice(csv_records(name, decoded(name, data, DataError)), 1, None)  # the first is the header
    return tuple(SourceRow(text.strip(), label, f"{name}:{line}") for line, (text, label) in records)


CORPUS = Corpus((TRAIN, TEST), _parse)
