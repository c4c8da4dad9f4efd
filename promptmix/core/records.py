"""The records that files consist of: one type per file, frozen, strict, with no unknown fields.

Labels are class names, never numbers. No record holds a time, host, path or duration, so equal inputs give byte-equal
files. Ids say where a record came from and sort in file order.
"""

import re
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Text = Annotated[str, Field(pattern=r"\S")]
"""A string that is not blank."""

TargetShare = Annotated[float, Field(ge=0.5, le=1.0)]
"""Share of the target class, 0.5 (on the boundary) to 1.0 (pure)."""

Reason = Literal[
    "blank",
    "preamble",
    "not_numbered",
    "echoes_prompt",
    "copies_shot",
    "duplicate",
    "near_duplicate",
    "too_short",
    "cut_off",
    "unreadable",
    "over_keep_per_prompt",
    "over_per_class",
]
"""Why a line of a reply is not used."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
"""Characters that are not seen: soft hyphen, zero-width space and joiners, direction marks, selectors of emoji style,
byte order mark. For comparing only; texts keep them."""


def folded(text: str) -> str:
    """Fold case, white space, Unicode form and invisible characters; what differs in nothing else is equal.

    Compatible characters are equal too: full-width letters, ligatures, the ellipsis, the hyphen that does not break.
    """
    compatible = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", compatible).replace("\u2010", "-").split())


def is_gold(id: str) -> bool:
    """Tell whether an example's id is that of a data set's text; the id of a generated text contains a "#"."""
    return "#" not in id


class Record(BaseModel):
    """Base of all records."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class ClassInfo(Record):
    """One class of a data set."""

    label: Text
    """Name of the class, as in prompts and files."""

    description: Text
    """One line that completes "NAME, which is about ..."."""


class DataInfo(Record):
    """What a data set says of its texts, for every prompt; None where it does not say."""

    about: Text | None
    """One line that completes "The texts are ...", such as "messages to the help chat of a shop"."""

    language: Text | None
    """The language of the texts by its English name, such as "Persian"."""


class PoolText(Record):
    """One text without a label."""

    id: Text
    """``DATASET/unlabeled/NUMBER``."""

    text: Text


class Example(Record):
    """One labeled text."""

    id: Text
    """``DATASET/SPLIT/NUMBER``, for example ``trec6/train/00017``; of a generated text, ``PROMPT_ID#LINE``."""

    text: Text
    label: Text
    probabilities: dict[str, Probability] | None = Field(default=None, exclude_if=lambda value: value is None)
    """Soft label: probabilities of the classes, summing to 1; left out where the label is certain."""


class Question(Record):
    """A prompt, without how the reply is sampled."""

    id: Text
    text: Text
    """The prompt as sent."""

    shared: Annotated[int, Field(ge=0)]
    """Length of the start of ``text`` that neighboring questions have in common; a server computes it once."""

    draw: Annotated[int, Field(ge=0)]
    """Distinguishes questions with the same text, so that each gets an answer of its own; counts up."""

    choices: tuple[Text, ...] = ()
    """The answer is one of these, where the endpoint can enforce that; empty for any answer."""


class MixPrompt(Question):
    """One prompt for texts, and what it asks for; its id is ``mix/CYCLE/TARGET/NUMBER``.

    A prompt that does not mix, ``plain/…``, has no ``other`` and asks for a share of 1.
    """

    group: tuple[Text, ...]
    """Labels of the classes that the prompt describes, in prompt order."""

    target: Text
    other: Text | None
    target_share: TargetShare
    """Share of ``target`` that the prompt asks for; ``other`` has the rest."""

    @model_validator(mode="after")
    def _classes_fit(self) -> Self:
        if self.target == self.other:
            raise ValueError(f"target and other are both {self.target!r}")
        if missing := {self.target, self.other or self.target} - set(self.group):
            raise ValueError(f"{sorted(missing)} not in the group {list(self.group)}")
        _whole_share(self.other, self.target_share)
        return self


class Usage(Record):
    """Tokens of one completion, as the endpoint counts them."""

    prompt_tokens: Annotated[int, Field(ge=0)]
    completion_tokens: Annotated[int, Field(ge=0)]


class Step(Record):
    """One token of an answer, and what could have come in its place."""

    token: str
    alternatives: dict[str, float]
    """Tokens and their log-probabilities, the most probable first."""


class Completion(Record):
    """One answer of a language model."""

    key: Text
    """Hash of everything that decides the answer; the response store keeps the whole request under this key."""

    prompt_id: Text
    model: Text
    text: str
    """The answer without the model's thoughts; may be empty."""

    finish: Literal["stop", "length", "refused"]
    """``stop``: the model ended by itself. ``length``: it was cut off at ``max_tokens``, perhaps inside a thought.
    ``refused``: a filter of the server or the model itself refused this prompt, and ``text`` is empty."""

    reason: str | None = Field(default=None, exclude_if=lambda value: value is None)
    """Why it was refused, in the server's words; left out where it was not."""

    usage: Usage
    alternatives: dict[str, float] = {}
    """For scoring: the most probable next tokens and their log-probabilities; empty otherwise."""

    steps: tuple[Step, ...] = Field(default=(), strict=False, exclude_if=lambda value: not value)
    """For scoring in a chat: every token of the answer; left out otherwise."""


class Generated(Record):
    """One usable text generated by the language model."""

    id: Text
    """``PROMPT_ID#LINE``, the line of the reply counted from 1."""

    text: Text
    target: Text
    other: Text | None
    """None where nothing was mixed."""

    target_share: TargetShare
    prompt_id: Text

    @model_validator(mode="after")
    def _share_fits(self) -> Self:
        _whole_share(self.other, self.target_share)
        return self


class Rejected(Record):
    """One line of a reply that is not used, and why."""

    prompt_id: Text
    line: str
    reason: Reason


class Relabeled(Record):
    """One generated text after the second LLM pass."""

    id: Text
    text: Text
    given: Text
    """Label that the text was generated for: the target of its prompt."""

    label: Text | None
    """Label after relabeling; None where the answer named no candidate and such texts are dropped."""

    candidates: tuple[Text, ...]
    """Labels among which the model chose, in prompt order."""

    reply: str
    """The answer of the model; empty where the candidates were scored."""

    matched: Literal["exact", "nearest", "scored", "kept", "none"]
    """How the reply became a label: named exactly, nearest candidate by embedding, highest score, or not at all
    (``kept``: the given label stays; ``none``: no label)."""

    probabilities: dict[str, Probability]
    """Probability of each candidate where they were scored; empty otherwise."""

    target_share: TargetShare
    """Share of ``given`` that the prompt asked for."""

    @property
    def confirmed(self) -> bool:
        """Whether the model named the given label again; one that was merely kept was not named."""
        return self.label == self.given and self.matched != "kept"


class Prediction(Record):
    """What a classifier predicts for one text."""

    id: Text
    gold: Text
    predicted: Text | None
    """None where a teacher's answer named no candidate; counts as wrong."""

    probabilities: dict[str, Probability]
    """Probability of every class that was considered; empty where only a name was given."""


def _whole_share(other: str | None, target_share: float) -> None:
    if other is None and target_share != 1.0:
        raise ValueError(f"without another class the target's share is 1, got {target_share}")
