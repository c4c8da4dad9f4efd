"""The plan of the mixing prompts: who is mixed with whom, and in what shares."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core import seeds
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo
from promptmix.generation import plan as mixing
from promptmix.generation.plan import MixPlan, MixShape
from promptmix.prompts import render
from tests.support.hash_seeds import printed_under

SHARES = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]
PAPER = {0.6: 0.004, 0.65: 0.018, 0.7: 0.047, 0.75: 0.094, 0.8: 0.156, 0.85: 0.215, 0.9: 0.243, 0.95: 0.191, 1.0: 0.033}
"""Shares of the target as the authors' code draws them."""


def shape(group_size: int = 4, prompts_per_cycle: int = 1, *, mixes: bool = True) -> MixShape:
    return MixShape(group_size, prompts_per_cycle, 5.0, 2.0, mixes)


def names(count: int) -> list[str]:
    return [f"class_{number}" for number in range(count)]


def plans(count: int, number: int = 0, purpose: str = "mix", *, group_size: int = 4, prompts: int = 1) -> list[MixPlan]:
    return list(mixing.cycle(names(count), number, shape(group_size, prompts), seeds.rng(purpose, number)))


@given(st.integers(2, 80), st.integers(2, 10), st.integers(1, 3), st.integers(0, 10**6))
def test_a_cycle_has_every_class_as_target_equally_often_in_groups_of_the_given_size(
    count: int, group_size: int, each: int, seed: int
) -> None:
    """The authors' code makes groups of 5 of 77 classes by 4s, and a group of 2 of 6 classes."""
    cycle = list(mixing.cycle(names(count), 0, shape(group_size, each), seeds.rng(seed)))
    assert Counter(plan.target for plan in cycle) == dict.fromkeys(names(count), each)
    for plan in cycle:
        assert len(set(plan.group)) == len(plan.group) == min(group_size, count)
        assert plan.target != plan.other
        assert {plan.target, plan.other} <= set(plan.group) <= set(names(count))
        assert list(plan.group) == [name for name in names(count) if name in plan.group]
        assert plan.target_share in SHARES
    assert len({plan.id for plan in cycle}) == len(cycle)


@pytest.mark.parametrize(("count", "groups"), [(2, 1), (4, 1), (5, 2), (6, 2), (77, 20)])
def test_no_more_groups_are_made_than_needed(count: int, groups: int) -> None:
    """77 classes by 4s: 19 full groups, and the last class with 3 of the others."""
    assert len({plan.group for plan in plans(count)}) == groups


def test_all_prompts_of_a_target_in_a_cycle_have_one_partner() -> None:
    cycle = plans(10, prompts=5)
    assert len({(plan.target, plan.other) for plan in cycle}) == 10


def test_ids_name_cycle_target_and_number() -> None:
    assert [plan.id for plan in plans(2, 7, prompts=2) if plan.target == "class_0"] == [
        "mix/007/class_0/00",
        "mix/007/class_0/01",
    ]


def test_cycles_of_one_stream_differ_in_groups_partners_and_shares() -> None:
    """The authors' code draws the same ones in every cycle, and Banking77 classes meet one partner in a whole run.

    Here a class has 30 partners drawn from 76: fewer than 15 different ones has a probability under 1e-9.
    """
    rng = seeds.rng("mix")
    cycles = [list(mixing.cycle(names(77), number, shape(), rng)) for number in range(30)]
    assert len({frozenset(plan.group for plan in cycle) for cycle in cycles}) == 30
    assert len({tuple(plan.target_share for plan in cycle) for cycle in cycles}) == 30
    for name in names(77):
        assert len({plan.other for cycle in cycles for plan in cycle if plan.target == name}) >= 15


def test_every_other_class_is_a_partner_equally_often() -> None:
    """Of 6 classes by 4s, 2000 cycles: a pair comes up 2000/5 = 400 times, s.d. sqrt(2000 * 0.2 * 0.8) = 18.

    Of the 30 pairs none is more than 5 s.d. = 90 away.
    """
    rng = seeds.rng("partners")
    pairs = Counter((p.target, p.other) for n in range(2000) for p in mixing.cycle(names(6), n, shape(), rng))
    assert len(pairs) == 30
    assert all(abs(count - 400) < 90 for count in pairs.values())


def exact_distribution() -> dict[float, float]:
    """Beta(5, 2) has the distribution function 6x^5 - 5x^6; a share s comes of draws within 0.05 of 2s - 1."""

    def below(x: float) -> float:
        x = min(max(x, 0.0), 1.0)
        return 6 * x**5 - 5 * x**6

    return {share: below(2 * share - 1 + 0.05) - below(2 * share - 1 - 0.05) for share in SHARES}


def test_the_exact_distribution_is_the_one_of_the_paper() -> None:
    exact = exact_distribution()
    assert sum(exact.values()) == pytest.approx(1.0)
    assert {share: round(p, 3) for share, p in exact.items() if p >= 0.0005} == PAPER


def test_shares_are_drawn_from_the_distribution_of_the_paper() -> None:
    """Of n draws a share of probability p has the standard error sqrt(p(1 - p) / n); none is more than 4 away."""
    n = 40_000
    found = Counter(mixing.draw_shares(n, 5.0, 2.0, seeds.rng("shares")))
    assert found.keys() <= set(SHARES)
    for share, p in exact_distribution().items():
        assert abs(found[share] / n - p) < 4 * math.sqrt(p * (1 - p) / n) + 1e-9, share


def test_the_mean_share_is_that_of_the_beta_draw() -> None:
    """0.5 + 0.5 * 5/7 = 0.857. Beta(5, 2) has the variance 5 * 2 / (49 * 8) = 0.0255, so half of it the s.d. 0.08.

    40,000 draws leave a standard error of 0.0004; 4 of them, and 0.0004 for the rounding, give 0.002.
    """
    shares = mixing.draw_shares(40_000, 5.0, 2.0, seeds.rng("mean"))
    assert abs(sum(shares) / len(shares) - (0.5 + 0.5 * 5 / 7)) < 0.002


def test_shares_are_exact_hundredths() -> None:
    """0.05 * 17 is 0.8500000000000001 in floating point; files hold 0.85."""
    shares = mixing.draw_shares(2000, 1.0, 1.0, seeds.rng("flat"))
    assert set(shares) == set(SHARES)


@pytest.mark.parametrize("share", SHARES)
def test_the_percentages_of_a_prompt_add_up_for_every_share(share: float) -> None:
    """The authors' code truncates 1 - 0.9 to 9 %."""
    infos = [ClassInfo(label="late", description="a"), ClassInfo(label="lost", description="b")]
    for template in ("mixup_chat", "mixup_completion"):
        last = render.mix(template, infos, [], "late", "lost", share, 3).text.split("\n\n")[-1]
        target, other = (int(word[:-1]) for word in last.split() if word.endswith("%"))
        assert (target, other) == (round(share * 100), 100 - round(share * 100))


@pytest.mark.parametrize("labels", [[], ["late"]])
def test_fewer_than_two_classes_are_refused(labels: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        list(mixing.cycle(labels, 0, shape(), seeds.rng()))
    assert str(caught.value) == f"mixing needs two classes or more, the data have {labels}"


def test_equal_streams_plan_alike_and_others_do_not() -> None:
    assert plans(10) == plans(10)
    assert plans(10) != plans(10, purpose="other")


def test_a_plan_does_not_depend_on_the_hash_seed_of_python() -> None:
    code = (
        "from promptmix.core import seeds\nfrom promptmix.generation import plan as mixing\n"
        "labels, shape = [f'class_{n}' for n in range(9)], mixing.MixShape(4, 2, 5.0, 2.0, True)\n"
        "print(*map(tuple, mixing.cycle(labels, 0, shape, seeds.rng('h'))), sep='\\n')"
    )
    printed = printed_under("012", code)
    assert len(printed) == 1
    assert len(printed.pop().splitlines()) == 18


def test_without_mixing_every_class_is_a_target_alone_in_the_same_groups() -> None:
    found = list(mixing.cycle(names(6), 3, shape(4, 2, mixes=False), seeds.rng("mix")))
    assert Counter(plan.target for plan in found) == dict.fromkeys(names(6), 2)
    assert {(plan.other, plan.target_share) for plan in found} == {(None, 1.0)}
    assert {len(plan.group) for plan in found} == {4}
    assert found[0].id.startswith("plain/003/")


def on_a_line(count: int) -> dict[str, list[str]]:
    """Classes as far apart as their numbers."""
    return {
        a: sorted((b for b in names(count) if b != a), key=lambda b, n=n: abs(int(b[6:]) - n))  # type: ignore[misc]  # n is bound now
        for n, a in enumerate(names(count))
    }


@pytest.mark.parametrize("count", [2, 6, 77])
def test_a_partner_is_one_of_the_two_nearest_classes_and_its_group_holds_the_nearest(count: int) -> None:
    neighbors = on_a_line(count)
    cycle = list(mixing.cycle(names(count), 0, shape(), seeds.rng("near"), neighbors))
    assert Counter(plan.target for plan in cycle) == dict.fromkeys(names(count), 1)
    for plan in cycle:
        assert set(plan.group) == {plan.target, *neighbors[plan.target][:3]}
        assert plan.other in neighbors[plan.target][:2]
