"""The fine-tuned student really learns: a tiny encoder with random weights, made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from promptmix.core.records import Example
from promptmix.students.kinds import fine_tuned
from tests.support.colors import COLORS, EXAMPLES, TEXTS, accuracy, labeled, learn, weights


def test_a_student_learns_what_can_be_learned(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path)
    assert accuracy(tmp_path, EXAMPLES) == 1.0
    assert accuracy(tmp_path, labeled(["leaf", "sea sky ice"], ["green", "blue"])) == 1.0


def test_a_student_learns_nothing_from_labels_that_mean_nothing(tiny_backbone: Path, tmp_path: Path) -> None:
    """Trained on labels in rotation, held-out accuracy stays near 1/3: s.e. of 27 is 0.09, bound at 3 s.e."""
    rotated = [list(COLORS)[n % 3] for n in range(27)]
    learn(tiny_backbone, tmp_path, labeled(TEXTS[::2], rotated[::2]))
    assert abs(accuracy(tmp_path, EXAMPLES[1::2]) - 1 / 3) < 0.4


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_weights(tiny_backbone: Path, tmp_path: Path) -> None:
    for name, seed in {"a": 0, "b": 0, "c": 1}.items():
        learn(tiny_backbone, tmp_path / name, seed=seed, steps=5)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_student_without_texts_guesses(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path, [])
    _, rows = fine_tuned.class_probabilities(["wine", "sky"], tmp_path, 16)
    assert rows.shape == (2, 3)


def test_no_texts_give_no_predictions(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path, [])
    names, rows = fine_tuned.class_probabilities([], tmp_path, 16)
    assert (names, rows.shape) == (list(COLORS), (0, 3))


def test_predictions_come_in_the_order_of_the_texts_whatever_their_length(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path)
    texts = ["sea", "wine rose blood wine", "frog leaf"]
    _, together = fine_tuned.class_probabilities(texts, tmp_path, 16)
    alone = np.stack([fine_tuned.class_probabilities([text], tmp_path, 16)[1][0] for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_every_row_is_in_one_batch_of_an_epoch_with_rows_of_similar_length() -> None:
    """40 rows of lengths 1 to 40, batches of 4: a stretch holds all rows, so every batch spans exactly 4 lengths."""
    lengths = list(range(1, 41))
    batches = fine_tuned._batches(lengths, 4, np.random.default_rng(0))
    epoch = [next(batches) for _ in range(10)]
    assert sorted(row for batch in epoch for row in batch) == list(range(40))
    assert all(max(batch) - min(batch) == 3 for batch in epoch)
    assert epoch != sorted(epoch)


def test_frozen_embeddings_stay_as_they_were(tiny_backbone: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    learn(tiny_backbone, tmp_path, steps=5, freeze_embeddings=True)
    name = "embeddings.word_embeddings.weight"
    before = load_file(tiny_backbone / "model.safetensors")[name].astype(np.float16)
    assert np.array_equal(load_file(tmp_path / "model.safetensors")[f"bert.{name}"], before)


def test_a_saved_student_is_used_as_its_card_says(tiny_backbone: Path, tmp_path: Path) -> None:
    from transformers import pipeline

    learn(tiny_backbone, tmp_path)
    classify = pipeline("text-classification", model=str(tmp_path))
    assert classify("grass frog")[0]["label"] == "green"
    assert json.loads((tmp_path / "config.json").read_text())["id2label"] == {"0": "red", "1": "blue", "2": "green"}


def test_three_batches_of_9_accumulated_are_a_step_with_27(steady_backbone: Path, tmp_path: Path) -> None:
    """27 texts of equal length: the mean gradient of three batches of 9 is that of one of 27, up to rounding."""
    learn(steady_backbone, tmp_path / "parts", steps=1, warmup_share=0.0, batch_size=9, accumulate=3)
    learn(steady_backbone, tmp_path / "whole", steps=1, warmup_share=0.0, batch_size=27)
    learn(steady_backbone, tmp_path / "less", steps=1, warmup_share=0.0, batch_size=9)
    parts, whole, less = (weights(tmp_path / name) for name in ("parts", "whole", "less"))
    # Adam's first step is the gradient's sign: where a gradient is all but 0, rounding decides.
    assert np.mean(np.abs(parts - whole) > 1e-4) < 0.01
    assert np.mean(np.abs(less - whole) > 1e-4) > 0.05


def test_half_precision_learns_too_and_computes_otherwise(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path / "half", precision="bfloat16")
    learn(tiny_backbone, tmp_path / "full")
    assert accuracy(tmp_path / "half", EXAMPLES) == 1.0
    assert not np.array_equal(weights(tmp_path / "half"), weights(tmp_path / "full"))


@pytest.mark.parametrize(("device", "half"), [("cpu", False), ("cuda", True)])
def test_auto_is_half_precision_on_a_gpu_that_has_it(device: str, half: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: not including_emulation)
    assert fine_tuned._in_half("auto", torch.device(device)) is half


@pytest.mark.slow
def test_what_is_learned_last_is_what_is_remembered(tiny_backbone: Path, tmp_path: Path) -> None:
    """The same texts under two labelings: joint training can satisfy neither, two phases end with the second."""
    wrong = labeled(TEXTS, [list(COLORS)[(n // 9 + 1) % 3] for n in range(27)], "mix")
    for phases in ("joint", "synthetic_then_real"):
        learn(tiny_backbone, tmp_path / phases, [*wrong, *EXAMPLES], steps=300, phases=phases)
    assert accuracy(tmp_path / "synthetic_then_real", EXAMPLES) == 1.0
    assert accuracy(tmp_path / "joint", EXAMPLES) < 0.8


def soft(probabilities: dict[str, float]) -> Example:
    return Example(id="mix/0#1", text="wine sky", label="red", probabilities=probabilities)


def test_targets_are_class_numbers_unless_a_text_has_probabilities() -> None:
    labels = list(COLORS)
    assert fine_tuned.targets(EXAMPLES[8:10], labels).tolist() == [0, 1]
    rows = fine_tuned.targets([soft({"red": 0.75, "green": 0.25}), EXAMPLES[9]], labels)
    assert rows.tolist() == [[0.75, 0.0, 0.25], [0.0, 1.0, 0.0]]


def test_phases_are_the_generated_texts_and_then_the_shots() -> None:
    some = [EXAMPLES[0], soft({"red": 1.0}), EXAMPLES[1], soft({"red": 1.0})]
    assert fine_tuned.split_phases(some, "synthetic_then_real") == [[1, 3], [0, 2]]
    assert fine_tuned.split_phases(some, "joint") == [[0, 1, 2, 3]]


def test_a_phase_without_texts_takes_no_part(tiny_backbone: Path, tmp_path: Path) -> None:
    for phases in ("joint", "synthetic_then_real"):
        learn(tiny_backbone, tmp_path / phases, steps=3, phases=phases)
    assert np.array_equal(weights(tmp_path / "joint"), weights(tmp_path / "synthetic_then_real"))
