"""Random streams: decided by their purpose alone, on every machine."""

import pytest

from promptmix.core import seeds
from tests.support.hash_seeds import printed_under


def test_streams_have_known_values() -> None:
    """Golden: when these change, every result does. The first number begins sha256 of "('sample', 'demo', 0)"."""
    assert seeds.number("sample", "demo", 0) == 0x78497C29 >> 1
    assert seeds.rng("sample", "demo", 0).integers(0, 2**32, 3).tolist() == [2507897119, 1432034701, 711100048]


@pytest.mark.parametrize(
    "other", [("mix", "demo", 0), ("sample", "demo", 1), ("sample", "demo", "0"), ("sampledemo", 0)]
)
def test_another_purpose_has_another_stream(other: tuple[str | int, ...]) -> None:
    one, two = seeds.rng("sample", "demo", 0), seeds.rng(*other)
    assert one.integers(0, 2**32, 4).tolist() != two.integers(0, 2**32, 4).tolist()
    assert seeds.number("sample", "demo", 0) != seeds.number(*other)


def test_a_draw_from_one_stream_moves_no_other() -> None:
    before = seeds.rng("b").random(3).tolist()
    one, two = seeds.rng("a"), seeds.rng("b")
    one.random(100)
    assert two.random(3).tolist() == before


def test_streams_are_independent() -> None:
    """Of 10,000 uniform pairs the correlation has a standard error of 0.01; 0.04 is four of them."""
    one, two = seeds.rng("sample", "demo", 0).random(10_000), seeds.rng("sample", "demo", 1).random(10_000)
    correlation = ((one - one.mean()) * (two - two.mean())).mean() / (one.std() * two.std())
    assert abs(correlation) < 0.04


def test_numbers_fit_libraries_that_want_a_31_bit_seed() -> None:
    numbers = [seeds.number("n", n) for n in range(1000)]
    assert len(set(numbers)) == 1000  # two alike among 1000 of 2**31: 1 in 4300
    assert 0 <= min(numbers) < 2**26 < 2**30 < max(numbers) < 2**31


def test_streams_do_not_depend_on_the_hash_seed_of_python() -> None:
    code = "from promptmix.core import seeds; print(seeds.number('a', 1), seeds.rng('a', 1).random())"
    printed = printed_under("12", code)
    assert printed == {f"{seeds.number('a', 1)} {seeds.rng('a', 1).random()}\n"}
