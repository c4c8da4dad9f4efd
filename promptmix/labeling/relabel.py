"""PromptMix's second step: generated texts are labeled again."""

from collections.abc import Sequence
from typing import Literal

from promptmix.core.records import Completion, Generated, Relabeled
from promptmix.labeling.cases import Labeled
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.score import Scores, share_prior
from promptmix.llm.request import Asks


def relabel_texts(
    texts: Sequence[Generated], labeler: Labeler, client: Asks
) -> tuple[list[Relabeled], list[Completion]]:
    """Label generated texts again, with the shares that their prompts requested as priors where params.yaml says so."""
    priors = share_priors(texts, [c.label for c in labeler.classes], labeler.settings.prior_weight)
    labeled, completions = labeler.label({text.id: text.text for text in texts}, client, priors)
    return with_labels(texts, labeled, labeler.settings.on_no_match), completions


def share_priors(texts: Sequence[Generated], labels: Sequence[str], weight: float) -> list[Scores] | None:
    """Return the log-prior of every text's label from the shares it was generated for; None at weight 0."""
    if weight == 0:
        return None
    return [share_prior(text.target, text.other, text.target_share, labels, weight) for text in texts]


def with_labels(
    texts: Sequence[Generated], labeled: Sequence[Labeled], on_no_match: Literal["keep", "drop"]
) -> list[Relabeled]:
    """Join texts and labels; where the model named no candidate, the given label is kept or the text has none."""
    return [_relabeled(text, label, on_no_match) for text, label in zip(texts, labeled, strict=True)]


def describe_relabeled(relabeled: Sequence[Relabeled]) -> str:
    """Say in one line how many texts changed their label."""
    moved = sum(text.label not in (None, text.given) for text in relabeled)
    lost = sum(text.label is None for text in relabeled)
    return f"{moved} of {len(relabeled)} texts got another label, {lost} have none"


def _relabeled(text: Generated, labeled: Labeled, on_no_match: Literal["keep", "drop"]) -> Relabeled:
    kept = labeled.label is None and on_no_match == "keep"
    return Relabeled(
        id=text.id,
        text=text.text,
        given=text.target,
        label=text.target if kept else labeled.label,
        candidates=labeled.candidates,
        reply=labeled.reply,
        matched="kept" if kept else labeled.matched,
        probabilities=labeled.probabilities,
        target_share=text.target_share,
    )
