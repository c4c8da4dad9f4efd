"""What is true of each prompt that asks for texts: the one place that knows it.

The words themselves are in ``templates/NAME.j2``. The ablation of the paper has three axes: class descriptions,
examples, mixing; the names in quotation marks below are those of the authors' code at c6f27ba.
"""

from typing import Literal, NamedTuple

Form = Literal["chat", "completion"]
BOTH: tuple[Form, ...] = ("chat", "completion")
CHAT: tuple[Form, ...] = ("chat",)


class Wording(NamedTuple):
    """What a prompt shows and asks for."""

    form: Form
    """``chat``: one user message. ``completion``: the text is continued."""

    mixes: bool
    """Asks for texts between two classes; else for texts of the target alone."""

    descriptions: bool
    """Shows the descriptions of the classes; else their names alone."""

    examples: bool
    """Shows the shots."""

    stop: tuple[str, ...]
    """Strings that end the reply."""


class _Stem(NamedTuple):
    forms: tuple[Form, ...]
    mixes: bool
    descriptions: bool
    examples: bool
    stop: tuple[str, ...] | None = None


_STEMS = {
    "mixup": _Stem(BOTH, mixes=True, descriptions=True, examples=True),  # "mixed"
    "mixup_new": _Stem(CHAT, mixes=True, descriptions=True, examples=True),  # ours: other words than the examples
    "mixup_no_examples": _Stem(BOTH, mixes=True, descriptions=True, examples=False),  # "desc_w_mixing"
    "mixup_no_descriptions": _Stem(BOTH, mixes=True, descriptions=False, examples=True),
    "mixup_names": _Stem(BOTH, mixes=True, descriptions=False, examples=False),
    "plain": _Stem(BOTH, mixes=False, descriptions=True, examples=True),  # "desc_w_examples"
    "plain_new": _Stem(CHAT, mixes=False, descriptions=True, examples=True),  # twin of mixup_new
    "plain_no_examples": _Stem(BOTH, mixes=False, descriptions=True, examples=False),  # "desc_no_mixing"
    "plain_no_descriptions": _Stem(BOTH, mixes=False, descriptions=False, examples=True),
    "plain_names": _Stem(BOTH, mixes=False, descriptions=False, examples=False),
    "same_category": _Stem(BOTH, mixes=False, descriptions=False, examples=True),  # None
    "same_category_described": _Stem(BOTH, mixes=False, descriptions=True, examples=True),  # "acl_prompt_w_desc"
    "quick_baseline": _Stem(BOTH, mixes=False, descriptions=False, examples=True, stop=("\nCategory:",)),
}


def _wording(form: Form, stem: _Stem) -> Wording:
    stop = stem.stop if stem.stop is not None else ("\n\n",) if form == "completion" else ()
    return Wording(form, stem.mixes, stem.descriptions, stem.examples, stop)


WORDINGS = {f"{name}_{form}": _wording(form, stem) for name, stem in _STEMS.items() for form in stem.forms}


def unmixed(name: str) -> str:
    """Return the prompt that differs from this one in mixing alone; a prompt that does not mix is its own."""
    return name.replace("mixup", "plain", 1)
