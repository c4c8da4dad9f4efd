"""Labels by a free-text answer: the candidate that the language model names, else the nearest one, else none."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Example, Question
from promptmix.labeling.cases import Ask, Case, Labeled
from promptmix.labeling.names import named
from promptmix.llm.reading import json_of
from promptmix.models.encoder import Encode, Vectors

TRIAL = 24  # answers after which a run stops where not one names a candidate
FEWEST = 4  # answers that say anything about the others

KEYS = ("choice", "label", "intent", "class", "category", "answer", "arguments", "parameters", "input")
"""Under which names an object may hold the answer."""


class _Answer(NamedTuple):
    case: Case
    completion: Completion
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
    *,
    required: bool = True,
) -> list[Labeled]:
    """Label by the paper's prompt and a free-text answer.

    Where an answer names no candidate, the nearest candidate is taken if the cosine similarity of the answer to its
    name is at least ``nearest_similarity``. (The authors' code takes the nearest of all classes, however far.) With
    ``json_schema`` an answer can only be a candidate, where the endpoint supports schemas.

    Raises:
        LLMError: not one of the first answers is matched to a candidate, and it is ``required`` that one is.
    """
    questions = [_question(case, shots, n, json_schema) for n, case in enumerate(cases)]
    answers = _answers(cases[:TRIAL], ask(questions[:TRIAL])) if questions else []
    if required and not any(answer.named for answer in answers):
        _require_match(answers, _all_labeled(answers, encode, nearest_similarity))
    answers += _answers(cases[TRIAL:], ask(questions[TRIAL:])) if questions[TRIAL:] else []
    return _all_labeled(answers, encode, nearest_similarity)


def said(reply: str) -> str:
    """Return what a reply says: the choice in its JSON, else its first line that says anything."""
    value = json_of(reply, last="keep")
    choice = _choice(value)
    if choice or (isinstance(value, Mapping) and value):
        return choice
    lines = _lines(reply)
    return next((line for line in lines if not line.endswith(":")), lines[0] if lines else "")


def _lines(reply: str) -> list[str]:
    return [line.strip() for line in reply.splitlines() if line.strip() and not line.lstrip().startswith("```")]


def _choice(value: Any) -> str:
    """Return the answer in a JSON value: the string under a usual key, else all strings, else the keys (true ones)."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        usual = {str(key).casefold(): each for key, each in value.items()}
        for each in (usual[key] for key in KEYS if key in usual):
            if found := str(each) if type(each) is int else _choice(each):
                return found
        if value and all(isinstance(each, bool) for each in value.values()):
            return ", ".join(str(key) for key, each in value.items() if each)
        return _choice(list(value.values())) or ", ".join(map(str, value))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_choice, value)))
    return ""


def _answers(cases: Sequence[Case], completions: Sequence[Completion]) -> list[_Answer]:
    return [_answer(case, completion) for case, completion in zip(cases, completions, strict=True)]


def _answer(case: Case, completion: Completion) -> _Answer:
    words = said(completion.text)
    label = named(words, case.labels) or (named(_last_line(completion.text), case.labels) if words else None)
    return _Answer(case, completion, words, label)


def _last_line(reply: str) -> str:
    """Return where thoughts without marks come to their answer; of JSON it names nothing that the rest does not."""
    return next(reversed(_lines(reply)), "")


def _require_match(answers: Sequence[_Answer], labeled: Sequence[Labeled]) -> None:
    """Raise LLMError where several answers were got and none is matched, or where all are refused."""
    got = [answer for answer in answers if answer.completion.finish != "refused"]
    if len(got or answers) < FEWEST or any(each.label is not None for each in labeled):
        return
    if not got:
        model, reason = answers[0].completion.model, answers[0].completion.reason
        raise LLMError(f"all of the first {len(answers)} texts are refused: {reason}; {model} cannot label them")
    cut = sum(answer.completion.finish == "length" for answer in got) > len(got) / 2
    remedy = "raise relabel.max_tokens" if cut else "try another llm.relabel_model"
    raise LLMError(
        f"not one of the first {len(got)} answers of {got[0].completion.model} names a candidate; asked for one of"
        f" {', '.join(got[0].case.labels)}, it said {got[0].completion.text[:80]!r}; {remedy}"
    )


def _all_labeled(answers: Sequence[_Answer], encode: Encode, nearest_similarity: float) -> list[Labeled]:
    vectors = _encoded([answer for answer in answers if answer.unclear], encode)
    return [_labeled(answer, vectors, nearest_similarity) for answer in answers]


def _question(case: Case, shots: Sequence[Example], number: int, json_schema: bool) -> Question:
    question = case.question("classify_chat", shots, number)
    return question.model_copy(update={"choices": case.labels}) if json_schema else question


def _encoded(answers: Sequence[_Answer], encode: Encode) -> dict[str, Vectors]:
    """Encode what these answers say and the names of their candidates, in one go; nothing where there are none."""
    names = {_name(label) for answer in answers for label in answer.case.labels}
    texts = [*(answer.said for answer in answers), *sorted(names)]
    return dict(zip(texts, encode(texts), strict=True)) if texts else {}


def _labeled(answer: _Answer, vectors: Mapping[str, Vectors], nearest_similarity: float) -> Labeled:
    labels, reply = answer.case.labels, answer.completion.text
    if answer.completion.finish == "refused":
        return Labeled(labels, None, answer.completion.reason or "", "none", {}, "refused")
    if answer.named is not None:
        return Labeled(labels, answer.named, reply, "exact", {})
    if answer.unclear:
        label, similarity = _nearest(answer, vectors)
        if similarity >= nearest_similarity:
            return Labeled(labels, label, reply, "nearest", {})
    return Labeled(labels, None, reply, "none", {})


def _nearest(answer: _Answer, vectors: Mapping[str, Vectors]) -> tuple[str, float]:
    """Return the candidate nearest to what an answer says, and their cosine similarity; the first of equals."""
    said = vectors[answer.said]
    similarity = {label: float(said @ vectors[_name(label)]) for label in answer.case.labels}
    best = max(similarity, key=lambda label: similarity[label])
    return best, similarity[best]


def _name(label: str) -> str:
    return label.replace("_", " ")
