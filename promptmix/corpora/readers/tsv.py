"""Files with tabs between the fields, which may or may not stand in quotes."""

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.corpora.base import Table
from promptmix.corpora.settings import DataSettings
from promptmix.corpora.sniffing import read_delimited


def read_tsv(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read the records of a TSV file.

    Raises:
        DataError: the file is not UTF-8 or cannot be divided.
    """
    of_tabs = settings.model_copy(update={"delimiter": None})  # that of dataset.yaml is for .csv
    return read_delimited(name, decoded(name, data, DataError), of_tabs, delimiters="\t")


READ = read_tsv
