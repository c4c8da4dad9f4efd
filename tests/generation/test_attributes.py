"""Every prompt gets a style instruction of its own."""

from itertools import islice

from promptmix.core import seeds
from promptmix.generation import attributes


def drawn(count: int) -> list[str]:
    return list(islice(attributes.styles(seeds.rng("attributes", "demo", 0)), count))


def test_equal_seeds_draw_alike_and_one_stream_draws_many_styles() -> None:
    """5 tones, 4 lengths and 5 situations make 100 styles; 200 draws of them leave 100 * 0.99**200 = 13 unseen."""
    assert drawn(200) == drawn(200)
    assert 75 <= len(set(drawn(200))) <= 100


def test_a_style_names_a_tone_a_length_and_a_situation() -> None:
    for drawn_style in drawn(20):
        tone, length, situation = drawn_style.split(", ", 2)
        assert tone.startswith(("in ", "formally", "casually", "with "))
        assert length.startswith("in ")
        assert situation.startswith(("by ", "with "))
