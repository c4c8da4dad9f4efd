"""Labels by score: the probabilities of names, calibrated, and the prior of a mixed text."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix import params
from promptmix.core.records import ClassInfo, Example
from promptmix.labeling.cases import Case, Labeled
from promptmix.labeling.score import by_score, share_prior, softmax
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.request import Sampling
from promptmix.llm.store.database import Store
from promptmix.models.pretrained import Pretrained
from tests.support.fakes import SpellingModel
from tests.support.labeled import CLASSES, LABELS, SHOT, case
from tests.support.structure import ROOT


def shares(text_shares: Mapping[str, Mapping[str, float]]) -> SpellingModel:
    """A model with known first tokens for each test text; tokens are the first words of the labels."""

    def following(prompt: str) -> Mapping[str, float]:
        text = prompt.split("Utterance: ")[-1].split("\n")[0]
        return {f" {label}": share for label, share in text_shares[text].items()}

    return SpellingModel(following)


THREE = {"a": {"late": 0.6, "lost_parcel": 0.3, "wet": 0.1}, "b": {"late": 0.5, "lost_parcel": 0.1, "wet": 0.4}}
BLANK = {"N/A": {"late": 0.8, "lost_parcel": 0.1, "wet": 0.1}, "[MASK]": {"late": 0.2, "lost_parcel": 0.4, "wet": 0.4}}


def test_the_most_probable_name_is_the_label_and_probabilities_are_in_class_order() -> None:
    first, second = by_score([case("a"), case("b")], [], shares(THREE).ask, None)
    assert first == Labeled(LABELS, "late", "", "scored", {"late": 0.6, "lost_parcel": 0.3, "wet": 0.1})
    assert second.probabilities == {"late": 0.5, "lost_parcel": 0.1, "wet": 0.4}
    assert list(first.probabilities) == list(LABELS)


def test_a_tie_goes_to_the_class_that_comes_first() -> None:
    (found,) = by_score([case("a")], [], shares({"a": dict.fromkeys(LABELS, 0.2)}).ask, None)
    assert found.label == "late"
    assert found.probabilities == pytest.approx(dict.fromkeys(LABELS, 1 / 3), abs=1e-6)


def test_contextual_calibration_divides_by_what_texts_without_content_get() -> None:
    """Geometric means of the two: late sqrt(0.8 * 0.2) = 0.4, the others sqrt(0.1 * 0.4) = 0.2.

    a: 0.6/0.4 : 0.3/0.2 : 0.1/0.2 = 1.5 : 1.5 : 0.5. b: 0.5/0.4 : 0.1/0.2 : 0.4/0.2 = 1.25 : 0.5 : 2.
    """
    model = shares(THREE | BLANK)
    first, second = by_score([case("a"), case("b")], [], model.ask, "contextual")
    assert first.probabilities == pytest.approx({"late": 3 / 7, "lost_parcel": 3 / 7, "wet": 1 / 7}, abs=1e-6)
    assert second.probabilities == pytest.approx(
        {"late": 1.25 / 3.75, "lost_parcel": 0.5 / 3.75, "wet": 2 / 3.75}, abs=1e-6
    )
    assert second.label == "wet"
    assert len(model.asked) == 2 + 2, "texts without content are sent once for each set of candidates"


def test_contextual_calibration_scores_every_set_of_candidates_on_its_own() -> None:
    """With late and wet alone: blanks 8/9 : 1/9 and 1/3 : 2/3, means sqrt(8/27) : sqrt(2/27) = 2 : 1.

    a: 6/7 / 2 : 1/7 / 1 = 3 : 1.
    """
    model = shares(THREE | BLANK)
    two, three = by_score([case("a", ("late", "wet")), case("a")], [], model.ask, "contextual")
    assert two.probabilities == pytest.approx({"late": 0.75, "wet": 0.25}, abs=1e-6)
    assert three.probabilities == pytest.approx({"late": 3 / 7, "lost_parcel": 3 / 7, "wet": 1 / 7}, abs=1e-6)
    assert len(model.asked) == 2 + 4
    assert len({question.id for question in model.asked[2:]}) == 4


def test_batch_calibration_divides_by_the_mean_of_each_class_over_all_texts() -> None:
    """Geometric means: late sqrt(0.6 * 0.5) = 0.5477, lost sqrt(0.3 * 0.1) = 0.1732, wet sqrt(0.1 * 0.4) = 0.2.

    a: 0.6/0.5477 : 0.3/0.1732 : 0.1/0.2 = 1.095 : 1.732 : 0.5, so lost.
    """
    first, second = by_score([case("a"), case("b")], [], shares(THREE).ask, "batch")
    weights = {"late": 0.6 / math.sqrt(0.3), "lost_parcel": 0.3 / math.sqrt(0.03), "wet": 0.1 / math.sqrt(0.04)}
    assert first.probabilities == pytest.approx({c: w / sum(weights.values()) for c, w in weights.items()}, abs=1e-6)
    assert (first.label, second.label) == ("lost_parcel", "wet")


def test_batch_calibration_counts_a_class_where_it_was_a_candidate() -> None:
    """wet is a candidate of b alone, so its own score is its mean and it gets a weight of 1.

    late: a (of late and lost: 2/3), b (of late and wet: 5/9); b: 5/9 / sqrt(10/27) = 0.913 : 1.
    """
    cases = [case("a", ("late", "lost_parcel")), case("b", ("late", "wet"))]
    _, second = by_score(cases, [], shares(THREE).ask, "batch")
    weight = (5 / 9) / math.sqrt(10 / 27)
    assert second.probabilities == pytest.approx({"late": weight / (weight + 1), "wet": 1 / (weight + 1)}, abs=1e-6)


def test_priors_multiply_the_shares_and_do_not_reach_other_texts() -> None:
    """a: 0.6 * 0.1 : 0.3 * 0.8 : 0.1 * 1 = 0.06 : 0.24 : 0.1; b has an empty prior."""
    priors = [{"late": math.log(0.1), "lost_parcel": math.log(0.8), "torn": -9.0}, {}]
    first, second = by_score([case("a"), case("b")], [], shares(THREE).ask, None, priors)
    assert first.probabilities == pytest.approx({"late": 0.15, "lost_parcel": 0.6, "wet": 0.25}, abs=1e-6)
    assert second.probabilities == THREE["b"]


def test_scoring_lists_every_candidate_and_its_shots_in_rounds() -> None:
    model = shares(THREE)
    by_score([case("a")], [SHOT], model.ask, None)
    text = model.asked[0].text
    assert all(f"- {label}: what is {label}\n" in text for label in LABELS)
    assert "Utterance: no shot yet\nIntent: late\n" in text
    assert text.endswith("Utterance: a\nIntent:")


@pytest.mark.parametrize("share", [0.5, 0.75, 1.0])
def test_the_prior_is_a_distribution_at_weight_1(share: float) -> None:
    labels = [c.label for c in CLASSES]
    prior = share_prior("late", "wet", share, labels, 1.0)
    assert list(prior) == labels
    assert sum(map(math.exp, prior.values())) == pytest.approx(1.0)


def test_the_prior_follows_the_shares_with_a_tenth_reserved() -> None:
    """4 classes: 0.025 each, and 0.9 * 0.75 = 0.675 for the target and 0.225 for the other."""
    prior = share_prior("late", "wet", 0.75, [c.label for c in CLASSES], 1.0)
    found = {label: math.exp(log) for label, log in prior.items()}
    assert found == pytest.approx({"late": 0.7, "lost_parcel": 0.025, "wet": 0.25, "torn": 0.025})


def test_the_weight_of_a_prior_is_its_exponent() -> None:
    whole = share_prior("late", "wet", 0.75, LABELS, 1.0)
    half = share_prior("late", "wet", 0.75, LABELS, 0.5)
    assert half == pytest.approx({label: log / 2 for label, log in whole.items()})


@pytest.mark.parametrize("calibration", [None, "contextual", "batch"])
def test_no_cases_have_no_labels(calibration: Literal["contextual", "batch"] | None) -> None:
    assert by_score([], [], shares({}).ask, calibration) == []


def test_softmax_adds_to_one_and_keeps_the_order() -> None:
    """e^0 : e^ln3 = 1 : 3; a common offset, however low, changes nothing."""
    assert softmax({"a": 0.0, "b": math.log(3)}) == {"a": 0.25, "b": 0.75}
    assert softmax({"a": -1e6, "b": -1e6 + math.log(3)}) == pytest.approx({"a": 0.25, "b": 0.75})


@given(st.dictionaries(st.text(), st.floats(-1e5, 1e5), min_size=1, max_size=80))
def test_softmax_is_a_distribution_up_to_its_six_places(scores: dict[str, float]) -> None:
    """Each of n is at most 5e-7 off."""
    shares = softmax(scores)
    assert all(0 <= share <= 1 for share in shares.values())
    assert abs(sum(shares.values()) - 1) <= 6e-7 * len(shares)


PREFIXES = ("late", "late parcel", "late parcel refund")


@pytest.mark.slow
def test_a_real_model_that_repeats_its_examples_names_a_class_whose_name_begins_others(
    small_llm: Pretrained, tmp_path: Path
) -> None:
    """All examples are of one class; a name ends with the model's own token, often of two line breaks."""
    classes = tuple(ClassInfo(label=label, description="x") for label in PREFIXES)
    sampling = Sampling("completion", 0.0, 1.0, 1, top_logprobs=20)
    asking = params.asking(ROOT / "asking.yaml")
    found = []
    opened = lambda: open_endpoint(small_llm, asking)  # noqa: E731
    with Client("t", {"name": "m"}, Store(tmp_path / "s.sqlite"), opened, asking) as client:
        for label in PREFIXES:
            shots = [Example(id=f"d/train/{n}", text=f"text {n}", label=label) for n in range(4)]
            case = Case("d/test/0", "text 9", classes)
            found += by_score([case], shots, lambda some: list(client.ask(some, sampling)), None)
    assert [each.label for each in found] == list(PREFIXES)
