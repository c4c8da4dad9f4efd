"""Which student an arm has: that of params.yaml, or of the arm's own name on the frozen encoder."""

from pathlib import Path

import pytest

from promptmix import params
from promptmix.core.records import Example
from promptmix.models.pretrained import Pretrained
from promptmix.students.card import write_card
from promptmix.students.kind import Student
from promptmix.students.train import predict_labels, student_for, train_student
from tests.support.structure import ROOT

LABELS = ["weather", "money"]
SHOTS = [
    Example(id="d/train/0", text="it will rain tomorrow", label="weather"),
    Example(id="d/train/1", text="the bank charges a fee", label="money"),
]
TEST = [
    Example(id="d/test/0", text="snow and a cold wind", label="weather"),
    Example(id="d/test/1", text="how much is in my account", label="money"),
]


DISTILL, ENCODER = (getattr(params.load_all(ROOT / "params.yaml"), name) for name in ("distill", "encoder"))


def of_arm(arm: str, encoder: Pretrained, folder: Path) -> Student:
    """Return the student of an arm where the backbone is another model than the encoder."""
    manifests = folder / "backbone.json", folder / "encoder.json"
    for path, model in zip(manifests, (encoder.model_copy(update={"name": "other"}), encoder), strict=True):
        model.save(path)
    return student_for(arm, DISTILL, ENCODER, manifests, LABELS, 0, folder / "student")


def test_an_arm_has_the_student_of_params(small_encoder: Pretrained, tmp_path: Path) -> None:
    mixed = of_arm("mixed", small_encoder, tmp_path)
    assert (mixed.settings, mixed.backbone.name) == (DISTILL, "other")


@pytest.mark.parametrize("kind", ["prototypes", "linear_probe"])
def test_an_arm_with_the_name_of_a_kind_has_that_kind_on_the_encoder(
    kind: str, small_encoder: Pretrained, tmp_path: Path
) -> None:
    found = of_arm(kind, small_encoder, tmp_path)
    assert (found.settings.student, found.backbone) == (kind, small_encoder)
    assert (found.settings.backbone, found.settings.max_tokens) == (ENCODER.model, ENCODER.max_tokens)


def test_all_arms_of_a_seed_start_alike(small_encoder: Pretrained, tmp_path: Path) -> None:
    assert len({of_arm(arm, small_encoder, tmp_path).seed for arm in ("mixed", "relabeled", "few_shot")}) == 1


@pytest.mark.parametrize("shots", [SHOTS, []], ids=["shots", "zero_shot"])
def test_prototypes_label_by_the_nearest_class_with_shots_and_without(
    shots: list[Example], small_encoder: Pretrained, tmp_path: Path
) -> None:
    student = of_arm("prototypes", small_encoder, tmp_path)
    train_student(student, shots)
    write_card(student, shots, "prototypes")
    found = predict_labels(student, TEST)
    assert [p.predicted for p in found] == [p.gold for p in found]
    assert all(sum(p.probabilities.values()) == pytest.approx(1, abs=1e-3) for p in found)
    assert "nearest" in (student.folder / "README.md").read_text()
