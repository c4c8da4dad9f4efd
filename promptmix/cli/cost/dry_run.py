"""A client for dry runs: answers are recorded or made up, and counted."""

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promptmix.cli.cost.tokens import CountTokens
from promptmix.core.records import Completion, Question, Step, Usage
from promptmix.llm.request import Sampling, key, request
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import Answer
from promptmix.llm.store.packs import Recorded

LISTED = re.compile(r"^1\. (.+?), which is about ", re.MULTILINE)  # the first class of a prompt
TEXT_TOKENS = 25  # of one generated text, where none is recorded yet


@dataclass
class Bill:
    """What one stage would request."""

    stage: str
    questions: int = 0
    recorded: int = 0
    tokens_in: int = 0
    """Of the questions that would be sent."""
    tokens_out: int = 0


class DryClient:
    """Has the interface of a client: returns recorded answers, makes up and counts the others, and sends nothing.

    A made-up reply to a mixing prompt holds as many usable texts as were requested, so the bill is what a model that
    follows every prompt would cost. Rejected texts cost more; how many there will be is not known before.
    """

    def __init__(self, stage: str, identity: dict[str, str], answers: Store | Recorded, count: CountTokens) -> None:
        """Prepare; ``count`` counts the tokens of a prompt."""
        self.bill = Bill(stage)
        self._identity, self._answers, self._count = identity, answers, count
        self._lengths: list[int] = []

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
        """Return a completion for each question, recorded or made up."""
        return [self._completion(question, sampling) for question in questions]

    def _completion(self, question: Question, sampling: Sampling) -> Completion:
        name = key(request(self._identity, question, sampling))
        answer = self._answers.get(name)
        self.bill.questions += 1
        if answer is not None:
            self.bill.recorded += 1
            self._lengths.append(answer["usage"]["completion_tokens"])
        else:
            answer = _made_up(question, sampling)
            self.bill.tokens_in += self._count(question, sampling)
            self.bill.tokens_out += min(sampling.max_tokens, self._length(sampling))
        usage = Usage(prompt_tokens=0, completion_tokens=0)
        return Completion(
            key=name, prompt_id=question.id, model="dry", text=answer["text"], finish=answer["finish"], usage=usage,
            reason=answer.get("reason"), alternatives=answer["alternatives"],
            steps=tuple(Step.model_validate(step) for step in answer.get("steps", [])),
        )  # fmt: skip

    def _length(self, sampling: Sampling) -> int:
        if self._lengths:
            return round(sum(self._lengths) / len(self._lengths))
        return sampling.max_tokens if sampling.max_tokens <= TEXT_TOKENS else TEXT_TOKENS * max(sampling.texts, 3)


def _made_up(question: Question, sampling: Sampling) -> Answer:
    """Return an answer that leads the stages on: texts that are all usable, the first class, or next tokens."""
    if sampling.top_logprobs and sampling.form == "completion":
        return {"text": "", "finish": "stop", "alternatives": _next_tokens(question.text)}
    first = LISTED.search(question.text)
    if question.id.startswith("label/") and first:
        steps = [{"token": first[1], "alternatives": {first[1]: 0.0}}] if sampling.top_logprobs else []
        return {"text": first[1], "finish": "stop", "alternatives": {}, "steps": steps}
    texts = [f"{number}. {_words(f'{question.id} {number}')}" for number in range(1, 51)]
    return {"text": "\n".join(texts), "finish": "stop", "alternatives": {}}


def _next_tokens(prompt: str) -> dict[str, float]:
    """Return all words of a prompt and what may join them as equally likely: each class is named there."""
    words = {f"{before}{word}" for word in re.findall(r"[^\W_]+", prompt) for before in ("", " ", "_", "-")}
    tokens = sorted(words | set(re.findall(r"[\W_]", prompt)) | {f" {sign}" for sign in re.findall(r"[^\w\s]", prompt)})
    return dict.fromkeys(tokens, -math.log(len(tokens)))


def _words(seed: str) -> str:
    """Return words that are like no others, so that no text passes for a near duplicate."""
    letters = hashlib.sha256(seed.encode()).hexdigest()
    return " ".join(letters[start : start + 8] for start in range(0, len(letters), 8))


def total(bills: Iterable[Bill]) -> Bill:
    """Return the sum of bills."""
    sums = Bill("all")
    for bill in bills:
        sums.questions += bill.questions
        sums.recorded += bill.recorded
        sums.tokens_in += bill.tokens_in
        sums.tokens_out += bill.tokens_out
    return sums
