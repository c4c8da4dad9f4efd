"""Fakes of models: small classes that record the questions they get, and fail when there are too many."""

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Completion, Question, Usage


def completion(
    question: str, text: str, finish: str = "stop", alternatives: Mapping[str, float] | None = None
) -> Completion:
    """Return a complete answer to the question of that id; ``alternatives`` are log-probabilities."""
    return Completion(
        key=hashlib.sha256(question.encode()).hexdigest(),
        prompt_id=question,
        model="scripted",
        text=text,
        finish="length" if finish == "length" else "stop",
        usage=Usage(prompt_tokens=1, completion_tokens=len(text.split())),
        alternatives=dict(alternatives or {}),
    )


class ScriptedModel:
    """Answers from a list, in the order of the questions; one question too many is an error."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> list[Completion]:
        self.asked += questions
        return [completion(question.id, self.answers.pop(0)) for question in questions]


class RuledModel:
    """Answers by a rule that gets the question and how many came before; ``waves`` holds the size of each call."""

    def __init__(self, rule: Callable[[Question, int], str], most: int = 10_000) -> None:
        self.rule, self.most = rule, most
        self.asked: list[Question] = []
        self.waves: list[int] = []

    def ask(self, questions: Sequence[Question]) -> list[Completion]:
        self.waves.append(len(questions))
        answers = []
        for question in questions:
            assert len(self.asked) < self.most, f"got more than {self.most} questions: does this ever end?"
            answers.append(completion(question.id, self.rule(question, len(self.asked))))
            self.asked.append(question)
        return answers


class SpellingModel:
    """Returns its next tokens: ``following`` gives their probabilities after any text; none if it is empty."""

    def __init__(self, following: Callable[[str], Mapping[str, float]]) -> None:
        self.following = following
        self.asked: list[Question] = []

    def ask(self, questions: Sequence[Question]) -> list[Completion]:
        self.asked += questions
        return [self._shown(question) for question in questions]

    def _shown(self, question: Question) -> Completion:
        logs = {token: math.log(share) for token, share in self.following(question.text).items()}
        return completion(question.id, "", alternatives=logs)


class Compass:
    """Encodes texts as directions in the plane, in degrees; an unknown text is an error, and so is no text at all."""

    def __init__(self, degrees: Mapping[str, float]) -> None:
        self.degrees = degrees
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += texts
        angles = [math.radians(self.degrees[text]) for text in texts]
        return np.stack([np.array([math.cos(angle), math.sin(angle)], np.float32) for angle in angles])
