"""Who is a candidate for a text: the nearest classes, in class order."""

from collections.abc import Mapping

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Example
from promptmix.labeling import cases
from tests.support.fakes import Compass
from tests.support.labelled import CLASSES, COMPASS


def candidates(degrees: float, keep: int, shots: Mapping[str, tuple[str, float]] | None = None) -> list[str]:
    """Return the candidates of a text in that direction; shots are text to label and direction."""
    shots = shots or {}
    compass = Compass({"it": degrees, **COMPASS, **{text: angle for text, (_, angle) in shots.items()}})
    examples = [Example(id=f"d/train/{text}", text=text, label=label) for text, (label, _) in shots.items()]
    (found,) = cases.cases({"a": "it"}, CLASSES, examples, keep, compass.encode)
    return [c.label for c in found.candidates]


@given(st.integers(0, 5), st.integers(1, 8), st.integers(2, 6), st.integers(0, 10**6), st.booleans(), st.data())
def test_the_shortlist_is_that_of_a_loop_over_all_pairs(
    texts: int, classes: int, size: int, seed: int, coarse: bool, data: st.DataObject
) -> None:
    """Coarse vectors have many ties, which go to the class that comes first."""
    keep = data.draw(st.integers(1, classes))
    rng = np.random.default_rng(seed)
    raw = rng.integers(1, 3, (texts + classes, size)) if coarse else rng.normal(size=(texts + classes, size))
    vectors = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(np.float32)
    found = cases.shortlist(vectors[:texts], vectors[texts:], keep)
    assert found.shape == (texts, keep)
    for text, row in zip(vectors[:texts], found.tolist(), strict=True):
        similarity = [round(sum(float(a) * float(b) for a, b in zip(text, c, strict=True)), 5) for c in vectors[texts:]]
        if coarse:
            assert row == sorted(range(classes), key=lambda c: (-similarity[c], c))[:keep]
        else:
            assert [similarity[c] for c in row] == sorted(similarity, reverse=True)[:keep]


def test_ties_go_to_the_class_that_comes_first() -> None:
    same = np.ones((3, 1), np.float32)
    assert cases.shortlist(same[:1], same, 2).tolist() == [[0, 1]]


def test_candidates_are_the_nearest_in_class_order_not_by_distance() -> None:
    """At 100 degrees: lost 10 away, wet 80, late 100, torn 170."""
    assert candidates(100, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 3) == ["late", "lost_parcel", "wet"]
    assert candidates(170, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 99) == [c.label for c in CLASSES]


def test_without_shots_a_name_stands_for_its_class_with_spaces_for_underscores() -> None:
    """The compass knows "lost parcel" and would refuse "lost_parcel"."""
    assert candidates(90, 1) == ["lost_parcel"]


def test_with_shots_the_mean_of_name_and_shots_stands_for_the_class() -> None:
    """late: name at 0, shots at 120 and 120: mean (1 - 0.5 - 0.5, 0.87 + 0.87) = straight up, 90.

    A text at 91 is nearer to it than to lost, which a shot at 180 has turned to 135; without shots lost is nearest.
    """
    assert candidates(91, 1) == ["lost_parcel"]
    shots = {"one": ("late", 120.0), "two": ("late", 120.0), "gone": ("lost_parcel", 180.0)}
    assert candidates(91, 1, shots) == ["late"]


def test_a_prototype_counts_by_direction_not_by_length() -> None:
    """late: name at 0, shot at 160, so direction 80 but length only 0.17; a text at 84 is 4 from it and 6 from lost."""
    assert candidates(84, 1, {"one": ("late", 160.0)}) == ["late"]


def test_everything_is_encoded_in_one_go_and_texts_keep_their_ids_and_order() -> None:
    compass = Compass({"it": 1.0, "they": 91.0} | COMPASS)
    found = cases.cases({"b": "it", "a": "they", "c": "it"}, CLASSES, [], 1, compass.encode)
    assert [(each.id, each.text, each.candidates[0].label) for each in found] == [
        ("b", "it", "late"),
        ("a", "they", "lost_parcel"),
        ("c", "it", "late"),
    ]
    assert len(compass.encoded) == 3 + 4


def test_no_texts_are_no_cases() -> None:
    assert cases.cases({}, CLASSES, [], 3, Compass(COMPASS).encode) == []


def test_where_all_classes_are_candidates_nothing_is_encoded() -> None:
    compass = Compass({})
    (found,) = cases.cases({"a": "text"}, CLASSES, [], len(CLASSES), compass.encode)
    assert (found.candidates, compass.encoded) == (tuple(CLASSES), [])


def test_neighbours_are_ranked_by_the_prototypes_of_shots_and_names() -> None:
    """Directions: late 0, lost 80 by its name and 10 by its shot so 45, wet 60, torn 170."""
    degrees = {"late": 0.0, "lost parcel": 80.0, "wet": 60.0, "torn": 170.0, "found": 10.0}
    shot = Example(id="d/train/1", text="found", label="lost_parcel")
    ranked = cases.neighbours(CLASSES, [shot], Compass(degrees).encode)
    assert ranked["late"] == ["lost_parcel", "wet", "torn"]
    assert ranked["torn"] == ["wet", "lost_parcel", "late"]
