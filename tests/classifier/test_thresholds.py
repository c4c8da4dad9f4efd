"""Thresholds are proven on held-out texts, or it is said how many would do."""

import numpy as np
import pytest

from promptmix.classifier.thresholds import AGREEMENTS, find_thresholds, lower_bound, texts_needed


def test_texts_that_all_agree_are_enough_where_the_share_to_their_number_is_the_error() -> None:
    """ln(0.005) / ln(0.9) = 50.3, / ln(0.95) = 103.3, / ln(0.99) = 527.2."""
    assert [texts_needed(agreement) for agreement in AGREEMENTS] == [51, 104, 528]
    for agreement, texts in zip(AGREEMENTS, (51, 104, 528), strict=True):
        assert lower_bound(texts, texts, 0.005) >= agreement > lower_bound(texts - 1, texts - 1, 0.005)


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    """9 of 10 at 5 %: the p for which 9 or 10 of 10 come in 1 of 20 cases; 10 p^9 (1 - p) + p^10 = 0.05 at 0.6058."""
    assert lower_bound(9, 10, 0.05) == pytest.approx(0.6058, abs=1e-4)
    assert lower_bound(10, 10, 0.05) == pytest.approx(0.05 ** (1 / 10))
    assert lower_bound(0, 10, 0.05) == 0.0


@pytest.mark.parametrize("texts", [0, 1, 50])
def test_too_few_texts_have_no_threshold_and_it_is_said_how_many_would_do(texts: int) -> None:
    found, note = find_thresholds([0.9] * texts, [True] * texts)
    assert found == []
    assert note.startswith(f"{texts} held-out texts have a label of the language model, too few")
    assert "51 would do for 90 %, 104 for 95 %, 528 for 99 %" in note


def test_the_smallest_confidence_that_is_proven_is_chosen() -> None:
    """Of 200 texts the surer half agrees, 100 of 100: that proves 90 %, and not 95 %; with one more tenth, 100 of 120,
    it does not."""
    confidences = [1 - n / 400 for n in range(200)]
    found, _ = find_thresholds(confidences, [n < 100 for n in range(200)])
    assert [each.confidence for each in found] == [pytest.approx(1 - 99 / 400, abs=1e-6), None, None]
    assert [each.coverage for each in found] == [0.5, 0.0, 0.0]
    assert {each.texts for each in found} == {200}


def test_equal_confidences_stay_together() -> None:
    found, _ = find_thresholds([0.5] * 600, [True] * 600)
    assert [each.confidence for each in found] == [0.5, 0.5, 0.5]
    assert [each.coverage for each in found] == [1.0, 1.0, 1.0]


@pytest.mark.slow
def test_a_threshold_is_wrong_for_at_most_one_in_twenty_sets() -> None:
    """A text of confidence c agrees with probability c: those above t agree in (1 + t) / 2."""
    rng, wrong = np.random.default_rng(0), np.zeros(3)
    for _ in range(1000):
        sure = rng.random(300)
        found, _ = find_thresholds(sure.tolist(), (rng.random(300) < sure).tolist())
        wrong += [each.confidence is not None and (1 + each.confidence) / 2 < each.agreement for each in found]
    assert (wrong / 1000 <= 0.05).all()
    assert wrong[0] < 50
