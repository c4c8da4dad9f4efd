"""The language model as a writer: sampling, styles, and the prompt without mixing."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from promptmix import params
from promptmix.core.records import ClassInfo, Completion, Question
from promptmix.generation import writer
from promptmix.llm.request import Sampling
from promptmix.params import Generate
from promptmix.prompts.variants import VARIANTS
from tests.support.fakes import RuledModel

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost")]


class Asked:
    """Answers every prompt with five new texts, and remembers how it was asked."""

    def __init__(self) -> None:
        self.model = RuledModel(lambda _, n: "\n".join(f"{k}. text {k} of reply {n}" for k in range(1, 6)))

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        self.sampling = sampling
        return self.model.ask(questions)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Generate:
    monkeypatch.chdir(Path(__file__).parents[2])
    return params.load_all().generate


def asked(settings: Generate, **changes: object) -> list[str]:
    """Return the words of all prompts."""
    asker = Asked()
    writer.write_texts(settings.model_copy(update=changes), CLASSES, [], ("mix", "test", 0), asker)
    return [question.text for question in asker.model.asked]


@pytest.mark.parametrize("prompt", VARIANTS)
def test_a_prompt_is_sent_in_its_form_and_ends_where_it_should(prompt: str, settings: Generate) -> None:
    sampling = writer.sampling(settings.model_copy(update={"prompt": prompt}))
    assert sampling.form == prompt.rpartition("_")[2]
    assert sampling.stop == VARIANTS[prompt].stop
    assert bool(sampling.stop) == (sampling.form == "completion" or prompt == "quick_baseline_chat")


def test_attributes_change_the_words_and_nothing_of_the_plan(settings: Generate) -> None:
    plain, varied = asked(settings), asked(settings, attributes=True)
    assert [text.partition(" Each is written ")[0] for text in varied] == plain
    assert len({text.partition(" Each is written ")[2] for text in varied}) > 1


def test_without_mixing_nothing_but_the_prompt_differs(settings: Generate) -> None:
    twin = writer.without_mixing(settings)
    assert twin.prompt == settings.prompt.replace("mixup", "plain")
    assert twin.model_copy(update={"prompt": settings.prompt}) == settings
    assert "%" not in "".join(asked(twin))
