"""Students of every kind are trained on texts with their labels, soft ones too, in one phase or two."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from promptmix.core.records import Example
from promptmix.models.pretrained import Pretrained, resolve
from promptmix.students import fine_tuned, train
from tests.support.colours import COLOURS, EXAMPLES, RECIPE, TEXTS, learn, settings, weights


@pytest.mark.parametrize("kind", ["fine_tuned", "linear_probe", "setfit"])
def test_all_kinds_train_predict_and_say_how_they_are_used(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    backbone: Pretrained = resolve(str(tiny_backbone), "none")
    train.train(EXAMPLES, list(COLOURS), backbone, settings(kind), 0, tmp_path)
    train.write_card(tmp_path, EXAMPLES, backbone, settings(kind), "mixed")
    predictions = train.predict(EXAMPLES, tmp_path, backbone, settings(kind))
    assert [p.id for p in predictions] == [e.id for e in EXAMPLES]
    assert np.mean([p.predicted == p.gold for p in predictions]) > 0.9
    assert all(abs(sum(p.probabilities.values()) - 1) < 1e-3 for p in predictions)
    card = (tmp_path / "README.md").read_text()
    assert "on 27 texts (blue: 9, green: 9, red: 9)" in card


def test_a_setfit_student_brings_its_own_encoder_and_no_pickle(tiny_backbone: Path, tmp_path: Path) -> None:
    backbone = resolve(str(tiny_backbone), "none")
    train.train(EXAMPLES, list(COLOURS), backbone, settings("setfit", steps=2), 0, tmp_path)
    tuned = tmp_path / "fine_tuned" / "model.safetensors"
    assert tuned.read_bytes() != (tiny_backbone / "model.safetensors").read_bytes()
    assert not list(tmp_path.rglob("*.pkl"))


def soft(probabilities: dict[str, float]) -> Example:
    return Example(id="mix/0#1", text="wine sky", label="red", probabilities=probabilities)


def test_targets_are_class_numbers_unless_a_text_has_probabilities() -> None:
    labels = list(COLOURS)
    assert train.targets(EXAMPLES[8:10], labels).tolist() == [0, 1]
    rows = train.targets([soft({"red": 0.75, "green": 0.25}), EXAMPLES[9]], labels)
    assert rows.tolist() == [[0.75, 0.0, 0.25], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("kind", ["fine_tuned", "linear_probe"])
def test_a_student_of_soft_labels_is_as_unsure_as_they_are(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    """Every text is 0.6 its colour and 0.4 the next: cross-entropy is least where the student says so too."""
    following = dict(zip(COLOURS, [*list(COLOURS)[1:], "red"], strict=True))
    unsure = [e.model_copy(update={"probabilities": {e.label: 0.6, following[e.label]: 0.4}}) for e in EXAMPLES]
    backbone, how = resolve(str(tiny_backbone), "none"), settings(kind, C=1000.0)
    train.train(unsure, list(COLOURS), backbone, how, 0, tmp_path)
    found = train.predict(unsure, tmp_path, backbone, how)
    assert np.mean([p.probabilities[p.gold] for p in found]) == pytest.approx(0.6, abs=0.05)


def test_phases_are_the_written_texts_and_then_the_shots() -> None:
    some = [EXAMPLES[0], soft({"red": 1.0}), EXAMPLES[1], soft({"red": 1.0})]
    assert train.phases(some, "synthetic_then_real") == [[1, 3], [0, 2]]
    assert train.phases(some, "joint") == [[0, 1, 2, 3]]


def test_a_phase_without_texts_takes_no_part(tiny_backbone: Path, tmp_path: Path) -> None:
    joint, phases = tmp_path / "joint", tmp_path / "phases"
    learn(tiny_backbone, joint, steps=3)
    targets = train.targets(EXAMPLES, list(COLOURS))
    recipe = replace(RECIPE, steps=3)
    fine_tuned.train(TEXTS, targets, list(COLOURS), tiny_backbone, recipe, 0, phases, [[], list(range(27))])
    assert np.array_equal(weights(joint), weights(phases))
