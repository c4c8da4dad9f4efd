"""The students learn for real: a tiny encoder with random weights, made here, and the linear probe."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix import distilling, probe, student
from promptmix.params import Distill
from promptmix.pretrained import Pretrained, resolve
from promptmix.records import Example

COLOURS = {"red": ["wine", "rose", "blood"], "blue": ["sky", "sea", "ice"], "green": ["grass", "leaf", "frog"]}
TEXTS = [f"{a} {b}" for words in COLOURS.values() for a in words for b in words]
LABELS = [label for label in COLOURS for _ in range(9)]
RECIPE = student.Recipe(
    steps=150, epochs=0, learning_rate=3e-3, weight_decay=0.0, warmup_share=0.1, batch_size=9, freeze_embeddings=False,
    max_tokens=16,
)  # fmt: skip


@pytest.fixture(scope="module")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 2-layer, 32-wide BERT with random weights and a vocabulary of the colour words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({w for ws in COLOURS.values() for w in ws})]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=64)  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def accuracy(folder: Path, texts: list[str], labels: list[str]) -> float:
    names, rows = student.predict(texts, folder, 16)
    return float(np.mean([names[row.argmax()] == label for row, label in zip(rows, labels, strict=True)]))


def test_a_student_learns_what_can_be_learned(tiny_backbone: Path, tmp_path: Path) -> None:
    student.train(TEXTS, LABELS, list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    assert accuracy(tmp_path, TEXTS, LABELS) == 1.0
    assert accuracy(tmp_path, ["leaf", "sea sky ice"], ["green", "blue"]) == 1.0


def test_a_student_learns_nothing_from_labels_that_mean_nothing(tiny_backbone: Path, tmp_path: Path) -> None:
    """Trained on labels in rotation, held-out accuracy stays near 1/3: s.e. of 27 is 0.09, bound at 3 s.e."""
    rotated = [list(COLOURS)[n % 3] for n in range(27)]
    student.train(TEXTS[::2], rotated[::2], list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    assert abs(accuracy(tmp_path, TEXTS[1::2], LABELS[1::2]) - 1 / 3) < 0.4


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_weights(tiny_backbone: Path, tmp_path: Path) -> None:
    short = student.Recipe(**(RECIPE.__dict__ | {"steps": 5}))
    for name, seed in {"a": 0, "b": 0, "c": 1}.items():
        student.train(TEXTS, LABELS, list(COLOURS), tiny_backbone, short, seed, tmp_path / name)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_student_without_texts_guesses(tiny_backbone: Path, tmp_path: Path) -> None:
    student.train([], [], list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    _, rows = student.predict(["wine", "sky"], tmp_path, 16)
    assert rows.shape == (2, 3)


def test_no_texts_give_no_predictions(tiny_backbone: Path, tmp_path: Path) -> None:
    student.train([], [], list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    names, rows = student.predict([], tmp_path, 16)
    assert (names, rows.shape) == (list(COLOURS), (0, 3))


def test_predictions_come_in_the_order_of_the_texts_whatever_their_length(tiny_backbone: Path, tmp_path: Path) -> None:
    student.train(TEXTS, LABELS, list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    texts = ["sea", "wine rose blood wine", "frog leaf"]
    _, together = student.predict(texts, tmp_path, 16)
    alone = np.stack([student.predict([text], tmp_path, 16)[1][0] for text in texts])
    assert np.allclose(together, alone, atol=1e-4)


def test_every_row_is_in_one_batch_of_an_epoch_and_like_lengths_stand_together() -> None:
    """40 rows of lengths 1 to 40, batches of 4: a stretch holds all rows, so every batch spans exactly 4 lengths."""
    lengths = list(range(1, 41))
    batches = student._batches(lengths, 4, np.random.default_rng(0))
    epoch = [next(batches) for _ in range(10)]
    assert sorted(row for batch in epoch for row in batch) == list(range(40))
    assert all(max(batch) - min(batch) == 3 for batch in epoch)
    assert epoch != sorted(epoch)


def test_frozen_embeddings_stay_as_they_were(tiny_backbone: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    frozen = student.Recipe(**(RECIPE.__dict__ | {"steps": 5, "freeze_embeddings": True}))
    student.train(TEXTS, LABELS, list(COLOURS), tiny_backbone, frozen, 0, tmp_path)
    name = "embeddings.word_embeddings.weight"
    before = load_file(tiny_backbone / "model.safetensors")[name].astype(np.float16)
    assert np.array_equal(load_file(tmp_path / "model.safetensors")[f"bert.{name}"], before)


def settings(kind: str) -> Distill:
    values = RECIPE.__dict__ | {"kind": kind, "backbone": "tiny", "probe_c": 10.0}
    return Distill.model_validate(values)


@pytest.mark.parametrize("kind", ["encoder", "linear_probe"])
def test_both_kinds_train_predict_and_say_how_they_are_used(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    backbone: Pretrained = resolve(str(tiny_backbone), "none")
    examples = [
        Example(id=f"c/train/{n:05}", text=text, label=label)
        for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
    ]
    distilling.train(examples, list(COLOURS), backbone, settings(kind), 0, tmp_path)
    distilling.write_card(tmp_path, examples, backbone, settings(kind), "mixed")
    predictions = distilling.predict(examples, tmp_path, backbone, settings(kind))
    assert [p.id for p in predictions] == [e.id for e in examples]
    assert np.mean([p.predicted == p.gold for p in predictions]) > 0.9
    assert all(abs(sum(p.probabilities.values()) - 1) < 1e-3 for p in predictions)
    card = (tmp_path / "README.md").read_text()
    assert "on 27 texts (blue: 9, green: 9, red: 9)" in card


def test_a_saved_student_is_used_as_its_card_says(tiny_backbone: Path, tmp_path: Path) -> None:
    from transformers import pipeline

    student.train(TEXTS, LABELS, list(COLOURS), tiny_backbone, RECIPE, 0, tmp_path)
    classify = pipeline("text-classification", model=str(tmp_path))
    assert classify("grass frog")[0]["label"] == "green"
    assert json.loads((tmp_path / "config.json").read_text())["id2label"] == {"0": "red", "1": "blue", "2": "green"}


def vectors(seed: int, labels: list[str]) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(scale=0.1, size=(len(labels), 4))
    return (noise + np.eye(4)[[list(COLOURS).index(label) for label in labels]]).astype(np.float32)


@pytest.mark.parametrize("present", [["red", "blue", "green"], ["red", "green"], ["blue"], []])
def test_a_probe_knows_all_classes_and_gives_those_it_never_saw_no_chance(present: list[str], tmp_path: Path) -> None:
    labels = present * 5
    probe.train(vectors(0, labels), labels, list(COLOURS), 10.0, tmp_path)
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
    probe.train(train, labels, list(COLOURS), 1.0, tmp_path)
    reference = LogisticRegression(C=1.0, max_iter=1000).fit(train, labels)
    names, rows = probe.predict(test, tmp_path)
    order = [list(reference.classes_).index(name) for name in names]
    assert np.allclose(rows, reference.predict_proba(test)[:, order], atol=1e-4)


def test_a_probe_is_not_ruled_by_the_class_with_the_most_texts(tmp_path: Path) -> None:
    corners = np.eye(4, dtype=np.float32)
    vectors = np.concatenate([corners[:3], np.repeat(corners[3:], 30, axis=0)])
    probe.train(vectors, ["a", "b", "c", *["d"] * 30], ["a", "b", "c", "d"], 0.1, tmp_path)
    labels, probabilities = probe.predict(corners, tmp_path)
    assert [labels[row.argmax()] for row in probabilities] == ["a", "b", "c", "d"]
