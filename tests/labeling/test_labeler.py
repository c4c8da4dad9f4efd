"""The language model as a classifier: what it is sent, and what relabeling and the teacher make of its replies."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import pytest

from promptmix import params
from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Example, Generated, Question, Step
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.relabel import relabel_texts
from promptmix.labeling.teacher import predict_as_teacher
from promptmix.llm.context import Context
from promptmix.llm.request import Sampling
from tests.support.fakes import Compass, RuledModel, SpellingModel, completion
from tests.support.labeled import CLASSES, COMPASS
from tests.support.structure import ROOT

SETTINGS = params.load_all(ROOT / "params.yaml").relabel
TEXTS = [
    Generated(id=f"m#{n}", text=text, target="late", other="wet", target_share=0.6, prompt_id="m")
    for n, text in enumerate(["it drips", "no news"])
]


class Remembers:
    """A model that remembers how it was sampled."""

    def __init__(self, model: RuledModel | SpellingModel) -> None:
        self.model, self.samplings = model, list[Sampling]()

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> Iterable[Completion]:
        self.samplings.append(sampling)
        return self.model.ask(questions)


def labeler(
    compass: Compass | None = None, scoring: Literal["completion", "chat"] | None = "completion", **changes: object
) -> Labeler:
    changes = {"candidates": len(CLASSES), "calibration": None, "prior_weight": 0.0, "json_schema": False} | changes
    encode = (compass or Compass({})).encode
    return Labeler(SETTINGS.model_copy(update=changes), encode, CLASSES, [], scoring)


def drips() -> Remembers:
    """A model that finds late and wet equally probable, whatever the text."""
    return Remembers(SpellingModel(lambda text: {" late": 0.4, " wet": 0.4, " lost_parcel": 0.1, " torn": 0.1}))


def test_scores_are_read_off_one_token_and_answers_are_as_long_as_allowed() -> None:
    """Both are sampled without randomness."""
    scored, answered = drips(), Remembers(RuledModel(lambda *_: "wet"))
    labeler(method="score", top_logprobs=7).label({"a": "it drips"}, scored)
    labeler(method="answer", max_tokens=9).label({"a": "it drips"}, answered)
    assert scored.samplings == [Sampling("completion", 0.0, 1.0, 1, top_logprobs=7)]
    assert answered.samplings == [Sampling("chat", 0.0, 1.0, 9)]


def test_all_completions_are_returned_with_the_labels() -> None:
    """Contextual calibration scores two more texts."""
    labels = labeler(method="score", calibration="contextual").label({"a": "it drips", "b": "no news"}, drips())
    assert len(labels.labeled) == 2
    assert [completion.prompt_id.split("/", 2)[2] for completion in labels.completions] == [
        "a",
        "b",
        "blank/N/A",
        "blank/[MASK]",
    ]


def test_relabeling_joins_texts_and_labels_in_their_order() -> None:
    model = Remembers(RuledModel(lambda question, _: "torn" if question.id.endswith("m#1") else "wet"))
    relabeled, completions, _ = relabel_texts(TEXTS, labeler(method="answer"), model)
    assert [(text.id, text.given, text.label) for text in relabeled] == [
        ("m#0", "late", "wet"),
        ("m#1", "late", "torn"),
    ]
    assert len(completions) == 2


def test_the_shares_of_a_prompt_are_the_prior_at_the_weight_of_params() -> None:
    """late and wet are equally probable to the model; the prompt asked for 0.6 and 0.4, of which 0.9 counts.

    4 classes: (0.025 + 0.54) / (0.025 + 0.36) = 1.4675 at weight 1, its square root at 0.5.
    """
    for weight, ratio in [(1.0, 1.4675), (0.5, 1.2114)]:
        (text, _), *_ = relabel_texts(TEXTS, labeler(method="score", prior_weight=weight), drips())
        assert text.probabilities["late"] / text.probabilities["wet"] == pytest.approx(ratio, abs=1e-3)


def test_the_teacher_predicts_in_the_order_of_the_texts_and_keeps_their_labels_as_gold() -> None:
    examples = [Example(id=f"d/test/{n}", text=f"text {n}", label=c.label) for n, c in enumerate(CLASSES)]
    model = Remembers(RuledModel(lambda question, _: "no idea" if question.id.endswith("3") else "wet"))
    compass = Compass(COMPASS | {"no idea": 45.0})
    strict = labeler(compass, method="answer", nearest_similarity=0.99)
    predictions, completions, summary = predict_as_teacher(examples, strict, model)
    assert [(p.id, p.gold, p.predicted) for p in predictions] == [
        ("d/test/0", "late", "wet"),
        ("d/test/1", "lost_parcel", "wet"),
        ("d/test/2", "wet", "wet"),
        ("d/test/3", "torn", None),
    ]
    assert summary == "1 of 4 test texts right (3 named exactly, 1 unclear)"
    assert len(completions) == 4


def test_a_text_is_encoded_once() -> None:
    """To find its candidates, and again as the answer; the classes' names too."""
    compass = Compass(COMPASS | {"it drips": 170.0})
    model = Remembers(RuledModel(lambda *_: "it drips"))
    (found,) = labeler(compass, method="answer", candidates=2).label({"a": "it drips"}, model).labeled
    assert (found.label, found.matched) == ("wet", "nearest")
    assert sorted(compass.encoded) == sorted([*COMPASS, "it drips"])


# scores where they can be had


class TwoForms:
    """Shows tokens that go on with a name for some texts, and answers all; remembers what it was asked."""

    def __init__(self, scored: Callable[[str], bool], answer: str = "wet") -> None:
        self.scored, self.answer = scored, answer
        self.asked = list[tuple[str, str]]()

    def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
        return [self._completion(question, sampling) for question in questions]

    def _completion(self, question: Question, sampling: Sampling) -> Completion:
        text = question.id.split("/", 2)[2]
        self.asked.append((sampling.form, text))
        shown = {" late": -0.1, " wet": -2.0} if self.scored(text) else {"\n": -0.1}
        if sampling.form == "completion":
            return completion(question.id, "", alternatives=shown)
        said = self.answer if not sampling.top_logprobs or self.scored(text) else "no"
        found = completion(question.id, said)
        return found.model_copy(
            update={"steps": (Step(token=said, alternatives=shown),) if sampling.top_logprobs else ()}
        )


def texts(count: int) -> dict[str, str]:
    return {str(n): f"text {n}" for n in range(count)}


def test_auto_asks_by_answer_for_the_texts_that_have_no_scores_and_says_how_many() -> None:
    model = TwoForms(lambda text: text != "3")
    labels = labeler(method="auto").label(texts(5), model)
    assert [found.matched for found in labels.labeled] == ["scored"] * 3 + ["exact", "scored"]
    assert [found.label for found in labels.labeled] == ["late"] * 3 + ["wet", "late"]
    assert model.asked[5:] == [("chat", "3")]
    assert labels.note == "1 of 5 texts have no scores and are labeled by the model's answers"
    assert len(labels.completions) == 6


def test_auto_asks_by_answer_for_all_where_none_of_the_first_dozen_has_scores() -> None:
    model = TwoForms(lambda _: False)
    labels = labeler(method="auto").label(texts(30), model)
    assert [form for form, _ in model.asked] == ["completion"] * 12 + ["chat"] * 30
    assert {found.matched for found in labels.labeled} == {"exact"}
    assert labels.note == (
        "of the first 12 texts (almost) none has scores: the model shows '\\n' instead of a class's name,"
        " so all are labeled by its answers"
    )


def test_score_leaves_few_texts_unmatched_and_stops_where_the_first_dozen_has_none() -> None:
    labels = labeler(method="score").label(texts(5), TwoForms(lambda text: text != "3"))
    assert [found.why for found in labels.labeled] == ["", "", "", "unscored", ""]
    model = TwoForms(lambda _: False)
    with pytest.raises(LLMError) as caught:
        labeler(method="score").label(texts(30), model)
    assert len(model.asked) == 12
    assert str(caught.value) == (
        "of the first 12 texts (almost) none has scores: the model shows '\\n' instead of a class's name;"
        " use relabel.method: answer or auto"
    )


def test_one_or_two_texts_without_scores_stop_nothing() -> None:
    labels = labeler(method="score").label(texts(2), TwoForms(lambda _: False))
    assert [found.why for found in labels.labeled] == ["unscored", "unscored"]


@pytest.mark.parametrize(
    ("method", "note"), [("auto", ""), ("score", "the model shows no log-probabilities, so its answers are taken")]
)
def test_a_model_that_shows_no_scores_answers(method: str, note: str) -> None:
    model = TwoForms(lambda _: True)
    labels = labeler(method=method, scoring=None).label(texts(5), model)
    assert model.asked == [("chat", str(n)) for n in range(5)]
    assert (labels.note, {found.matched for found in labels.labeled}) == (note, {"exact"})


def test_scores_in_a_chat_take_one_question_a_text() -> None:
    model = TwoForms(lambda text: text != "3", answer=" late")
    labels = labeler(method="auto", scoring="chat").label(texts(5), model)
    assert model.asked == [("chat", str(n)) for n in [*range(5), 3]]
    assert [found.matched for found in labels.labeled] == ["scored"] * 3 + ["exact", "scored"]
    assert labels.labeled[0].probabilities["late"] == pytest.approx(0.8, abs=0.05)


def test_the_way_of_labeling_does_not_depend_on_the_order_of_what_is_asked() -> None:
    """The same texts in another order get the same labels."""
    model = TwoForms(lambda text: int(text) % 3 > 0)
    forwards = labeler(method="auto").label(texts(30), model).labeled
    backwards = labeler(method="auto").label(dict(reversed(texts(30).items())), model).labeled
    assert forwards == backwards[::-1]


@pytest.mark.parametrize("method", ["score", "answer"])
def test_prompts_are_cut_to_the_context_and_so_are_those_of_calibration(method: str) -> None:
    shots = [Example(id=f"d/train/{n}", text="long " * 1000, label=c.label) for n, c in enumerate(CLASSES)]
    settings = SETTINGS.model_copy(update={"method": method, "candidates": len(CLASSES), "calibration": "contextual"})
    model = drips() if method == "score" else Remembers(RuledModel(lambda *_: "wet"))
    cut = Labeler(settings, Compass({}).encode, CLASSES, shots, "completion", Context(2000, len))
    cut.label({"a": "it drips"}, model)
    assert model.model.asked
    assert all(len(question.text) < 2000 for question in model.model.asked)
    assert all("long long" in question.text for question in model.model.asked)
    assert cut.fitter.describe().startswith(
        f"prompts that were too long for llm.context: {len(model.model.asked)} sent"
    )
