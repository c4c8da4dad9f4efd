"""A class is the direction between its texts and its name."""

import numpy as np
import pytest

from promptmix.models import nearest
from tests.support.fakes import Compass

NAMES = Compass({"east": 0, "north": 90}).encode(["east", "north"])


def test_a_prototype_is_the_mean_direction_of_name_and_texts() -> None:
    """A name at 0 and texts at 30 and 60 degrees have their mean at 30; a class without texts is its name."""
    texts = Compass({"a": 30, "b": 60}).encode(["a", "b"])
    found = nearest.means(["east", "north"], NAMES, ["east", "east"], texts)
    assert np.degrees(np.arctan2(found[:, 1], found[:, 0])) == pytest.approx([30, 90], abs=1e-4)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)


def test_without_any_text_the_names_remain() -> None:
    assert nearest.means(["east", "north"], NAMES, [], np.zeros((0, 2), np.float32)) == pytest.approx(NAMES)
