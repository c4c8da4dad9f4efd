"""Students of every kind learn labeled texts, soft labels too, and a kind is one file."""

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from promptmix.core import jsonl
from promptmix.core.records import ClassInfo, Prediction
from promptmix.students import KINDS, kinds
from promptmix.students.card import write_card
from promptmix.students.train import predict_labels, train_student
from stages import distill
from tests.support.colors import COLORS, EXAMPLES, student
from tests.support.structure import ROOT


@pytest.mark.parametrize("kind", KINDS)
def test_all_kinds_train_and_predict(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    trained = student(tiny_backbone, tmp_path, student=kind)
    train_student(trained, EXAMPLES)
    predictions = predict_labels(trained, EXAMPLES)
    assert [p.id for p in predictions] == [e.id for e in EXAMPLES]
    assert np.mean([p.predicted == p.gold for p in predictions]) > 0.9
    assert all(abs(sum(p.probabilities.values()) - 1) < 1e-3 for p in predictions)


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_every_model_card_labels_a_text_as_the_stage_does(
    kind: str, tiny_backbone: Path, tmp_path: Path
) -> None:
    """A text of 20 tokens of which the first 14 count: 16 with those for start and end."""
    long = EXAMPLES[0].model_copy(update={"text": "wine rose " * 7 + "frog grass leaf frog grass leaf"})
    trained = student(tiny_backbone, tmp_path, student=kind, steps=3)
    train_student(trained, EXAMPLES)
    write_card(trained, EXAMPLES, "mixed")
    card = (tmp_path / "README.md").read_text()
    assert "on 27 texts (blue: 9, green: 9, red: 9)" in card
    assert KINDS[kind].description in card
    (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    names: dict[str, Any] = {}
    lines = code.replace("THIS FOLDER", str(tmp_path)).replace("a text", long.text).splitlines()
    exec("\n".join([*lines[:-1], f"result = {lines[-1]}" if kind == "fine_tuned" else lines[-1]]), names)
    (expected,) = predict_labels(trained, [long])
    if "result" in names:
        label, probability = names["result"][0]["label"], names["result"][0]["score"]
    else:
        best = names["probabilities"][0].argmax()
        label, probability = names["labels"][best], names["probabilities"][0][best]
    assert label == expected.predicted
    assert probability == pytest.approx(max(expected.probabilities.values()), abs=1e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_predicts_nothing_of_no_texts(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    """A data set may have no test texts, or no validation texts."""
    trained = student(tiny_backbone, tmp_path, student=kind, steps=2)
    train_student(trained, EXAMPLES)
    assert predict_labels(trained, []) == []


def test_a_setfit_student_brings_its_own_encoder_and_no_pickle(tiny_backbone: Path, tmp_path: Path) -> None:
    train_student(student(tiny_backbone, tmp_path, student="setfit", steps=2), EXAMPLES)
    tuned = tmp_path / "encoder" / "model.safetensors"
    assert tuned.read_bytes() != (tiny_backbone / "model.safetensors").read_bytes()
    assert not list(tmp_path.rglob("*.pkl"))


@pytest.mark.parametrize("kind", ["fine_tuned", "linear_probe"])
def test_a_student_of_soft_labels_is_as_unsure_as_they_are(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    """Every text is 0.6 its color and 0.4 the next: cross-entropy is least where the student says so too."""
    following = dict(zip(COLORS, [*list(COLORS)[1:], "red"], strict=True))
    unsure = [e.model_copy(update={"probabilities": {e.label: 0.6, following[e.label]: 0.4}}) for e in EXAMPLES]
    trained = student(tiny_backbone, tmp_path, student=kind, C=1000.0)
    train_student(trained, unsure)
    found = predict_labels(trained, unsure)
    assert np.mean([p.probabilities[p.gold] for p in found]) == pytest.approx(0.6, abs=0.05)


COIN = """
import numpy as np
from promptmix.students.kind import Kind

def fit(student, examples):
    student.folder.mkdir(parents=True)
    (student.folder / "favorite").write_text(max(example.label for example in examples))

def predict(student, texts):
    favorite = (student.folder / "favorite").read_text()
    return list(student.labels), np.tile([float(label == favorite) for label in student.labels], (len(texts), 1))

KIND = Kind("thrown", "never trained", "# throw a coin", fit, predict)
"""


@pytest.fixture
def coin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add a kind of student in a folder of its own, and remove it again."""
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "coin.py").write_text(COIN)
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path / "kinds")])
    importlib.invalidate_caches()
    yield
    sys.modules.pop("promptmix.students.kinds.coin", None)


def test_a_new_kind_of_student_is_one_file(
    coin: None, tiny_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found, params.yaml may name it, and the stage trains it, writes its card and predicts with it."""
    assert "coin" in KINDS
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(re.sub(r"(?m)^  student: \w+", "  student: coin", text), encoding="utf-8")
    student(tiny_backbone, tmp_path).backbone.save(Path("backbone.json"))
    jsonl.write(Path("classes.jsonl"), [ClassInfo(label=label, description="a color") for label in COLORS])
    for split in ("train", "validation", "test"):
        jsonl.write(Path(f"{split}.jsonl"), EXAMPLES)
    backbone = Path("backbone.json")
    distill.main(
        seed=0, arm="mixed", backbone=backbone, encoder=backbone, compiled=Path(), train=Path("train.jsonl"),
        student=Path("student"), out=Path("out"),
    )  # fmt: skip
    assert {p.predicted for p in jsonl.read(Path("out/test.jsonl"), Prediction)} == {"red"}
    card = Path("student/README.md").read_text()
    assert "never trained, on 27 texts" in card
    assert "# throw a coin" in card
