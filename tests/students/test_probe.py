"""The linear probe: logistic regression on an encoder's vectors, of classes that may have no texts."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from promptmix.models.encoder import Vectors
from promptmix.students import probe
from promptmix.students.temperature import inverse_temperature
from tests.support.colors import COLORS


def vectors(seed: int, labels: list[str]) -> Vectors:
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(labels), 4))
    return (noise + np.eye(4)[[list(COLORS).index(label) for label in labels]]).astype(np.float32)


@pytest.mark.parametrize("present", [["red", "blue", "green"], ["red", "green"], ["blue"], []])
def test_a_probe_knows_all_classes_and_gives_those_it_never_saw_no_chance(present: list[str], tmp_path: Path) -> None:
    labels = present * 5
    trained(vectors(0, labels), labels, list(COLORS), 10.0, tmp_path)
    names, rows = probe.classify_vectors(vectors(1, labels or ["red"]), tmp_path)
    assert names == list(COLORS)
    assert np.allclose(rows.sum(axis=1), 1)
    for label, row in zip(labels, rows, strict=False):
        assert names[row.argmax()] == label
        assert all(row[names.index(absent)] < 1e-6 for absent in set(COLORS) - set(present))


def trained(rows: Vectors, labels: list[str], classes: list[str], c: float, folder: Path) -> None:
    probe.fit_probe(rows, rows, labels, [1.0] * len(labels), classes, c, folder)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_probe_is_that_of_scikit_learn_at_the_temperature_of_texts_not_tuned_on(classes: int, tmp_path: Path) -> None:
    labels = [list(COLORS)[n % classes] for n in range(30)]
    train, unseen, test = vectors(0, labels), vectors(2, labels) / np.float32(3), vectors(1, labels)
    probe.fit_probe(train, unseen, labels, [1.0] * 30, list(COLORS)[:classes], 1.0, tmp_path)
    model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000)
    factor = inverse_temperature(model, unseen, labels, [1.0] * 30)
    assert abs(factor / inverse_temperature(model, train, labels, [1.0] * 30) - 1) > 0.1
    model.fit(train, labels)
    names, rows = probe.classify_vectors(test, tmp_path)
    order = [list(model.classes_).index(name) for name in names]
    assert np.allclose(rows, softmax(factor * np.log(model.predict_proba(test)[:, order]), axis=1), atol=1e-4)


def test_a_probe_is_not_ruled_by_the_class_with_the_most_texts(tmp_path: Path) -> None:
    corners = np.eye(4, dtype=np.float32)
    many = np.concatenate([corners[:3], np.repeat(corners[3:], 30, axis=0)])
    gold = ["a", "b", "c", *["d"] * 30]
    trained(many, gold, ["a", "b", "c", "d"], 0.1, tmp_path)
    labels, probabilities = probe.classify_vectors(corners, tmp_path)
    assert [labels[row.argmax()] for row in probabilities] == ["a", "b", "c", "d"]
