"""A class is the direction between its texts and its name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Example
from promptmix.models import nearest
from tests.support.fakes import Compass
from tests.support.labeled import CLASSES

NAMES = Compass({"east": 0, "north": 90}).encode(["east", "north"])


def test_a_prototype_is_the_mean_direction_of_name_and_texts() -> None:
    """A name at 0 and texts at 30 and 60 degrees have their mean at 30; a class without texts is its name."""
    texts = Compass({"a": 30, "b": 60}).encode(["a", "b"])
    found = nearest.class_means(["east", "north"], NAMES, ["east", "east"], texts)
    assert np.degrees(np.arctan2(found[:, 1], found[:, 0])) == pytest.approx([30, 90], abs=1e-4)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1.0)


def test_without_any_text_the_names_remain() -> None:
    assert nearest.class_means(["east", "north"], NAMES, [], np.zeros((0, 2), np.float32)) == pytest.approx(NAMES)


@given(st.integers(0, 5), st.integers(1, 8), st.integers(2, 6), st.integers(0, 10**6), st.booleans(), st.data())
def test_the_shortlist_is_that_of_a_loop_over_all_pairs(
    texts: int, classes: int, size: int, seed: int, coarse: bool, data: st.DataObject
) -> None:
    """Coarse vectors have many ties, which go to the class that comes first."""
    keep = data.draw(st.integers(1, classes))
    rng = np.random.default_rng(seed)
    raw = rng.integers(1, 3, (texts + classes, size)) if coarse else rng.normal(size=(texts + classes, size))
    vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    found = nearest.shortlist(vectors[:texts], vectors[texts:], keep)
    assert found.shape == (texts, keep)
    for text, row in zip(vectors[:texts], found.tolist(), strict=True):
        similarity = [round(sum(float(a) * float(b) for a, b in zip(text, c, strict=True)), 5) for c in vectors[texts:]]
        if coarse:
            assert row == sorted(range(classes), key=lambda c: (-similarity[c], c))[:keep]
        else:
            assert [similarity[c] for c in row] == sorted(similarity, reverse=True)[:keep]


def test_ties_go_to_the_class_that_comes_first() -> None:
    same = np.ones((3, 1), np.float32)
    assert nearest.shortlist(same[:1], same, 2).tolist() == [[0, 1]]


def test_neighbors_are_ranked_by_the_prototypes_of_shots_and_names() -> None:
    """Directions: late 0, lost 80 by its name and 10 by its shot so 45, wet 60, torn 170."""
    degrees = {"late": 0.0, "lost parcel": 80.0, "wet": 60.0, "torn": 170.0, "found": 10.0}
    shot = Example(id="d/train/1", text="found", label="lost_parcel")
    ranked = nearest.neighbors(CLASSES, [shot], Compass(degrees).encode)
    assert ranked["late"] == ["lost_parcel", "wet", "torn"]
    assert ranked["torn"] == ["wet", "lost_parcel", "late"]
