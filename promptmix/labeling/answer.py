"""Labels by a free-text answer: the candidate that the language model names, else the nearest one, else none."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from promptmix.core.records import Example, Question
from promptmix.labeling.cases import Ask, Case, Labeled
from promptmix.models.encoder import Encode, Vectors


class _Answer(NamedTuple):
    case: Case
    reply: str
    said: str
    named: str | None

    @property
    def unclear(self) -> bool:
        """Whether it says something that names no candidate."""
        return self.named is None and bool(self.said)


def by_answer(
    cases: Sequence[Case],
    shots: Sequence[Example],
    ask: Ask,
    encode: Encode,
    nearest_similarity: float,
    json_schema: bool,
) -> list[Labeled]:
    """Label by the paper's prompt and a free-text answer.

    Where an answer names no candidate, the nearest candidate is taken if the cosine similarity of the answer to its
    name is at least ``nearest_similarity``. (The authors' code takes the nearest of all classes, however far.) With
    ``json_schema`` an answer can only be a candidate, where the endpoint supports schemas.
    """
    completions = ask([_question(case, shots, n, json_schema) for n, case in enumerate(cases)])
    answers = [_answer(case, completion.text) for case, completion in zip(cases, completions, strict=True)]
    vectors = _encoded([answer for answer in answers if answer.unclear], encode)
    return [_labeled(answer, vectors, nearest_similarity) for answer in answers]


def named(reply: str, labels: Sequence[str]) -> str | None:
    """Return the one label that a reply names, by whole words and regardless of case, spaces, hyphens and underscores.

    A label inside a longer one that is also named ("refund" in "refund_not_showing_up") does not count; a reply that
    still names two labels, or none, names nothing. Labels that differ in punctuation alone ("C", "C++") are told apart
    only where the reply is nothing but the label.
    """
    for label in labels:
        if reply.strip().casefold() == label.casefold():
            return label
    plain = {label: _plain(label) for label in labels}
    words, found = f" {_plain(reply)} ", []
    for name in sorted({*plain.values()} - {""}, key=lambda name: (-len(name), name)):
        if f" {name} " in words:
            found += [label for label in labels if plain[label] == name]
            words = re.sub(f"(?<= ){name}(?= )", "|", words)
    return found[0] if len(found) == 1 else None


def said(reply: str) -> str:
    """Return what a reply says: its ``choice`` where it is such JSON, else its first line that is not blank."""
    if reply.lstrip().startswith("{"):
        with suppress(ValueError, KeyError):
            return str(json.loads(reply)["choice"])
    return next((line.strip() for line in reply.splitlines() if line.strip()), "")


def _question(case: Case, shots: Sequence[Example], number: int, json_schema: bool) -> Question:
    question = case.question("classify_chat", shots, number)
    return question.model_copy(update={"choices": case.labels}) if json_schema else question


def _answer(case: Case, reply: str) -> _Answer:
    words = said(reply)
    return _Answer(case, reply, words, named(words, case.labels))


def _encoded(answers: Sequence[_Answer], encode: Encode) -> dict[str, Vectors]:
    """Encode what these answers say and the names of their candidates, in one go; nothing where there are none."""
    names = {_name(label) for answer in answers for label in answer.case.labels}
    texts = [*(answer.said for answer in answers), *sorted(names)]
    return dict(zip(texts, encode(texts), strict=True)) if texts else {}


def _labeled(answer: _Answer, vectors: Mapping[str, Vectors], nearest_similarity: float) -> Labeled:
    labels = answer.case.labels
    if answer.named is not None:
        return Labeled(labels, answer.named, answer.reply, "exact", {})
    if answer.unclear:
        label, similarity = _nearest(answer, vectors)
        if similarity >= nearest_similarity:
            return Labeled(labels, label, answer.reply, "nearest", {})
    return Labeled(labels, None, answer.reply, "none", {})


def _nearest(answer: _Answer, vectors: Mapping[str, Vectors]) -> tuple[str, float]:
    """Return the candidate nearest to what an answer says, and their cosine similarity; the first of equals."""
    said = vectors[answer.said]
    similarity = {label: float(said @ vectors[_name(label)]) for label in answer.case.labels}
    best = max(similarity, key=lambda label: similarity[label])
    return best, similarity[best]


def _name(label: str) -> str:
    return label.replace("_", " ")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]|_", " ", text.casefold()).split())
