"""A difference between two classifiers: paired, over seeds and texts, and as sure as three seeds allow."""

import math

import numpy as np
import pytest
from scipy import stats

from promptmix.core import seeds
from promptmix.core.records import Prediction
from promptmix.report import differences
from promptmix.report.differences import Difference, difference, right
from promptmix.report.scores import Interval
from tests.support.made_up import predictions


def answers(*rows: str) -> list[list[Prediction]]:
    """Return predictions by seed: ``1`` for a right one, ``0`` for a wrong one."""
    return [predictions(["red"] * len(row), ["red" if right == "1" else "blue" for right in row]) for row in rows]


def compare(of: list[list[Prediction]], to: list[list[Prediction]]) -> Difference:
    return difference(right(of), right(to), seeds.rng("difference", "test"))


def test_the_difference_is_that_of_the_accuracies_seed_by_seed() -> None:
    """3 of 4 against 1 of 4, and 2 of 4 against 2 of 4."""
    found = compare(answers("1110", "1010"), answers("0001", "0101"))
    assert found.by_seed == (0.5, 0.0)
    assert found.mean == 0.25


def test_the_interval_joins_the_spread_over_seeds_with_that_over_texts() -> None:
    """Both parts by hand; 999 resamples know the spread over texts to 1 in sqrt(2 * 999) = 45, so to 7 % at 3 s.e."""
    rows = ["1" * 60 + "0" * 40, "1" * 70 + "0" * 30, "1" * 80 + "0" * 20]
    found = compare(answers(*rows), answers(*["0" * 100] * 3))
    of_seeds = 0.1**2 / 3
    by_text = np.array([1.0] * 60 + [2 / 3] * 10 + [1 / 3] * 10 + [0.0] * 20)
    of_texts = by_text.var() / 100
    freedom = (of_seeds + of_texts) ** 2 / (of_seeds**2 / 2 + of_texts**2 / 99)
    half = stats.t.ppf(0.975, freedom) * math.sqrt(of_seeds + of_texts)
    assert found.interval is not None
    assert found.interval.high - found.mean == pytest.approx(half, rel=0.07)
    assert found.mean - found.interval.low == pytest.approx(found.interval.high - found.mean)


def test_pairs_stay_together() -> None:
    """Two classifiers that are wrong on the same texts differ in nothing, however many texts they get wrong."""
    same = answers("1100110010", "1010101010")
    assert compare(same, same).interval == Interval(0, 0)
    assert not compare(same, same).supported


def test_one_seed_gives_no_interval_and_so_no_support() -> None:
    found = compare(answers("1111"), answers("0000"))
    assert (found.mean, found.interval, found.supported) == (1.0, None, False)


@pytest.mark.parametrize(
    ("interval", "supported"),
    [((0.01, 0.2), True), ((-0.2, -0.01), True), ((-0.01, 0.2), False), ((0.0, 0.2), False), ((-0.2, 0.0), False)],
)
def test_a_difference_is_supported_where_its_interval_does_not_hold_nothing(
    interval: tuple[float, float], *, supported: bool
) -> None:
    assert Difference((), 0.1, Interval(*interval)).supported == supported


def test_equal_streams_give_equal_bytes() -> None:
    of, to = answers("1101101110", "1111100110", "0101111111"), answers("1001001110", "0101100110", "1101110000")
    assert compare(of, to) == compare(of, to)


def test_the_interval_of_three_seeds_holds_the_truth_as_often_as_it_says_or_nearly() -> None:
    """Two classifiers, equally good, whose seeds and texts differ; 95 % of 200 are 190, less 3 * sqrt(190 * .05) = 9.

    With the spread of seeds larger still, 91 % of 400 were measured, and 83 % of a two-level percentile bootstrap's.
    """
    rng, held = seeds.rng("coverage"), 0
    for _ in range(200):
        of_text, of_seed = rng.normal(0, 1, 240), rng.normal(0, 0.2, (2, 3, 1))
        of, to = (rng.random((3, 240)) < 1 / (1 + np.exp(-of_text - shift)) for shift in of_seed)
        gains = of.astype(float) - to
        found = differences._interval(gains.mean(1), gains.mean(0), rng)
        held += found.low <= 0 <= found.high
    assert held >= 181


def test_one_text_gives_no_interval_either() -> None:
    assert compare(answers("1", "1"), answers("0", "1")).interval is None


def test_a_difference_reversed_is_that_of_the_second_minus_the_first() -> None:
    of, to = answers("1110", "1010"), answers("0001", "0101")
    assert compare(of, to).reversed.by_seed == compare(to, of).by_seed
    assert Difference((0.25,), 0.25, Interval(-0.1, 0.6)).reversed == Difference((-0.25,), -0.25, Interval(-0.6, 0.1))
    assert str(Difference((0.0,), 0.0, None).reversed.mean) == "0.0"
