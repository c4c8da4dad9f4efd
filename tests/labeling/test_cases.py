"""Who is a candidate for a text: the nearest classes, in class order."""

from collections.abc import Mapping

from promptmix.core.records import Example
from promptmix.labeling.cases import make_cases
from tests.support.fakes import Compass
from tests.support.labeled import CLASSES, COMPASS


def candidates(degrees: float, keep: int, shots: Mapping[str, tuple[str, float]] | None = None) -> list[str]:
    """Return the candidates of a text in that direction; shots are text to label and direction."""
    shots = shots or {}
    compass = Compass({"it": degrees, **COMPASS, **{text: angle for text, (_, angle) in shots.items()}})
    examples = [Example(id=f"d/train/{text}", text=text, label=label) for text, (label, _) in shots.items()]
    (found,) = make_cases({"a": "it"}, CLASSES, examples, keep, compass.encode)
    return [c.label for c in found.candidates]


def test_candidates_are_the_nearest_in_class_order_not_by_distance() -> None:
    """At 100 degrees: lost 10 away, wet 80, late 100, torn 170."""
    assert candidates(100, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 3) == ["late", "lost_parcel", "wet"]
    assert candidates(170, 2) == ["lost_parcel", "wet"]
    assert candidates(100, 99) == [c.label for c in CLASSES]


def test_without_shots_a_class_is_represented_by_its_name_with_spaces_for_underscores() -> None:
    """The compass knows "lost parcel" and would refuse "lost_parcel"."""
    assert candidates(90, 1) == ["lost_parcel"]


def test_with_shots_a_class_is_represented_by_the_mean_of_name_and_shots() -> None:
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
    found = make_cases({"b": "it", "a": "they", "c": "it"}, CLASSES, [], 1, compass.encode)
    assert [(each.id, each.text, each.candidates[0].label) for each in found] == [
        ("b", "it", "late"),
        ("a", "they", "lost_parcel"),
        ("c", "it", "late"),
    ]
    assert len(compass.encoded) == 3 + 4


def test_no_texts_are_no_cases() -> None:
    assert make_cases({}, CLASSES, [], 3, Compass(COMPASS).encode) == []


def test_where_all_classes_are_candidates_nothing_is_encoded() -> None:
    compass = Compass({})
    (found,) = make_cases({"a": "text"}, CLASSES, [], len(CLASSES), compass.encode)
    assert (found.candidates, compass.encoded) == (tuple(CLASSES), [])
