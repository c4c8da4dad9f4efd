"""Labels by score: the probabilities of the candidates' names as continuations, calibrated, with priors."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from promptmix.core.records import Example
from promptmix.labeling.cases import Ask, Case, Labeled
from promptmix.labeling.label_tree import label_scores
from promptmix.labeling.reply_path import reply_scores
from promptmix.labeling.unscored import TRIAL, Row, Unscored, require_scores
from promptmix.llm.request import Scoring

Scores = Mapping[str, float]
"""Log-probability of each label."""


def by_score(
    cases: Sequence[Case],
    shots: Sequence[Example],
    ask: Ask,
    calibration: Literal["contextual", "batch"] | None,
    log_priors: Sequence[Scores] | None = None,
    scoring: Scoring = "completion",
) -> list[Labeled]:
    """Label by the log-probability of each candidate's name in what the model writes next.

    A text whose next tokens go on with no candidate's name gets no label and no probabilities.

    Args:
        cases: Texts and their candidates.
        shots: Listed in the prompts.
        ask: Returns completions with the most probable next tokens.
        calibration: ``contextual`` subtracts the scores of a text without content (Zhao et al. 2021), ``batch`` the
            mean score of each class over all cases in which it was a candidate (Zhou et al. 2024).
        log_priors: Added to the scores of each case; labels left out get 0.
        scoring: Where the tokens are shown.

    Raises:
        NothingScored: (almost) none of the first dozen texts, or of all, has scores.
    """
    rows = _rows(cases, shots, ask, scoring, trial=True)
    require_scores(rows)
    scores = [{} if isinstance(row, Unscored) else dict(row) for row in rows]
    if calibration == "contextual":
        scores = _minus(scores, _blank_scores(cases, shots, ask, scoring))
    if calibration == "batch":
        scores = _minus(scores, [_class_means(scores)] * len(scores))
    if log_priors is not None:
        scores = [
            {c: s + prior.get(c, 0.0) for c, s in row.items()} for row, prior in zip(scores, log_priors, strict=True)
        ]
    return [_labeled(case, row, found) for case, row, found in zip(cases, rows, scores, strict=True)]


def share_prior(
    target: str, other: str | None, target_share: float, labels: Sequence[str], weight: float
) -> dict[str, float]:
    """Return the weighted log-prior of a mixed text's label: the shares that its prompt requested.

    A tenth is reserved for classes that the prompt did not mix and for shares of 1, so that nothing is impossible.
    """
    shares = {label: 0.1 / len(labels) for label in labels}
    shares[target] = shares.get(target, 0.0) + 0.9 * target_share
    if other is not None:
        shares[other] = shares.get(other, 0.0) + 0.9 * (1 - target_share)
    return {label: weight * float(np.log(share)) for label, share in shares.items()}


def softmax(scores: Scores) -> dict[str, float]:
    """Return probabilities of log-scores, rounded to 6 places so that files made on different machines are equal."""
    top = max(scores.values())
    weights = {label: math.exp(score - top) for label, score in scores.items()}
    total = sum(weights.values())
    return {label: round(weight / total, 6) for label, weight in weights.items()}


def _rows(
    cases: Sequence[Case], shots: Sequence[Example], ask: Ask, scoring: Scoring, *, trial: bool = False
) -> list[Row]:
    labels = [case.labels for case in cases]
    template = "classify_completion" if scoring == "completion" else "classify_chat"
    questions = [case.question(template, shots, n) for n, case in enumerate(cases)]
    if scoring == "completion":
        return label_scores(questions, labels, ask, trial=trial)
    rows = list[Row]()
    for some in (slice(0, TRIAL), slice(TRIAL, None)):
        if questions[some]:
            rows += map(reply_scores, ask(questions[some]), labels[some])
        if trial:
            require_scores(rows[:TRIAL])
    return rows


def _labeled(case: Case, row: Row, scores: Scores) -> Labeled:
    if isinstance(row, Unscored):
        return Labeled(case.labels, None, "", "none", {}, row.why)
    probabilities = softmax(scores)
    best = max(probabilities, key=lambda label: probabilities[label])
    return Labeled(case.labels, best, "", "scored", probabilities)


def _blank_scores(
    cases: Sequence[Case], shots: Sequence[Example], ask: Ask, scoring: Scoring
) -> list[dict[str, float]]:
    """Score texts without content ("N/A", "[MASK]") for every set of candidates that occurs, and return their means.

    A blank that has no scores says nothing: all its labels get 0.
    """
    sets = {case.labels: case for case in cases}
    blanks = [replace(case, id=f"blank/{text}", text=text) for case in sets.values() for text in ("N/A", "[MASK]")]
    rows = [{} if isinstance(row, Unscored) else row for row in _rows(blanks, shots, ask, scoring)]
    pairs = zip(sets, rows[::2], rows[1::2], strict=True)
    means = {
        labels: {label: (one.get(label, 0.0) + two.get(label, 0.0)) / 2 for label in labels}
        for labels, one, two in pairs
    }
    return [means[case.labels] for case in cases]


def _class_means(scores: Sequence[Scores]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in scores:
        for label, score in row.items():
            columns[label].append(score)
    return {label: float(np.mean(column)) for label, column in columns.items()}


def _minus(scores: Sequence[Scores], biases: Sequence[Scores]) -> list[dict[str, float]]:
    return [{c: s - bias[c] for c, s in row.items()} for row, bias in zip(scores, biases, strict=True)]
