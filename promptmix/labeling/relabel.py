"""What the second LLM pass makes of generated texts."""

from collections.abc import Mapping, Sequence
from typing import Literal

from promptmix.core.records import Generated, Relabeled
from promptmix.labeling.cases import Verdict, share_prior


def priors(texts: Sequence[Generated], labels: Sequence[str], weight: float) -> list[Mapping[str, float]] | None:
    """Return the log-prior of every text's label from the shares it was written for; None at weight 0."""
    if weight == 0:
        return None
    return [share_prior(text.target, text.other, text.target_share, labels, weight) for text in texts]


def apply(
    texts: Sequence[Generated], verdicts: Sequence[Verdict], unmatched: Literal["keep", "drop"]
) -> list[Relabeled]:
    """Join texts and verdicts; where the model named no candidate, the given label is kept or the text has none."""
    return [_relabeled(text, verdict, unmatched) for text, verdict in zip(texts, verdicts, strict=True)]


def summary(relabeled: Sequence[Relabeled]) -> str:
    """Say in one line how many texts changed their label."""
    moved = sum(text.label not in (None, text.given) for text in relabeled)
    lost = sum(text.label is None for text in relabeled)
    return f"{moved} of {len(relabeled)} texts got another label, {lost} have none"


def _relabeled(text: Generated, verdict: Verdict, unmatched: Literal["keep", "drop"]) -> Relabeled:
    kept = verdict.label is None and unmatched == "keep"
    return Relabeled(
        id=text.id,
        text=text.text,
        given=text.target,
        label=text.target if kept else verdict.label,
        candidates=verdict.candidates,
        reply=verdict.reply,
        matched="kept" if kept else verdict.matched,
        probabilities=verdict.probabilities,
        target_share=text.target_share,
    )
