"""What can go wrong through no fault of this code, as one small tree.

PromptMixError
├── ParamsError   a value in params.yaml cannot be used
├── DataError     a data file, a label or a text cannot be used
├── ModelError    weights are missing, damaged or unknown
├── ClassifierError  a released classifier cannot be made, read or used
└── LLMError      the language model cannot be reached, or will not answer
    └── PromptsRefusedError  it refused some prompts, and has not been seen to answer others

A stage prints such an error as one line and exits with status 1 (see :mod:`promptmix.core.command`); any other
exception is a bug of ours and keeps its traceback.
"""


class PromptMixError(Exception):
    """Base of all errors that a user can mend; the message says where, what was found, and what would do."""


class ParamsError(PromptMixError):
    """A value in params.yaml, or a combination of values, cannot be used."""


class DataError(PromptMixError):
    """A data file, a label or a text cannot be used."""


class ModelError(PromptMixError):
    """Model weights are missing, damaged, or unknown by that name."""


class ClassifierError(PromptMixError):
    """A released classifier cannot be made, or its folder cannot be used."""


class LLMError(PromptMixError):
    """The language model cannot be reached, or will not answer."""


class PromptsRefusedError(LLMError):
    """Prompts were refused by a server that has not answered any other yet; it may answer others."""
