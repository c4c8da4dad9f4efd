"""Whether and where a model shows the tokens that scores are read off."""

from collections.abc import Callable, Sequence

import pytest

from promptmix import params
from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Question, Step
from promptmix.labeling.probe import scoring_of
from promptmix.llm.request import Sampling
from tests.support.fakes import completion
from tests.support.structure import ROOT

SETTINGS = params.load_all(ROOT / "params.yaml").relabel
LATE = {" late": -0.1, " track": -3.0}


class Shows:
    """A model of known replies to both forms; a question too many is an error."""

    def __init__(self, completion_form: Callable[[], Completion], chat_form: Callable[[], Completion]) -> None:
        self.replies = {"completion": completion_form, "chat": chat_form}
        self.asked = list[Sampling]()

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
        assert len(questions) == 1
        self.asked.append(sampling)
        return [self.replies.pop(sampling.form)()]


def tokens(**shown: float) -> Callable[[], Completion]:
    return lambda: completion("q", "", alternatives=shown)


def refused() -> Completion:
    return completion("q", "").model_copy(update={"finish": "refused", "reason": "not allowed to request logprobs"})


def fails() -> Completion:
    raise LLMError("this is a chat model")


def chat(text: str, *steps: Step) -> Callable[[], Completion]:
    return lambda: completion("q", text).model_copy(update={"steps": steps})


NAMED = chat(
    "late_parcel",
    Step(token="late", alternatives={"late": -0.1, "track": -3.0}),
    Step(token="_parcel", alternatives={"_parcel": 0.0}),
)


@pytest.mark.parametrize(
    ("completion_form", "chat_form", "scoring", "asked"),
    [
        (tokens(**LATE), fails, "completion", 1),
        (tokens(**{" late": -0.1}), fails, "completion", 1),
        (refused, NAMED, "chat", 2),
        (fails, NAMED, "chat", 2),
        (tokens(), NAMED, "chat", 2),
        (tokens(**{"token_id:3389": -0.1, "token_id:3839": -2.1}), NAMED, "chat", 2),
        (tokens(**{"\n": -0.1, " <think>": -2.5}), NAMED, "chat", 2),
        (tokens(), chat("late_parcel"), None, 2),
        (tokens(), chat("token_id:3389", Step(token="token_id:3389", alternatives={"token_id:3389": -0.1})), None, 2),
        (refused, refused, None, 2),
    ],
)  # fmt: skip
def test_the_first_form_in_which_tokens_go_on_with_a_name_is_taken(
    completion_form: Callable[[], Completion], chat_form: Callable[[], Completion], scoring: str | None, asked: int
) -> None:
    model = Shows(completion_form, chat_form)
    assert scoring_of(model, SETTINGS) == scoring
    assert len(model.asked) == asked
    assert {sampling.top_logprobs for sampling in model.asked} == {SETTINGS.top_logprobs}


def test_a_server_that_cannot_be_asked_at_all_is_an_error() -> None:
    with pytest.raises(LLMError, match="this is a chat model"):
        scoring_of(Shows(fails, fails), SETTINGS)
