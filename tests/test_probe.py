"""The linear probe: logistic regression on an encoder's vectors, of classes that may have no texts."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix import probe
from tests.colours import COLOURS


def vectors(seed: int, labels: list[str]) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(labels), 4))
    return (noise + np.eye(4)[[list(COLOURS).index(label) for label in labels]]).astype(np.float32)


@pytest.mark.parametrize("present", [["red", "blue", "green"], ["red", "green"], ["blue"], []])
def test_a_probe_knows_all_classes_and_gives_those_it_never_saw_no_chance(present: list[str], tmp_path: Path) -> None:
    labels = present * 5
    probe.train(vectors(0, labels), labels, [1.0] * len(labels), list(COLOURS), 10.0, tmp_path)
    names, rows = probe.predict(vectors(1, labels or ["red"]), tmp_path)
    assert names == list(COLOURS)
    assert np.allclose(rows.sum(axis=1), 1)
    for label, row in zip(labels, rows, strict=False):
        assert names[row.argmax()] == label
        assert all(row[names.index(absent)] < 1e-6 for absent in set(COLOURS) - set(present))


def test_a_probe_agrees_with_scikit_learn(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    labels = [list(COLOURS)[n % 3] for n in range(30)]
    train, test = vectors(0, labels), vectors(1, labels)
    probe.train(train, labels, [1.0] * 30, list(COLOURS), 1.0, tmp_path)
    reference = LogisticRegression(C=1.0, max_iter=1000).fit(train, labels)
    names, rows = probe.predict(test, tmp_path)
    order = [list(reference.classes_).index(name) for name in names]
    assert np.allclose(rows, reference.predict_proba(test)[:, order], atol=1e-4)


def test_a_probe_is_not_ruled_by_the_class_with_the_most_texts(tmp_path: Path) -> None:
    corners = np.eye(4, dtype=np.float32)
    many = np.concatenate([corners[:3], np.repeat(corners[3:], 30, axis=0)])
    gold = ["a", "b", "c", *["d"] * 30]
    probe.train(many, gold, [1.0] * 33, ["a", "b", "c", "d"], 0.1, tmp_path)
    labels, probabilities = probe.predict(corners, tmp_path)
    assert [labels[row.argmax()] for row in probabilities] == ["a", "b", "c", "d"]
