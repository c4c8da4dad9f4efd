"""The linear probe: logistic regression on an encoder's vectors, of classes that may have no texts."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from promptmix import probe
from promptmix.probe import Vectors
from tests.colours import COLOURS


def vectors(seed: int, labels: list[str]) -> Vectors:
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(labels), 4))
    return (noise + np.eye(4)[[list(COLOURS).index(label) for label in labels]]).astype(np.float32)


@pytest.mark.parametrize("present", [["red", "blue", "green"], ["red", "green"], ["blue"], []])
def test_a_probe_knows_all_classes_and_gives_those_it_never_saw_no_chance(present: list[str], tmp_path: Path) -> None:
    labels = present * 5
    trained(vectors(0, labels), labels, list(COLOURS), 10.0, tmp_path)
    names, rows = probe.predict(vectors(1, labels or ["red"]), tmp_path)
    assert names == list(COLOURS)
    assert np.allclose(rows.sum(axis=1), 1)
    for label, row in zip(labels, rows, strict=False):
        assert names[row.argmax()] == label
        assert all(row[names.index(absent)] < 1e-6 for absent in set(COLOURS) - set(present))


def trained(rows: Vectors, labels: list[str], classes: list[str], c: float, folder: Path) -> None:
    probe.train(rows, rows, labels, [1.0] * len(labels), classes, c, folder)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_probe_is_that_of_scikit_learn_but_for_how_sure_it_is(classes: int, tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    labels = [list(COLOURS)[n % classes] for n in range(30)]
    train, test = vectors(0, labels), vectors(1, labels)
    trained(train, labels, list(COLOURS)[:classes], 1.0, tmp_path)
    reference = LogisticRegression(C=1.0, max_iter=1000).fit(train, labels)
    names, rows = probe.predict(test, tmp_path)
    order = [list(reference.classes_).index(name) for name in names]
    theirs = np.log(reference.predict_proba(test)[:, order])
    factor = probe.sharpness(train, labels, [1.0] * 30, 1.0)
    assert factor > 1.5
    assert np.allclose(rows, softmax(factor * theirs, axis=1), atol=1e-4)


def test_a_probe_of_noisy_labels_is_as_sure_as_it_is_right(tmp_path: Path) -> None:
    """A third of the texts has a label drawn anew; by itself the regression would be 0.69 sure and 0.82 right."""
    draw = np.random.default_rng(0)
    gold = [list(COLOURS)[n % 3] for n in range(600)]
    noisy = [str(draw.choice(list(COLOURS))) if draw.random() < 1 / 3 else label for label in gold]
    rows = vectors(0, gold)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    trained(unit[:300], noisy[:300], list(COLOURS), 0.1, tmp_path)
    names, probabilities = probe.predict(unit[300:], tmp_path)
    right = np.mean([names[n] == label for n, label in zip(probabilities.argmax(axis=1), noisy[300:], strict=True)])
    assert abs(probabilities.max(axis=1).mean() - right) < 0.05


def test_two_texts_a_class_that_are_all_right_make_no_probe_certain() -> None:
    labels = list(COLOURS) * 2
    rows = np.eye(4, dtype=np.float32)[[list(COLOURS).index(label) for label in labels]]
    factor = probe.sharpness(rows, labels, [1.0] * len(labels), 1.0)
    assert 1 < factor < 20


def test_a_class_with_one_text_leaves_nothing_to_hold_out() -> None:
    labels = ["red", "red", "green"]
    assert probe.sharpness(vectors(0, labels), labels, [1.0] * 3, 1.0) == 1.0


def test_a_probe_is_not_ruled_by_the_class_with_the_most_texts(tmp_path: Path) -> None:
    corners = np.eye(4, dtype=np.float32)
    many = np.concatenate([corners[:3], np.repeat(corners[3:], 30, axis=0)])
    gold = ["a", "b", "c", *["d"] * 30]
    trained(many, gold, ["a", "b", "c", "d"], 0.1, tmp_path)
    labels, probabilities = probe.predict(corners, tmp_path)
    assert [labels[row.argmax()] for row in probabilities] == ["a", "b", "c", "d"]
