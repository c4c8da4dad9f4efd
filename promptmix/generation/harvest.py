"""What came of the prompts for texts: summed up in a line, and given up where it is hopeless."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo, Completion, Generated, MixPrompt, Rejected

if TYPE_CHECKING:
    from promptmix.params import Generate

FIRST = 24  # replies after which a run without a single usable text is given up
HANDFUL = 6  # fewer replies say nothing
_OTHER_MODEL = "try generate.json_schema: true, another generate.prompt or another llm.model"
_ADVICE = {
    "too_short": "lower generate.min_words",
    "cut off": "raise generate.max_tokens",
    "cut_off": "raise generate.max_tokens",
    "empty": "raise generate.max_tokens if the model thinks before it writes, or use another llm.model",
    "blank": "use another llm.model",
    "copies_shot": "try generate.prompt: mixup_new_chat, a higher generate.temperature or another llm.model",
    "near_duplicate": "raise generate.near_duplicates",
    "refused": "describe the classes in other words (classes.yaml) or use another llm.model",
}


@dataclass
class Harvest:
    """The prompts and what came of them; ``generated`` and ``rejected`` together hold every line of every reply."""

    prompts: list[MixPrompt] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    generated: list[Generated] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    def missing(self, labels: Sequence[str], per_class: int) -> dict[str, int]:
        """Return how many texts each class is short of, in class order; classes with enough are left out."""
        have = Counter(text.target for text in self.generated)
        return {label: per_class - have[label] for label in labels if have[label] < per_class}


def describe_harvest(settings: "Generate", classes: Sequence[ClassInfo], harvest: Harvest) -> str:
    """Say in one line what came of the prompts, and which classes are short of texts."""
    reasons = Counter[str](line.reason for line in harvest.rejected)
    line = (
        f"{len(harvest.generated)} texts kept of {len(harvest.prompts)} replies, {len(harvest.rejected)} lines rejected"
    )
    if reasons:
        line += f" ({_counted(reasons)})"
    replies = _poor_replies(harvest)
    if refused := replies.pop("refused", 0):
        line += f"; {refused} prompts refused ({_counted(_refusals(harvest))})"
    if replies:
        line += f"; replies {_counted(replies)}"
    if short := harvest.missing([c.label for c in classes], settings.per_class):
        line += f"; still missing after {settings.max_prompts_per_class} prompts a class: "
        line += ", ".join(f"{label} {count}" for label, count in short.items())
        if without := [label for label, count in short.items() if count == settings.per_class]:
            line += f"; not one text for {', '.join(without)}"
    return line


def require_texts(harvest: Harvest) -> None:
    """Let a run go on unless a good many replies have brought nothing at all.

    Raises:
        LLMError: they have; it says what came, which setting to change, and what was paid.
    """
    if harvest.generated or len(harvest.completions) < HANDFUL:
        return
    replies = _poor_replies(harvest)
    counts = replies + Counter(line.reason for line in harvest.rejected if line.reason != "blank")
    most = counts.most_common(1)[0][0] if counts else "blank"
    example = next((c.text for c in harvest.completions if c.text.strip()), "")
    shown = f", for example {' '.join(example.split())[:100]!r}" if example else ""
    if not example and (reasons := _refusals(harvest)):
        shown = f" ({_counted(reasons)})"
    tokens_in, tokens_out = _paid(harvest.completions)
    raise LLMError(
        f"the first {len(harvest.completions)} replies hold no usable text: {_counted(counts) or 'blank lines'}{shown};"
        f" {_ADVICE.get(most, _OTHER_MODEL)}; paid so far: {tokens_in} tokens in, {tokens_out} out"
    )


def _poor_replies(harvest: Harvest) -> Counter[str]:
    """Count replies that were refused, hold nothing, or were cut off at the token limit."""
    kinds = Counter[str]()
    for completion in harvest.completions:
        if completion.finish == "refused":
            kinds["refused"] += 1
        elif completion.finish == "length":
            kinds["cut off"] += 1
        elif not completion.text.strip():
            kinds["empty"] += 1
    return kinds


def _refusals(harvest: Harvest) -> Counter[str]:
    """Count the reasons of refused prompts, in the server's words."""
    reasons = (c.reason or "no reason given" for c in harvest.completions if c.finish == "refused")
    return Counter(" ".join(reason.split())[:160] for reason in reasons)


def _paid(completions: Sequence[Completion]) -> tuple[int, int]:
    return sum(c.usage.prompt_tokens for c in completions), sum(c.usage.completion_tokens for c in completions)


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
