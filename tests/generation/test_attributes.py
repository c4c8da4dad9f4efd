"""How texts are to be written is drawn anew for every prompt."""

from itertools import islice

from promptmix.core import seeds
from promptmix.generation import attributes


def drawn(count: int) -> list[str]:
    return list(islice(attributes.draws(seeds.rng("attributes", "demo", 0)), count))


def test_equal_seeds_draw_alike_and_one_stream_draws_many_manners() -> None:
    """5 styles, 4 lengths and 5 situations make 100 manners; 200 draws of them leave 100 * 0.99**200 = 13 unseen."""
    assert drawn(200) == drawn(200)
    assert 75 <= len(set(drawn(200))) <= 100


def test_a_manner_names_a_style_a_length_and_a_situation() -> None:
    for manner in drawn(20):
        style, length, situation = manner.split(", ", 2)
        assert style.startswith(("in ", "formally", "casually", "with "))
        assert length.startswith("in ")
        assert situation.startswith(("by ", "with "))
