"""The difference between two classifiers: paired, over seeds and texts, and as sure as three seeds allow."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from promptmix.core import seeds
from promptmix.core.records import Prediction
from promptmix.report.differences import Difference, Interval, correct, paired_difference, pairwise_differences
from tests.support.made_up import predictions, results, without_teacher


def rights(*rows: str) -> list[list[Prediction]]:
    """Return predictions by seed: ``1`` for a right one, ``0`` for a wrong one."""
    return [predictions(["red"] * len(row), ["red" if digit == "1" else "blue" for digit in row]) for row in rows]


def compare(of: list[list[Prediction]], to: list[list[Prediction]]) -> Difference:
    return paired_difference(correct(of), correct(to))


def test_the_difference_is_that_of_the_accuracies_seed_by_seed() -> None:
    """3 of 4 against 1 of 4, and 2 of 4 against 2 of 4."""
    found = compare(rights("1110", "1010"), rights("0001", "0101"))
    assert found.by_seed == (0.5, 0.0)
    assert found.mean == 0.25


def test_the_interval_adds_the_variance_over_seeds_and_that_over_texts() -> None:
    """Both parts by hand: squared standard errors of a mean of 3 seeds and of a mean of 100 texts."""
    rows = ["1" * 60 + "0" * 40, "1" * 70 + "0" * 30, "1" * 80 + "0" * 20]
    found = compare(rights(*rows), rights(*["0" * 100] * 3))
    of_seeds = 0.1**2 / 3
    by_text = np.array([1.0] * 60 + [2 / 3] * 10 + [1 / 3] * 10 + [0.0] * 20)
    of_texts = by_text.var(ddof=1) / 100
    freedom = (of_seeds + of_texts) ** 2 / (of_seeds**2 / 2 + of_texts**2 / 99)
    half = stats.t.ppf(0.975, freedom) * math.sqrt(of_seeds + of_texts)
    assert found.interval is not None
    assert found.interval.high - found.mean == pytest.approx(half)
    assert found.mean - found.interval.low == pytest.approx(found.interval.high - found.mean)


def test_pairs_stay_together() -> None:
    """Two classifiers that are wrong on the same texts differ in nothing, however many texts they get wrong."""
    same = rights("1100110010", "1010101010")
    assert compare(same, same).interval == Interval(0, 0)


def test_one_seed_gives_no_interval() -> None:
    found = compare(rights("1111"), rights("0000"))
    assert (found.mean, found.interval) == (1.0, None)


@pytest.mark.parametrize(
    ("interval", "excludes"),
    [((0.01, 0.2), True), ((-0.2, -0.01), True), ((-0.01, 0.2), False), ((0.0, 0.2), False), ((-0.2, 0.0), False)],
)
def test_an_interval_excludes_zero_where_both_bounds_have_one_sign(
    interval: tuple[float, float], *, excludes: bool
) -> None:
    assert Interval(*interval).excludes_zero == excludes


@pytest.mark.parametrize(("deviation", "least"), [(0.2, 181), (0.4, 172)])
def test_the_interval_of_three_seeds_holds_the_truth_nearly_as_often_as_it_claims(deviation: float, least: int) -> None:
    """Two equally good classifiers whose seeds and texts differ, 200 times.

    Over 2,000 times, 95 % and 92 % were measured: 190 and 184 of 200, less 3 standard errors of 3.1 and 3.8. With seeds
    that differ strongly, 83 % were measured for a two-level percentile bootstrap.
    """
    rng, held = seeds.rng("coverage"), 0
    for _ in range(200):
        of_text, of_seed = rng.normal(0, 1, 240), rng.normal(0, deviation, (2, 3, 1))
        of, to = (rng.random((3, 240)) < 1 / (1 + np.exp(-of_text - shift)) for shift in of_seed)
        found = paired_difference(of.astype(float), to.astype(float)).interval
        held += found is not None and found.low <= 0 <= found.high
    assert held >= least


def test_one_text_gives_no_interval_either() -> None:
    assert compare(rights("1", "1"), rights("0", "1")).interval is None


def test_every_arm_is_compared_with_every_other_and_the_teacher_with_each() -> None:
    every = results()
    runs = [replace(run, test={**run.test, "mixed": run.test["few_shot"]}) for run in every.runs]
    found = pairwise_differences(replace(every, runs=runs))
    assert list(found) == [
        ("relabeled", "few_shot"), ("mixed", "few_shot"), ("mixed", "relabeled"),
        ("teacher", "few_shot"), ("teacher", "relabeled"), ("teacher", "mixed"),
    ]  # fmt: skip
    assert found["mixed", "few_shot"].mean == 0


def test_the_teacher_is_compared_on_the_texts_that_it_labeled() -> None:
    """One of two right, then both; relabeled has all of them right."""
    assert pairwise_differences(results())["teacher", "relabeled"].by_seed == (-0.5, 0.0)
    assert "teacher" not in {of for of, _ in pairwise_differences(without_teacher(results()))}
