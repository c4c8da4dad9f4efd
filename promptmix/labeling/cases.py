"""PromptMix's second step: a text is labelled by the language model, which chooses among its nearest classes.

Source: Sahu et al. 2023, section 3.2 and the NN+GPT3.5 row, and the authors' code at c6f27ba
(src/models/classifiers.py). How questions are answered and texts encoded is passed in.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from promptmix.core.records import ClassInfo, Completion, Example, Question
from promptmix.labeling import label_tree
from promptmix.models.nearest import Encode, prototypes, shortlist
from promptmix.prompts import render

Ask = Callable[[Sequence[Question]], Sequence[Completion]]


@dataclass(frozen=True)
class Verdict:
    """The label of one text, and how it was found; fields as in :class:`promptmix.core.records.Relabeled`."""

    candidates: tuple[str, ...]
    label: str | None
    reply: str
    matched: Literal["exact", "nearest", "scored", "none"]
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Case:
    """One text to be labelled, and the classes that are offered for it, in class order."""

    id: str
    text: str
    candidates: tuple[ClassInfo, ...]


def cases(
    texts: Mapping[str, str], classes: Sequence[ClassInfo], shots: Sequence[Example], keep: int, encode: Encode
) -> list[Case]:
    """Find the ``keep`` nearest classes of every text, given as id to text; everything is encoded in one go.

    A class is represented by its prototype: the mean of the vectors of its shots and of its name, so that it has one at
    0 shots too. Candidates stand in class order, whatever their distance, so that prompts over the same classes are
    alike. Where all classes are kept, nothing is encoded.
    """
    if keep >= len(classes):
        return [Case(id, text, tuple(classes)) for id, text in texts.items()]
    encoded = prototypes([c.label for c in classes], shots, encode, list(texts.values()))
    near = shortlist(encoded.texts, encoded.classes, keep)
    return [
        Case(id, text, tuple(classes[c] for c in sorted(row)))
        for (id, text), row in zip(texts.items(), near, strict=True)
    ]


def by_answer(
    cases: Sequence[Case],
    shots: Sequence[Example],
    ask: Ask,
    encode: Encode,
    nearest_similarity: float,
    structured: bool,
) -> list[Verdict]:
    """Label by the paper's prompt and a free-text answer: the candidate it names, else the nearest one, else none.

    The nearest candidate is taken where the cosine similarity of the answer to its name is at least
    ``nearest_similarity``. (The authors' code takes the nearest of all classes, however far.) A ``structured`` answer
    can be nothing but a candidate, where the endpoint knows schemas.
    """
    questions = [_question(case, "classify_chat", shots, n) for n, case in enumerate(cases)]
    if structured:
        questions = [q.model_copy(update={"choices": _labels(c)}) for q, c in zip(questions, cases, strict=True)]
    completions = list(ask(questions))
    replies = [label_tree.said(completion.text) for completion in completions]
    named = [label_tree.named(reply, _labels(case)) for reply, case in zip(replies, cases, strict=True)]
    unclear = [n for n, label in enumerate(named) if label is None and replies[n]]
    nearest = dict(
        zip(unclear, _nearest([replies[n] for n in unclear], [cases[n] for n in unclear], encode), strict=True)
    )
    verdicts = []
    for n, case in enumerate(cases):
        label, similarity = nearest.get(n, (None, -1.0))
        if named[n] is not None:
            verdicts.append(Verdict(_labels(case), named[n], completions[n].text, "exact", {}))
        elif label is not None and similarity >= nearest_similarity:
            verdicts.append(Verdict(_labels(case), label, completions[n].text, "nearest", {}))
        else:
            verdicts.append(Verdict(_labels(case), None, completions[n].text, "none", {}))
    return verdicts


def by_score(
    cases: Sequence[Case],
    shots: Sequence[Example],
    ask: Ask,
    calibration: Literal["contextual", "batch"] | None,
    log_priors: Sequence[Mapping[str, float]] | None = None,
) -> list[Verdict]:
    """Label by the log-probability of each candidate's name as the continuation of the prompt.

    Args:
        cases: Texts and their candidates.
        shots: Listed in the prompts.
        ask: Answers questions with the possible next tokens.
        calibration: ``contextual`` subtracts the scores of a text without content (Zhao et al. 2021), ``batch`` the
            mean score of each class over all cases in which it was a candidate (Zhou et al. 2024).
        log_priors: Added to the scores of each case, label to log-probability; labels left out get 0.
    """
    questions = [_question(case, "classify_completion", shots, n) for n, case in enumerate(cases)]
    scores = label_tree.scores(questions, [_labels(case) for case in cases], ask)
    if calibration == "contextual":
        scores = _minus(scores, _blank_scores(cases, shots, ask))
    if calibration == "batch":
        means = _class_means(scores)
        scores = _minus(scores, [means] * len(scores))
    if log_priors is not None:
        scores = [
            {c: s + prior.get(c, 0.0) for c, s in row.items()} for row, prior in zip(scores, log_priors, strict=True)
        ]
    verdicts = []
    for case, row in zip(cases, scores, strict=True):
        probabilities = label_tree.softmax(row)
        best = max(probabilities, key=lambda label: probabilities[label])
        verdicts.append(Verdict(_labels(case), best, "", "scored", probabilities))
    return verdicts


def share_prior(
    target: str, other: str | None, target_share: float, labels: Sequence[str], weight: float
) -> dict[str, float]:
    """Return the weighted log-prior of a mixed text's label: the shares that its prompt asked for.

    A tenth is set aside for classes that the prompt did not mix and for shares of 1, so that nothing is impossible.
    """
    shares = {label: 0.1 / len(labels) for label in labels}
    shares[target] = shares.get(target, 0.0) + 0.9 * target_share
    if other is not None:
        shares[other] = shares.get(other, 0.0) + 0.9 * (1 - target_share)
    return {label: weight * float(np.log(share)) for label, share in shares.items()}


def _question(case: Case, template: str, shots: Sequence[Example], number: int) -> Question:
    words = render.classify(template, case.candidates, shots, case.text)
    return Question(id=f"label/{number:05}/{case.id}", text=words.text, shared=words.shared, draw=0)


def _labels(case: Case) -> tuple[str, ...]:
    return tuple(c.label for c in case.candidates)


def _nearest(replies: Sequence[str], cases: Sequence[Case], encode: Encode) -> list[tuple[str, float]]:
    """Return the nearest candidate of each reply and its cosine similarity."""
    if not replies:
        return []
    names = sorted({label for case in cases for label in _labels(case)})
    vectors = encode([*replies, *(name.replace("_", " ") for name in names)])
    of_names = dict(zip(names, vectors[len(replies) :], strict=True))
    found = []
    for vector, case in zip(vectors, cases, strict=False):
        similarity = {label: float(vector @ of_names[label]) for label in _labels(case)}
        best = max(similarity, key=lambda label: similarity[label])
        found.append((best, similarity[best]))
    return found


def _blank_scores(cases: Sequence[Case], shots: Sequence[Example], ask: Ask) -> list[dict[str, float]]:
    """Score texts without content ("N/A", "[MASK]") for every set of candidates that occurs, and return their means."""
    sets = {_labels(case): case for case in cases}
    blanks = [Case(f"blank/{text}", text, case.candidates) for case in sets.values() for text in ("N/A", "[MASK]")]
    questions = [_question(blank, "classify_completion", shots, n) for n, blank in enumerate(blanks)]
    rows = label_tree.scores(questions, [_labels(blank) for blank in blanks], ask)
    means: dict[tuple[str, ...], dict[str, float]] = {}
    for n, labels in enumerate(sets):
        one, two = rows[2 * n], rows[2 * n + 1]
        means[labels] = {label: (one[label] + two[label]) / 2 for label in labels}
    return [means[_labels(case)] for case in cases]


def _class_means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    columns: dict[str, list[float]] = defaultdict(list)
    for row in scores:
        for label, score in row.items():
            columns[label].append(score)
    return {label: float(np.mean(column)) for label, column in columns.items()}


def _minus(scores: Sequence[Mapping[str, float]], bias: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    return [{c: s - off[c] for c, s in row.items()} for row, off in zip(scores, bias, strict=True)]
