"""What each prompt for texts shows and asks for; no other module knows it.

The words themselves are in ``templates/``. The ablation of the paper has three axes: class descriptions, examples,
mixing; the names in quotation marks below are those of the authors' code at c6f27ba.
"""

from typing import Literal, NamedTuple

Form = Literal["chat", "completion"]
BOTH: tuple[Form, ...] = ("chat", "completion")
CHAT: tuple[Form, ...] = ("chat",)


class PromptVariant(NamedTuple):
    """What a prompt shows and asks for."""

    template: str
    """File in ``templates/``, without its suffix; variants that only leave something out share one."""

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

    lists: bool
    """Asks for a whole list; else the prompt ends where its first text begins."""


class _Stem(NamedTuple):
    words: str
    forms: tuple[Form, ...]
    mixes: bool
    descriptions: bool
    examples: bool
    stop: tuple[str, ...] | None = None


_STEMS = {
    "mixup": _Stem("mixup", BOTH, mixes=True, descriptions=True, examples=True),  # "mixed"
    "mixup_new": _Stem("mixup_new", CHAT, mixes=True, descriptions=True, examples=True),  # ours: other words than shots
    "mixup_no_examples": _Stem("mixup", BOTH, mixes=True, descriptions=True, examples=False),  # "desc_w_mixing"
    "mixup_no_descriptions": _Stem("mixup", BOTH, mixes=True, descriptions=False, examples=True),
    "mixup_names": _Stem("mixup", BOTH, mixes=True, descriptions=False, examples=False),
    "plain": _Stem("plain", BOTH, mixes=False, descriptions=True, examples=True),  # "desc_w_examples"
    "plain_new": _Stem("plain_new", CHAT, mixes=False, descriptions=True, examples=True),  # twin of mixup_new
    "plain_no_examples": _Stem("plain", BOTH, mixes=False, descriptions=True, examples=False),  # "desc_no_mixing"
    "plain_no_descriptions": _Stem("plain", BOTH, mixes=False, descriptions=False, examples=True),
    "plain_names": _Stem("plain", BOTH, mixes=False, descriptions=False, examples=False),
    "same_category": _Stem("same_category", BOTH, mixes=False, descriptions=False, examples=True),  # None
    "same_category_described": _Stem(
        "same_category", BOTH, mixes=False, descriptions=True, examples=True
    ),  # "acl_prompt_w_desc"
    "quick_baseline": _Stem(
        "quick_baseline", BOTH, mixes=False, descriptions=False, examples=True, stop=("\nCategory:",)
    ),
}


def _variant(form: Form, stem: _Stem) -> PromptVariant:
    stop = stem.stop if stem.stop is not None else ("\n\n",) if form == "completion" else ()
    lists = stem.words.endswith("_new")
    return PromptVariant(f"{stem.words}_{form}", form, stem.mixes, stem.descriptions, stem.examples, stop, lists)


VARIANTS = {f"{name}_{form}": _variant(form, stem) for name, stem in _STEMS.items() for form in stem.forms}


def unmixed(name: str) -> str:
    """Return the prompt that differs from this one in mixing alone; a prompt that does not mix is returned as it is."""
    return name.replace("mixup", "plain", 1)
