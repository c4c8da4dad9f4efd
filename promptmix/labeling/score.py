"""Labels by score: the probabilities of the candidates' names as continuations, calibrated, with priors."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from promptmix.core.records import Example
from promptmix.labeling.cases import Ask, Case, Labeled
from promptmix.labeling.label_tree import label_scores

Scores = Mapping[str, float]
"""Log-probability of each label."""


def by_score(
    cases: Sequence[Case],
    shots: Sequence[Example],
    ask: Ask,
    calibration: Literal["contextual", "batch"] | None,
    log_priors: Sequence[Scores] | None = None,
) -> list[Labeled]:
    """Label by the log-probability of each candidate's name as the continuation of the prompt.

    Args:
        cases: Texts and their candidates.
        shots: Listed in the prompts.
        ask: Returns completions with the most probable next tokens.
        calibration: ``contextual`` subtracts the scores of a text without content (Zhao et al. 2021), ``batch`` the
            mean score of each class over all cases in which it was a candidate (Zhou et al. 2024).
        log_priors: Added to the scores of each case; labels left out get 0.
    """
    scores = _scores(cases, shots, ask)
    if calibration == "contextual":
        scores = _minus(scores, _blank_scores(cases, shots, ask))
    if calibration == "batch":
        scores = _minus(scores, [_class_means(scores)] * len(scores))
    if log_priors is not None:
        scores = [
            {c: s + prior.get(c, 0.0) for c, s in row.items()} for row, prior in zip(scores, log_priors, strict=True)
        ]
    return [_labeled(case, row) for case, row in zip(cases, scores, strict=True)]


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


def _scores(cases: Sequence[Case], shots: Sequence[Example], ask: Ask) -> list[dict[str, float]]:
    questions = [case.question("classify_completion", shots, n) for n, case in enumerate(cases)]
    return label_scores(questions, [case.labels for case in cases], ask)


def _labeled(case: Case, scores: Scores) -> Labeled:
    probabilities = softmax(scores)
    best = max(probabilities, key=lambda label: probabilities[label])
    return Labeled(case.labels, best, "", "scored", probabilities)


def _blank_scores(cases: Sequence[Case], shots: Sequence[Example], ask: Ask) -> list[dict[str, float]]:
    """Score texts without content ("N/A", "[MASK]") for every set of candidates that occurs, and return their means."""
    sets = {case.labels: case for case in cases}
    blanks = [Case(f"blank/{text}", text, case.candidates) for case in sets.values() for text in ("N/A", "[MASK]")]
    rows = _scores(blanks, shots, ask)
    pairs = zip(sets, rows[::2], rows[1::2], strict=True)
    means = {labels: {label: (one[label] + two[label]) / 2 for label in labels} for labels, one, two in pairs}
    return [means[case.labels] for case in cases]


def _class_means(scores: Sequence[Scores]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in scores:
        for label, score in row.items():
            columns[label].append(score)
    return {label: float(np.mean(column)) for label, column in columns.items()}


def _minus(scores: Sequence[Scores], biases: Sequence[Scores]) -> list[dict[str, float]]:
    return [{c: s - bias[c] for c, s in row.items()} for row, bias in zip(scores, biases, strict=True)]
