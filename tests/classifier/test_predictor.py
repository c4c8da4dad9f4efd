"""Predictions of a released classifier: right, in order, with flat memory, and refused in one line."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from promptmix.classifier.predictor import BATCH_TEXTS, BATCH_TOKENS, Predictor, batches
from promptmix.core.errors import ClassifierError
from tests.support.tiny_classifier import tiny_classifier

LIGHT = """
import sys
from pathlib import Path
from promptmix.classifier.predictor import Predictor
print(Predictor(Path(sys.argv[1])).predict(["navy sky"])[0].label)
print(sorted({"torch", "transformers", "sklearn", "scipy", "dvc", "pandas", "huggingface_hub"} & set(sys.modules)))
"""


def test_labels_and_confidences_are_in_the_order_of_the_texts(tmp_path: Path) -> None:
    """Two blue words of three give the logits 0, 0, 4 and one word 0, 0, 2: e^4 / (e^4 + 2) and e^2 / (e^2 + 2)."""
    predictor = Predictor(tiny_classifier(tmp_path / "m"))
    found = predictor.predict(["navy sky night", "lime", "Crimson " * 5])
    assert [each.label for each in found] == ["blue", "green", "red"]
    assert found[0].confidence == pytest.approx(np.exp(4) / (np.exp(4) + 2), abs=1e-6)
    assert found[1].confidence == pytest.approx(np.exp(2) / (np.exp(2) + 2), abs=1e-6)


def test_a_batch_changes_no_prediction(tmp_path: Path) -> None:
    predictor = Predictor(tiny_classifier(tmp_path / "m"))
    texts = [("navy " * (at % 7) + "lime " * (at % 5)).strip() or "rose" for at in range(1500)]
    alone = np.vstack([predictor.probabilities([text]) for text in texts[:70]])
    np.testing.assert_allclose(predictor.probabilities(texts)[:70], alone, atol=1e-6)


@pytest.mark.parametrize("text", ["", "   ", "navy " * 10_000, "蓝色 голубой أزرق 🟦", "\0\a"])
def test_any_text_gets_a_label(tmp_path: Path, text: str) -> None:
    (found,) = Predictor(tiny_classifier(tmp_path / "m")).predict([text])
    assert 1 / 3 - 1e-6 <= found.confidence <= 1


def test_a_text_is_cut_to_the_length_that_the_classifier_was_trained_with(tmp_path: Path) -> None:
    predictor = Predictor(tiny_classifier(tmp_path / "m", max_tokens=2))
    assert predictor.predict(["navy navy lime lime lime"])[0].label == "blue"


def test_no_texts_are_no_predictions(tmp_path: Path) -> None:
    assert Predictor(tiny_classifier(tmp_path / "m")).predict([]) == []


def test_batches_hold_every_text_once_and_are_not_too_large() -> None:
    lengths = [1, 4000, 3, 700, *([5] * 200), 2]
    found = batches(lengths)
    assert sorted(at for batch in found for at in batch) == list(range(len(lengths)))
    assert found[0] == [1]
    for batch in found[1:]:
        assert len(batch) <= BATCH_TEXTS
        assert len(batch) * max(lengths[at] for at in batch) <= BATCH_TOKENS
    assert batches([]) == []


def test_neither_torch_nor_transformers_is_imported(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "m")
    done = subprocess.run([sys.executable, "-c", LIGHT, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["blue", "[]"]


def test_a_damaged_model_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tiny_classifier(tmp_path / "m")
    (folder / "model.onnx").write_bytes(b"half")
    with pytest.raises(ClassifierError, match=r"model\.onnx has sha256 [0-9a-f]{12}…, expected"):
        Predictor(folder)
    Predictor(folder, "int8")  # its own file is whole
