"""Labelling by a language model: who is a candidate, and how answers and scores become labels."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix import labelling
from promptmix.labelling import Case, Verdict
from promptmix.records import ClassInfo, Example, Question
from tests.fakes import Compass, RuledModel, ScriptedModel, SpellingModel

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost_parcel", "wet", "torn")]
COMPASS = {"late": 0.0, "lost parcel": 90.0, "wet": 180.0, "torn": 270.0}
SHOT = Example(id="d/train/00000", text="no shot yet", label="late")


def case(text: str = "where is it", labels: tuple[str, ...] = ("late", "lost_parcel", "wet")) -> Case:
    return Case(f"id {text}", text, tuple(c for c in CLASSES if c.label in labels))


def candidates(degrees: float, keep: int, shots: Mapping[str, tuple[str, float]] | None = None) -> list[str]:
    """Return the candidates of a text in that direction; shots are text to label and direction."""
    shots = shots or {}
    compass = Compass({"it": degrees, **COMPASS, **{text: angle for text, (_, angle) in shots.items()}})
    examples = [Example(id=f"d/train/{text}", text=text, label=label) for text, (label, _) in shots.items()]
    (found,) = labelling.cases({"a": "it"}, CLASSES, examples, keep, compass.encode)
    return [c.label for c in found.candidates]


# the nearest classes


@given(st.integers(0, 5), st.integers(1, 8), st.integers(2, 6), st.integers(0, 10**6), st.booleans(), st.data())
def test_the_shortlist_is_that_of_a_loop_over_all_pairs(
    texts: int, classes: int, size: int, seed: int, coarse: bool, data: st.DataObject
) -> None:
    """Coarse vectors have many ties, which go to the class that comes first."""
    keep = data.draw(st.integers(1, classes))
    rng = np.random.default_rng(seed)
    raw = rng.integers(1, 3, (texts + classes, size)) if coarse else rng.normal(size=(texts + classes, size))
    vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    found = labelling.shortlist(vectors[:texts], vectors[texts:], keep)
    assert found.shape == (texts, keep)
    for text, row in zip(vectors[:texts], found.tolist(), strict=True):
        similarity = [round(sum(float(a) * float(b) for a, b in zip(text, c, strict=True)), 5) for c in vectors[texts:]]
        if coarse:
            assert row == sorted(range(classes), key=lambda c: (-similarity[c], c))[:keep]
        else:
            assert [similarity[c] for c in row] == sorted(similarity, reverse=True)[:keep]


def test_ties_go_to_the_class_that_comes_first() -> None:
    same = np.ones((3, 1), np.float32)
    assert labelling.shortlist(same[:1], same, 2).tolist() == [[0, 1]]


def test_candidates_are_the_nearest_in_class_order_not_by_distance() -> None:
    """At 100 degrees: lost 10 away, wet 80, late 100, torn 170."""
    assert candidates(100, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 3) == ["late", "lost_parcel", "wet"]
    assert candidates(170, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 99) == [c.label for c in CLASSES]


def test_without_shots_a_name_stands_for_its_class_with_spaces_for_underscores() -> None:
    """The compass knows "lost parcel" and would refuse "lost_parcel"."""
    assert candidates(90, 1) == ["lost_parcel"]


def test_with_shots_the_mean_of_name_and_shots_stands_for_the_class() -> None:
    """late: name at 0, shots at 120 and 120: mean (1 - 0.5 - 0.5, 0.87 + 0.87) = straight up, 90.

    A text at 91 is nearer to it than to lost, which a shot at 180 has turned to 135; without shots lost is nearest.
    """
    assert candidates(91, 1) == ["lost_parcel"]
    shots = {"one": ("late", 120.0), "two": ("late", 120.0), "gone": ("lost_parcel", 180.0)}
    assert candidates(91, 1, shots) == ["late"]


def test_a_prototype_counts_by_direction_not_by_length() -> None:
    """late: name at 0, shot at 160, so direction 80 but length only 0.17; a text at 84 is 4 from it and 6 from lost."""
    assert candidates(84, 1, {"one": ("late", 160.0)}) == ["late"]


def test_everything_is_encoded_in_one_go_and_texts_keep_their_ids_and_order() -> None:
    compass = Compass({"it": 1.0, "they": 91.0} | COMPASS)
    found = labelling.cases({"b": "it", "a": "they", "c": "it"}, CLASSES, [], 1, compass.encode)
    assert [(each.id, each.text, each.candidates[0].label) for each in found] == [
        ("b", "it", "late"),
        ("a", "they", "lost_parcel"),
        ("c", "it", "late"),
    ]
    assert len(compass.encoded) == 3 + 4


def test_no_texts_are_no_cases() -> None:
    assert labelling.cases({}, CLASSES, [], 3, Compass(COMPASS).encode) == []


# by answer


def answered(reply: str, degrees: float | None = None, least: float = 0.5) -> Verdict:
    """Label one text; the reply points in a direction, and is encoded only where its words name nothing."""
    known = {} if degrees is None else {reply.strip(): degrees}
    model, compass = ScriptedModel(reply), Compass(COMPASS | known)
    (verdict,) = labelling.by_answer([case()], [], model.ask, compass.encode, least, False)
    return verdict


LABELS = ("late", "lost_parcel", "wet")


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
    for calibration in ("none", "contextual", "batch"):
        assert labelling.by_score([], [], ScriptedModel().ask, calibration) == []


# by score


def shares(text_shares: Mapping[str, Mapping[str, float]]) -> SpellingModel:
    """A model with known first tokens for each test text; tokens are the first words of the labels."""

    def following(prompt: str) -> Mapping[str, float]:
        text = prompt.split("Utterance: ")[-1].split("\n")[0]
        return {f" {label}": share for label, share in text_shares[text].items()}

    return SpellingModel(following)


THREE = {"a": {"late": 0.6, "lost_parcel": 0.3, "wet": 0.1}, "b": {"late": 0.5, "lost_parcel": 0.1, "wet": 0.4}}
BLANK = {"N/A": {"late": 0.8, "lost_parcel": 0.1, "wet": 0.1}, "[MASK]": {"late": 0.2, "lost_parcel": 0.4, "wet": 0.4}}


def test_the_most_probable_name_is_the_label_and_probabilities_stand_in_class_order() -> None:
    first, second = labelling.by_score([case("a"), case("b")], [], shares(THREE).ask, "none")
    assert first == Verdict(LABELS, "late", "", "scored", {"late": 0.6, "lost_parcel": 0.3, "wet": 0.1})
    assert second.probabilities == {"late": 0.5, "lost_parcel": 0.1, "wet": 0.4}
    assert list(first.probabilities) == list(LABELS)


def test_a_tie_goes_to_the_class_that_comes_first() -> None:
    (verdict,) = labelling.by_score([case("a")], [], shares({"a": dict.fromkeys(LABELS, 0.2)}).ask, "none")
    assert verdict.label == "late"
    assert verdict.probabilities == pytest.approx(dict.fromkeys(LABELS, 1 / 3), abs=1e-6)


def test_contextual_calibration_divides_by_what_texts_without_content_get() -> None:
    """Geometric means of the two: late sqrt(0.8 * 0.2) = 0.4, the others sqrt(0.1 * 0.4) = 0.2.

    a: 0.6/0.4 : 0.3/0.2 : 0.1/0.2 = 1.5 : 1.5 : 0.5. b: 0.5/0.4 : 0.1/0.2 : 0.4/0.2 = 1.25 : 0.5 : 2.
    """
    model = shares(THREE | BLANK)
    first, second = labelling.by_score([case("a"), case("b")], [], model.ask, "contextual")
    assert first.probabilities == pytest.approx({"late": 3 / 7, "lost_parcel": 3 / 7, "wet": 1 / 7}, abs=1e-6)
    assert second.probabilities == pytest.approx(
        {"late": 1.25 / 3.75, "lost_parcel": 0.5 / 3.75, "wet": 2 / 3.75}, abs=1e-6
    )
    assert second.label == "wet"
    assert len(model.asked) == 2 + 2, "texts without content are asked once for a set of candidates"


def test_contextual_calibration_asks_for_every_set_of_candidates_on_its_own() -> None:
    """With late and wet alone: blanks 8/9 : 1/9 and 1/3 : 2/3, means sqrt(8/27) : sqrt(2/27) = 2 : 1.

    a: 6/7 / 2 : 1/7 / 1 = 3 : 1.
    """
    model = shares(THREE | BLANK)
    two, three = labelling.by_score([case("a", ("late", "wet")), case("a")], [], model.ask, "contextual")
    assert two.probabilities == pytest.approx({"late": 0.75, "wet": 0.25}, abs=1e-6)
    assert three.probabilities == pytest.approx({"late": 3 / 7, "lost_parcel": 3 / 7, "wet": 1 / 7}, abs=1e-6)
    assert len(model.asked) == 2 + 4
    assert len({question.id for question in model.asked[2:]}) == 4


def test_batch_calibration_divides_by_the_mean_of_each_class_over_all_texts() -> None:
    """Geometric means: late sqrt(0.6 * 0.5) = 0.5477, lost sqrt(0.3 * 0.1) = 0.1732, wet sqrt(0.1 * 0.4) = 0.2.

    a: 0.6/0.5477 : 0.3/0.1732 : 0.1/0.2 = 1.095 : 1.732 : 0.5, so lost.
    """
    first, second = labelling.by_score([case("a"), case("b")], [], shares(THREE).ask, "batch")
    weights = {"late": 0.6 / math.sqrt(0.3), "lost_parcel": 0.3 / math.sqrt(0.03), "wet": 0.1 / math.sqrt(0.04)}
    assert first.probabilities == pytest.approx({c: w / sum(weights.values()) for c, w in weights.items()}, abs=1e-6)
    assert (first.label, second.label) == ("lost_parcel", "wet")


def test_batch_calibration_counts_a_class_where_it_was_a_candidate() -> None:
    """wet is a candidate of b alone, so its own score is its mean and it gets a weight of 1.

    late: a (of late and lost: 2/3), b (of late and wet: 5/9); b: 5/9 / sqrt(10/27) = 0.913 : 1.
    """
    cases = [case("a", ("late", "lost_parcel")), case("b", ("late", "wet"))]
    _, second = labelling.by_score(cases, [], shares(THREE).ask, "batch")
    weight = (5 / 9) / math.sqrt(10 / 27)
    assert second.probabilities == pytest.approx({"late": weight / (weight + 1), "wet": 1 / (weight + 1)}, abs=1e-6)


def test_priors_multiply_the_shares_and_do_not_reach_other_texts() -> None:
    """a: 0.6 * 0.1 : 0.3 * 0.8 : 0.1 * 1 = 0.06 : 0.24 : 0.1; b has an empty prior."""
    priors = [{"late": math.log(0.1), "lost_parcel": math.log(0.8), "torn": -9.0}, {}]
    first, second = labelling.by_score([case("a"), case("b")], [], shares(THREE).ask, "none", priors)
    assert first.probabilities == pytest.approx({"late": 0.15, "lost_parcel": 0.6, "wet": 0.25}, abs=1e-6)
    assert second.probabilities == THREE["b"]


def test_scoring_lists_every_candidate_and_its_shots_in_rounds() -> None:
    model = shares(THREE)
    labelling.by_score([case("a")], [SHOT], model.ask, "none")
    text = model.asked[0].text
    assert all(f"- {label}: what is {label}\n" in text for label in LABELS)
    assert "Utterance: no shot yet\nIntent: late\n" in text
    assert text.endswith("Utterance: a\nIntent:")


# the prior of a mixed text


@pytest.mark.parametrize("share", [0.5, 0.75, 1.0])
def test_the_prior_is_a_distribution_at_weight_1(share: float) -> None:
    labels = [c.label for c in CLASSES]
    prior = labelling.share_prior("late", "wet", share, labels, 1.0)
    assert list(prior) == labels
    assert sum(map(math.exp, prior.values())) == pytest.approx(1.0)


def test_the_prior_follows_the_shares_with_a_tenth_set_aside() -> None:
    """4 classes: 0.025 each, and 0.9 * 0.75 = 0.675 for the target and 0.225 for the other."""
    prior = labelling.share_prior("late", "wet", 0.75, [c.label for c in CLASSES], 1.0)
    found = {label: math.exp(log) for label, log in prior.items()}
    assert found == pytest.approx({"late": 0.7, "lost_parcel": 0.025, "wet": 0.25, "torn": 0.025})


def test_the_weight_of_a_prior_is_its_exponent() -> None:
    whole = labelling.share_prior("late", "wet", 0.75, LABELS, 1.0)
    half = labelling.share_prior("late", "wet", 0.75, LABELS, 0.5)
    assert half == pytest.approx({label: log / 2 for label, log in whole.items()})


def test_where_all_classes_are_candidates_nothing_is_encoded() -> None:
    compass = Compass({})
    (found,) = labelling.cases({"a": "text"}, CLASSES, [], len(CLASSES), compass.encode)
    assert (found.candidates, compass.encoded) == (tuple(CLASSES), [])


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


def test_neighbours_are_ranked_by_the_prototypes_of_shots_and_names() -> None:
    """Directions: late 0, lost 80 by its name and 10 by its shot so 45, wet 60, torn 170."""
    degrees = {"late": 0.0, "lost parcel": 80.0, "wet": 60.0, "torn": 170.0, "found": 10.0}
    shot = Example(id="d/train/1", text="found", label="lost_parcel")
    ranked = labelling.neighbours(CLASSES, [shot], Compass(degrees).encode)
    assert ranked["late"] == ["lost_parcel", "wet", "torn"]
    assert ranked["torn"] == ["wet", "lost_parcel", "late"]
