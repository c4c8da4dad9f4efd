"""The public data sets, one file each; ``CORPUS`` says how it is read."""

from promptmix.core.registry import Registry
from promptmix.corpora.base import Corpus

PUBLIC: Registry[Corpus] = Registry("promptmix.corpora.public", "CORPUS")
"""By name, the file's."""
