"""The first questions to a hosted model, and what they find out."""

from collections.abc import Iterable, Sequence
from typing import Literal

import pytest

from promptmix import params
from promptmix.core.errors import LLMError, PromptsRefusedError
from promptmix.core.records import Completion, Question, Step
from promptmix.generation.writer import sampling
from promptmix.llm.greeting import Greeter, writing
from promptmix.llm.request import Sampling
from promptmix.prompts.variants import VARIANTS
from tests.support.fakes import completion

Shows = Literal["tokens", "steps", "nothing", "error"]
NEXT = {" rain": -0.1, " weather": -2.5}


class Model:
    """Shows its next tokens in some forms and breaks down in others; more than three questions are an error."""

    def __init__(self, **shows: Shows) -> None:
        self.shows = shows
        self.came: list[Sampling] = []

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        self.came.append(sampling)
        assert len(self.came) <= 3
        found = completion(questions[0].id, "weather")
        match self.shows[sampling.form]:
            case "error":
                raise LLMError("404 page not found")
            case "tokens":
                found = found.model_copy(update={"alternatives": NEXT})
            case "steps":
                found = found.model_copy(update={"steps": (Step(token=" rain", alternatives=NEXT),)})
        return [found]


@pytest.mark.parametrize(
    ("completions", "chats", "found"),
    [
        ("tokens", "nothing", "completion"),
        ("nothing", "steps", "chat"),
        ("error", "steps", "chat"),
        ("nothing", "nothing", None),
        ("error", "error", None),
    ],
)
def test_the_form_that_shows_tokens_is_found_the_completion_first(
    completions: Shows, chats: Shows, found: str | None
) -> None:
    model = Model(completion=completions, chat=chats)
    assert Greeter(model).scoring(20, 24) == found
    assert [sampling.top_logprobs for sampling in model.came] == [20] * (1 if found == "completion" else 2)


def test_all_completions_are_kept() -> None:
    greeter = Greeter(Model(completion="tokens", chat="nothing"))
    greeter.greet(Sampling("chat", 1.0, 0.95, 256))
    greeter.scoring(20, 24)
    assert [each.prompt_id for each in greeter.completions] == ["greeting", "greeting/tokens"]


class Filter(Model):
    """Refuses some greetings."""

    def __init__(self, refused: int) -> None:
        super().__init__(chat="nothing")
        self.refused = refused

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        found = super().ask(questions, sampling)
        if len(self.came) <= self.refused:
            raise PromptsRefusedError("flagged")
        return found


def test_a_filter_that_refuses_one_greeting_ends_nothing_and_one_that_refuses_all_ends_the_run() -> None:
    Greeter(Filter(refused=1)).greet(Sampling("chat", 1.0, 0.95, 256))
    with pytest.raises(LLMError, match="flagged"):
        Greeter(Filter(refused=2)).greet(Sampling("chat", 1.0, 0.95, 256))


@pytest.mark.parametrize("json_schema", [True, False])
@pytest.mark.parametrize("prompt", VARIANTS)
def test_a_greeting_is_sampled_as_the_writer_samples_its_replies(prompt: str, json_schema: bool) -> None:
    settings = params.load_all().generate.model_copy(update={"prompt": prompt, "json_schema": json_schema})
    assert writing(settings)._replace(stop=()) == sampling(settings)._replace(stop=())
    assert type(writing(settings).texts) is int


def test_a_greeting_that_is_refused_in_its_answer_is_followed_by_another() -> None:
    class Refusing(Model):
        def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
            (found,) = super().ask(questions, sampling)
            return [found.model_copy(update={"finish": "refused", "reason": "flagged"})]

    model = Refusing(chat="nothing")
    with pytest.raises(LLMError, match="flagged"):
        Greeter(model).greet(Sampling("chat", 1.0, 0.95, 256))
    assert len(model.came) == 2
