"""What came of the prompts, in a line; a run that brings nothing ends early, and says what was paid."""

from collections.abc import Sequence
from itertools import repeat

import pytest

from promptmix import params
from promptmix.core import seeds
from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo, Completion, Question, Usage
from promptmix.generation.generate import generate
from promptmix.generation.harvest import FIRST, HANDFUL, Harvest, describe_harvest
from promptmix.params import Generate
from tests.support.fakes import RuledModel
from tests.support.structure import ROOT

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost", "wet", "torn", "new")]
DEFAULTS = params.load_all(ROOT / "params.yaml").generate


class Replying:
    """Gives every question the same completion, 10 tokens in and 4 out, but those of ``good`` classes two texts."""

    def __init__(self, text: str, finish: str = "stop", reason: str | None = None, good: str = "none") -> None:
        self.text, self.finish, self.reason, self.good = text, finish, reason, good
        self.asked: list[int] = []

    def ask(self, questions: Sequence[Question]) -> list[Completion]:
        self.asked.append(len(questions))
        return [self._reply(question, sum(self.asked) + n) for n, question in enumerate(questions)]

    def _reply(self, question: Question, number: int) -> Completion:
        good = f"/{self.good}/" in question.id
        return Completion.model_validate(
            {
                "key": "k",
                "prompt_id": question.id,
                "model": "m",
                "text": f"1. text {number} of many\n2. other {number} of many" if good else self.text,
                "finish": "stop" if good else self.finish,
                "reason": None if good else self.reason,
                "usage": Usage(prompt_tokens=10, completion_tokens=4),
            }
        )


def run(model: Replying, per_class: int = 40, most: int = 20, first: int = FIRST) -> Harvest:
    changes = {"per_class": per_class, "max_prompts_per_class": most, "keep_per_prompt": 4, "min_words": 2}
    settings = DEFAULTS.model_copy(update=changes)
    return generate(settings, CLASSES, [], seeds.rng("mix", "test"), model.ask, repeat(""), first=first)


def settings(per_class: int = 40, most: int = 20) -> Generate:
    return DEFAULTS.model_copy(update={"per_class": per_class, "max_prompts_per_class": most})


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Replying("I cannot write that."), "preamble 24, for example 'I cannot write that.'; try generate.json_schema"),
        (Replying("1. 好\n2. 坏"), "too_short 48, for example '1. 好 2. 坏'; lower generate.min_words"),
        (Replying('{"answer": 42}'), "unreadable 24, for example '{\"answer\": 42}'; try generate.json_schema"),
        (Replying(""), "empty 24; raise generate.max_tokens"),
        (Replying("\n \n"), "empty 24; raise generate.max_tokens"),
        (Replying("", "length"), "cut off 24; raise generate.max_tokens"),
        (Replying("", "refused", "content filter:\nviolence"), "refused 24 (content filter: violence 24); describe"),
    ],
)
def test_a_hopeless_run_ends_after_its_first_replies_with_the_setting_to_change_and_what_was_paid(
    model: Replying, said: str
) -> None:
    """40 texts of 5 classes at 4 a prompt would be a wave of 50 prompts."""
    with pytest.raises(LLMError) as caught:
        run(model)
    words = str(caught.value)
    assert model.asked == [FIRST]
    assert words.startswith(f"the first 24 replies hold no usable text: {said}")
    assert words.endswith("; paid so far: 240 tokens in, 96 out")
    assert len(words.splitlines()) == 1


def test_one_usable_text_lets_a_run_go_on() -> None:
    model = Replying("no", good="wet")
    harvest = run(model)
    assert sum(model.asked) > FIRST
    assert {text.target for text in harvest.generated} == {"wet"}


def test_a_first_wave_of_a_handful_is_judged_and_a_smaller_one_only_with_the_next() -> None:
    model = Replying("no")
    with pytest.raises(LLMError, match="the first 10 replies"):
        run(model, per_class=8)
    assert model.asked == [10]
    model = Replying("no")
    with pytest.raises(LLMError, match="the first 24 replies"):
        run(model, per_class=4)
    assert model.asked == [5, 19], "5 are fewer than a handful, and the next wave would be 95"
    assert HANDFUL == 6


def test_a_few_replies_without_a_text_are_no_error() -> None:
    assert run(Replying("no"), per_class=4, most=1).generated == []


def test_the_first_prompts_are_asked_ahead_and_the_others_are_those_that_would_have_been_asked() -> None:
    ahead, whole = (RuledModel(lambda q, n: "\n".join(f"{k}. text {n} no {k}" for k in "1234")) for _ in range(2))
    changes = settings(40)
    found = [
        generate(changes, CLASSES, [], seeds.rng("mix", "test"), model.ask, repeat(""), first=first)
        for model, first in ((ahead, FIRST), (whole, 0))
    ]
    assert ahead.waves == [24, 26]
    assert whole.waves == [50]
    assert found[0] == found[1]


def test_refused_cut_and_empty_replies_are_counted_apart_from_rejected_lines() -> None:
    harvest = run(Replying("", "refused", "no violence", good="wet"), per_class=4, most=2)
    assert describe_harvest(settings(4, 2), CLASSES, harvest) == (
        f"{len(harvest.generated)} texts kept of {len(harvest.prompts)} replies, 0 lines rejected"
        "; 8 prompts refused (no violence 8)"
        "; still missing after 2 prompts a class: late 4, lost 4, torn 4, new 4; not one text for late, lost, torn, new"
    )
    words = describe_harvest(settings(4, 2), CLASSES, run(Replying("1. a b c", "length", good="wet"), 4, 2))
    assert "8 lines rejected (cut_off 8); replies cut off 8; still missing" in words
    assert "; replies empty 8;" in describe_harvest(settings(4, 2), CLASSES, run(Replying(" ", good="wet"), 4, 2))
