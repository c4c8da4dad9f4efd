"""The arm ``prototypes`` is the frozen encoder: the nearest class, and nothing is trained."""

from pathlib import Path

import pytest

from promptmix import params
from promptmix.core.records import Example
from promptmix.models.pretrained import Pretrained
from promptmix.params import Params
from promptmix.students import train

LABELS = ["weather", "money"]
SHOTS = [
    Example(id="d/train/0", text="it will rain tomorrow", label="weather"),
    Example(id="d/train/1", text="the bank charges a fee", label="money"),
]
TEST = [
    Example(id="d/test/0", text="snow and a cold wind", label="weather"),
    Example(id="d/test/1", text="how much is in my account", label="money"),
]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Params:
    monkeypatch.chdir(Path(__file__).parents[2])
    return params.read()


def test_every_other_arm_is_trained_as_params_say(settings: Params) -> None:
    assert train.settings_of("mixed", settings) == settings.distill
    prototypes = train.settings_of("prototypes", settings)
    assert (prototypes.student, prototypes.backbone) == ("prototypes", settings.encoder.model)


@pytest.mark.parametrize("shots", [SHOTS, []], ids=["shots", "zero_shot"])
def test_prototypes_label_by_the_nearest_class_with_shots_and_without(
    shots: list[Example], settings: Params, small_encoder: Pretrained, tmp_path: Path
) -> None:
    how = train.settings_of("prototypes", settings)
    train.train(shots, LABELS, small_encoder, how, 0, tmp_path)
    train.write_card(tmp_path, shots, small_encoder, how, "prototypes")
    found = train.predict(TEST, tmp_path, small_encoder, how)
    assert [p.predicted for p in found] == [p.gold for p in found]
    assert all(sum(p.probabilities.values()) == pytest.approx(1, abs=1e-3) for p in found)
    assert "nearest" in (tmp_path / "README.md").read_text()
