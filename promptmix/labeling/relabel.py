"""PromptMix's second step: generated texts are labeled again."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from promptmix.core.records import Completion, Generated, Relabeled
from promptmix.labeling.cases import Labeled
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.score import Scores, share_prior
from promptmix.llm.request import Asks


class Relabeling(NamedTuple):
    """What came of labeling texts again; ``summary`` in one line."""

    relabeled: list[Relabeled]
    completions: list[Completion]
    summary: str


def relabel_texts(texts: Sequence[Generated], labeler: Labeler, client: Asks) -> Relabeling:
    """Label generated texts again, with the shares that their prompts requested as priors where params.yaml says so."""
    priors = share_priors(texts, [c.label for c in labeler.classes], labeler.settings.prior_weight)
    labels = labeler.label({text.id: text.text for text in texts}, client, priors)
    relabeled = with_labels(texts, labels.labeled, labeler.settings.on_no_match)
    summary = describe_relabeled(relabeled, labels.labeled)
    return Relabeling(relabeled, labels.completions, f"{summary}{'; ' if labels.note else ''}{labels.note}")


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


def describe_relabeled(relabeled: Sequence[Relabeled], labeled: Sequence[Labeled]) -> str:
    """Say in one line how many texts changed their label, how the others came by theirs, and who has none."""
    unmatched = sum(each.label is None for each in labeled)
    kept = sum(text.matched == "kept" for text in relabeled)
    fate = f"{kept} keep the label that they were written for" if kept else f"{unmatched} are dropped"
    if labeled and unmatched == len(labeled):
        replies = [each.reply for each in labeled if each.reply]
        example = f", for example {replies[0][:60]!r}" if replies else ""
        return f"WARNING: not one of {len(labeled)} texts was matched to a candidate ({ways(labeled)}{example}); {fate}"
    moved = sum(text.label not in (None, text.given) for text in relabeled)
    same = sum(text.confirmed for text in relabeled)
    ends = f"; {fate}" if unmatched else ""
    return f"{moved} of {len(relabeled)} texts got another label, {same} the same one ({ways(labeled)}){ends}"


def ways(labeled: Sequence[Labeled]) -> str:
    """Count in a few words how texts came by their labels, and why others have none."""
    names = {"exact": "named exactly", "nearest": "by the nearest name", "scored": "scored"}
    counts = Counter(each.why or names.get(each.matched, "unclear") for each in labeled)
    order = [*names.values(), "unclear", "unscored", "refused"]
    return ", ".join(f"{counts[way]} {way}" for way in order if counts[way]) or "none to label"


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
