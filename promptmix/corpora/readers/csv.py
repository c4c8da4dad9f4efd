"""CSV files with any of the usual delimiters, with or without a header."""

from promptmix.core.decoding import decoded
from promptmix.core.errors import DataError
from promptmix.corpora.base import Table
from promptmix.corpora.settings import DataSettings
from promptmix.corpora.sniffing import read_delimited


def read_csv(name: str, data: bytes, settings: DataSettings) -> Table:
    """Read the records of a CSV file.

    Raises:
        DataError: the file is not UTF-8 or not CSV, or two delimiters fit it equally well.
    """
    return read_delimited(name, decoded(name, data, DataError), settings)


READ = read_csv
