"""The rows behind the figures, computed by hand from the made-up run of two seeds."""

import math
from dataclasses import replace

import pytest

from promptmix.report import csv_rows
from tests.support.made_up import relabeled, results


def test_moved_texts_are_counted_by_target_share_over_all_seeds() -> None:
    """At 0.5 one of two moved and one lost its label; at 0.9 none of 2 + 4."""
    low, high = csv_rows.moved_by_share(results())
    assert (low.target_share, low.moved, low.texts, low.share_moved) == (0.5, 1, 2, 0.5)
    assert (high.target_share, high.moved, high.texts, high.share_moved) == (0.9, 0, 6, 0.0)
    assert high.low == 0 < high.high < 0.5


def test_moved_shares_have_wilson_intervals() -> None:
    """With z = 1.96, z² = 3.8415: 0 of 6 is at most z²/(6 + z²); 1 of 2 is 1/2 ± z·sqrt(2/4 + z²/4)/(2 + z²)."""
    low, high = csv_rows.moved_by_share(results())
    half = 1.95996 * math.sqrt(2 / 4 + 3.84146 / 4) / (2 + 3.84146)
    assert (low.low, low.high) == pytest.approx((0.5 - half, 0.5 + half), abs=1e-5)
    assert (high.low, high.high) == pytest.approx((0, 3.84146 / (6 + 3.84146)), abs=1e-5)


def test_target_shares_are_in_ascending_order() -> None:
    every = results()
    run = replace(every.runs[0], relabeled=[text for share in (0.9, 0.55, 1.0) for text in relabeled(share, ["red"])])
    assert [row.target_share for row in csv_rows.moved_by_share(replace(every, runs=[run]))] == [0.55, 0.9, 1.0]


def test_accuracy_has_a_row_for_every_arm_seed_and_split_and_the_teacher_last() -> None:
    found = [tuple(row.values()) for row in csv_rows.accuracy_rows([results()])]
    assert found[:4] == [
        ("colors", "few_shot", 0, "validation", 0.5),
        ("colors", "few_shot", 0, "test", 0.5),
        ("colors", "few_shot", 1, "validation", 0.5),
        ("colors", "few_shot", 1, "test", 0.75),
    ]
    assert found[8:] == [("colors", "teacher", 0, "test", 0.5), ("colors", "teacher", 1, "test", 1.0)]


def test_confusion_has_a_row_for_every_test_text_arm_and_seed() -> None:
    found = list(csv_rows.confusion_rows([results()]))
    assert len(found) == 4 * 2 * 2
    assert found[1] == {"dataset": "colors", "arm": "few_shot", "actual": "red", "predicted": "green"}
