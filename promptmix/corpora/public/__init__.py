"""The public data sets: each module here is one, found by its name, and its ``CORPUS`` says how it is read."""

from importlib import import_module
from pkgutil import iter_modules

from promptmix.corpora.base import Corpus


def corpora() -> dict[str, Corpus]:
    """Return the public data sets by name."""
    return {module.name: import_module(f"{__name__}.{module.name}").CORPUS for module in iter_modules(__path__)}
