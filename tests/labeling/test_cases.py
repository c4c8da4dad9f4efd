"""Labels by answer: how what a language model says becomes one of the candidates."""

import pytest

from promptmix.core.records import Example, Question
from promptmix.labeling import cases as labelling
from promptmix.labeling.cases import Verdict
from tests.support.fakes import Compass, RuledModel, ScriptedModel
from tests.support.labelled import COMPASS, LABELS, SHOT, case


def answered(reply: str, degrees: float | None = None, least: float = 0.5) -> Verdict:
    """Label one text; the reply points in a direction, and is encoded only where its words name nothing."""
    known = {} if degrees is None else {reply.strip(): degrees}
    model, compass = ScriptedModel(reply), Compass(COMPASS | known)
    (verdict,) = labelling.by_answer([case()], [], model.ask, compass.encode, least, False)
    return verdict


@pytest.mark.parametrize(
    ("reply", "label"), [("late", "late"), (" Lost parcel.\nBecause", "lost_parcel"), ("1. wet", "wet")]
)
def test_an_answer_that_names_a_candidate_is_taken_at_its_word_and_nothing_is_encoded(reply: str, label: str) -> None:
    """The compass of no texts is an error, as that of the real encoder would be."""
    assert answered(reply) == Verdict(LABELS, label, reply, "exact", {})


def test_an_answer_that_names_none_goes_to_the_nearest_candidate() -> None:
    """At 100 degrees: cos 10 = 0.98 to lost."""
    assert answered("vanished", 100.0) == Verdict(LABELS, "lost_parcel", "vanished", "nearest", {})


def test_an_answer_near_a_class_that_is_no_candidate_does_not_go_to_it() -> None:
    """torn lies at 270 and is nearest of all; among the candidates wet, cos 80 = 0.17. The authors' code takes torn."""
    assert answered("ripped apart", 260.0, least=0.1) == Verdict(LABELS, "wet", "ripped apart", "nearest", {})
    assert answered("torn", 270.0, least=0.5).label is None


@pytest.mark.parametrize(("least", "label"), [(0.49, "late"), (0.51, None)])
def test_an_answer_that_is_like_no_candidate_names_none(least: float, label: str | None) -> None:
    """At -60 degrees: cos 60 = 0.5 to late."""
    verdict = answered("I cannot say", -60.0, least)
    assert (verdict.label, verdict.matched) == (label, "nearest" if label else "none")
    assert verdict.reply == "I cannot say"


@pytest.mark.parametrize("reply", ["", "\n  \n"])
def test_an_empty_answer_names_none_however_low_the_threshold(reply: str) -> None:
    assert answered(reply, least=-1.0) == Verdict(LABELS, None, reply, "none", {})


def test_many_answers_keep_their_places() -> None:
    model = ScriptedModel("late", "vanished", "", "wet")
    compass = Compass(COMPASS | {"vanished": 80.0})
    verdicts = labelling.by_answer(
        [case(str(n)) for n in range(4)], [], model.ask, compass.encode, 0.5, structured=False
    )
    assert [verdict.matched for verdict in verdicts] == ["exact", "nearest", "none", "exact"]
    assert [verdict.label for verdict in verdicts] == ["late", "lost_parcel", None, "wet"]


def test_each_answer_is_compared_with_the_candidates_of_its_own_text() -> None:
    """Straight right is late; where only lost and wet are offered, at 44 degrees lost is nearest, cos 46 = 0.69."""
    cases = [case("a", ("late", "torn")), case("b", ("lost_parcel", "wet"))]
    compass = Compass(COMPASS | {"early": 1.0, "astray": 44.0})
    verdicts = labelling.by_answer(
        cases, [], ScriptedModel("early", "astray").ask, compass.encode, 0.5, structured=False
    )
    assert [verdict.label for verdict in verdicts] == ["late", "lost_parcel"]


@pytest.mark.parametrize("shots", [[], [SHOT]], ids=["zero_shot", "one_class_has_a_shot"])
def test_every_candidate_is_listed_in_the_question_and_no_other(shots: list[Example]) -> None:
    """The authors' code lists classes by their training rows, so a class without rows vanishes."""
    model = ScriptedModel("late")
    labelling.by_answer([case()], shots, model.ask, Compass({}).encode, 0.5, False)
    (question,) = model.asked
    assert all(f"{n}. {label}, which is about what is {label}." in question.text for n, label in enumerate(LABELS, 1))
    assert "torn" not in question.text
    assert question.id == "label/00000/id where is it"


def test_no_cases_need_no_model() -> None:
    assert labelling.by_answer([], [], ScriptedModel().ask, Compass({}).encode, 0.5, False) == []
    for calibration in (None, "contextual", "batch"):
        assert labelling.by_score([], [], ScriptedModel().ask, calibration) == []


def test_a_structured_question_offers_its_candidates_and_its_answer_is_read_from_json() -> None:
    model = ScriptedModel('{"choice": "late"}')
    (verdict,) = labelling.by_answer([case()], [], model.ask, Compass({}).encode, 0.5, structured=True)
    assert model.asked[0].choices == verdict.candidates
    assert (verdict.label, verdict.matched) == ("late", "exact")


def test_questions_about_one_set_of_candidates_share_their_first_part() -> None:
    model = RuledModel(lambda question, _: "late")
    labelling.by_answer([case("one"), case("another")], [SHOT], model.ask, Compass({}).encode, 0.5, False)
    one, another = model.asked
    assert one.text[: one.shared] == another.text[: another.shared]
    assert one.shared > 100
    assert isinstance(one, Question)
    assert one.draw == another.draw == 0
