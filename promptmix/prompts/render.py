"""Prompts from templates: pure functions of classes, shots and texts, in an order that the caller decides.

The words are data: files in ``templates/``, rendered by Jinja2. To change the words of a prompt, change its golden file
in ``tests/prompts/golden/`` in the same commit.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import zip_longest
from typing import Any, NamedTuple
from unicodedata import category

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.prompts.variants import VARIANTS

FOLDED = {"Cc", "Cs", "Zl", "Zp"}  # control characters, half surrogates, separators of lines and paragraphs
STOPS = ".。．।۔"  # at the end of a description, in any script
CUT = "\x1f"  # a control character that no text contains after `one_line`; marks where the shared part of a prompt ends

NOTHING = DataInfo(about=None, language=None)
"""Nothing is known of what the texts are, and prompts say nothing of it."""


class RenderedPrompt(NamedTuple):
    """A rendered prompt."""

    text: str
    shared: int
    """Characters at the start that all prompts over the same classes and shots have in common."""


def mix(
    variant: str,
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    target: str,
    other: str | None,
    target_share: float,
    count: int,
    style: str = "",
    info: DataInfo = NOTHING,
) -> RenderedPrompt:
    """Ask for ``count`` texts that are ``target_share`` of ``target`` and the rest of ``other``.

    The two percentages are whole numbers that add to 100 (the authors' code truncates 90/10 to 90/9). A prompt that
    does not mix has no ``other``. ``style`` says how to write the texts; an empty string leaves that to the model.
    ``info`` says what the texts are; where it names a language, texts are asked for in that language.
    """
    shown = VARIANTS[variant]
    percent = round(100 * target_share)
    values = {"target": one_line(target), "count": count, "style": style}
    if shown.mixes:
        values |= {"other": one_line(other or ""), "target_percent": percent, "other_percent": 100 - percent}
    shots = shots if shown.examples else []
    return _render(shown.template, classes, shots, values, info, descriptions=shown.descriptions)


def classify(
    template: str,
    candidates: Sequence[ClassInfo],
    shots: Sequence[Example],
    text: str,
    info: DataInfo = NOTHING,
) -> RenderedPrompt:
    """Ask which of ``candidates`` a text belongs to; candidates without a shot are listed too."""
    return _render(template, candidates, shots, {"text": one_line(text)}, info, descriptions=True)


def draft_description(
    classes: Sequence[ClassInfo], shots: Sequence[Example], target: str, info: DataInfo = NOTHING
) -> RenderedPrompt:
    """Ask for the description of a class, from the names and shots of all; their present descriptions are not shown."""
    return _render("describe_chat", classes, shots, {"target": one_line(target)}, info, descriptions=False)


def one_line(text: str) -> str:
    """Fold white space and control characters of a text to single spaces, so that it stays one line of a prompt.

    Everything else stays: joiners and marks, without which a word of another script is another word, and emoji.
    """
    return " ".join("".join(" " if category(c) in FOLDED else c for c in text).split())


def _render(
    template: str,
    classes: Sequence[ClassInfo],
    shots: Sequence[Example],
    values: Mapping[str, Any],
    info: DataInfo,
    *,
    descriptions: bool,
) -> RenderedPrompt:
    texts = {c.label: [one_line(shot.text) for shot in shots if shot.label == c.label] for c in classes}
    described = [
        {
            "label": one_line(c.label),
            "description": one_line(c.description).rstrip(STOPS) if descriptions else None,
            "shots": texts[c.label],
        }
        for c in classes
    ]
    # Rounds (one shot of every class, then the next) keep the last examples before the question balanced.
    rounds = zip_longest(
        *([{"text": text, "label": one_line(label)} for text in some] for label, some in texts.items())
    )
    text = _template(template).render(
        classes=described,
        rounds=[[example for example in each if example] for each in rounds],
        has_shots=any(texts.values()),
        end_of_shared_part=CUT,
        info={name: one_line(words or "").rstrip(STOPS) for name, words in info},
        **values,
    )
    shared, _, rest = text.partition(CUT)
    return RenderedPrompt(shared + rest, len(shared))


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("promptmix.prompts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # plain text, no markup
    )
    return environment.get_template(f"{name}.j2")
