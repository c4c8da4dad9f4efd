"""The students learn for real: a tiny encoder with random weights, made here, and the linear probe."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix import distilling, probe, student
from promptmix.errors import ModelError
from promptmix.params import Distill
from promptmix.pretrained import Pretrained, resolve
from promptmix.records import Example

COLOURS = {"red": ["wine", "rose", "blood"], "blue": ["sky", "sea", "ice"], "green": ["grass", "leaf", "frog"]}
TEXTS = [f"{a} {b}" for words in COLOURS.values() for a in words for b in words]
LABELS = [label for label in COLOURS for _ in range(9)]
EXAMPLES = [
    Example(id=f"c/train/{n:05}", text=text, label=label)
    for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]
RECIPE = student.Recipe(
    steps=150, epochs=0, learning_rate=3e-3, weight_decay=0.0, warmup_share=0.1, batch_size=9, accumulate=1,
    precision="float32", freeze_embeddings=False, max_tokens=16,
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


def learn(
    backbone: Path, out: Path, texts: list[str] = TEXTS, labels: list[str] = LABELS, seed: int = 0, **changes: object
) -> None:
    targets = np.array([list(COLOURS).index(label) for label in labels], np.int64)
    recipe = replace(RECIPE, **changes)  # type: ignore[arg-type]  # a wrong name or value fails the test
    student.train(texts, targets, list(COLOURS), backbone, recipe, seed, out, [list(range(len(texts)))])


def accuracy(folder: Path, texts: list[str], labels: list[str]) -> float:
    names, rows = student.predict(texts, folder, 16)
    return float(np.mean([names[row.argmax()] == label for row, label in zip(rows, labels, strict=True)]))


def test_a_student_learns_what_can_be_learned(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path)
    assert accuracy(tmp_path, TEXTS, LABELS) == 1.0
    assert accuracy(tmp_path, ["leaf", "sea sky ice"], ["green", "blue"]) == 1.0


def test_a_student_learns_nothing_from_labels_that_mean_nothing(tiny_backbone: Path, tmp_path: Path) -> None:
    """Trained on labels in rotation, held-out accuracy stays near 1/3: s.e. of 27 is 0.09, bound at 3 s.e."""
    rotated = [list(COLOURS)[n % 3] for n in range(27)]
    learn(tiny_backbone, tmp_path, TEXTS[::2], rotated[::2])
    assert abs(accuracy(tmp_path, TEXTS[1::2], LABELS[1::2]) - 1 / 3) < 0.4


def test_equal_seeds_give_equal_bytes_and_other_seeds_other_weights(tiny_backbone: Path, tmp_path: Path) -> None:
    for name, seed in {"a": 0, "b": 0, "c": 1}.items():
        learn(tiny_backbone, tmp_path / name, seed=seed, steps=5)
    a, b, c = ((tmp_path / name / "model.safetensors").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_student_without_texts_guesses(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path, [], [])
    _, rows = student.predict(["wine", "sky"], tmp_path, 16)
    assert rows.shape == (2, 3)


def test_no_texts_give_no_predictions(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path, [], [])
    names, rows = student.predict([], tmp_path, 16)
    assert (names, rows.shape) == (list(COLOURS), (0, 3))


def test_predictions_come_in_the_order_of_the_texts_whatever_their_length(tiny_backbone: Path, tmp_path: Path) -> None:
    learn(tiny_backbone, tmp_path)
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

    learn(tiny_backbone, tmp_path, steps=5, freeze_embeddings=True)
    name = "embeddings.word_embeddings.weight"
    before = load_file(tiny_backbone / "model.safetensors")[name].astype(np.float16)
    assert np.array_equal(load_file(tmp_path / "model.safetensors")[f"bert.{name}"], before)


def settings(kind: str, **changes: object) -> Distill:
    own = {"kind": kind, "backbone": "tiny", "probe_c": 10.0, "phases": "joint", "launcher": "python"}
    return Distill.model_validate(RECIPE.__dict__ | own | changes)


@pytest.mark.parametrize("kind", ["encoder", "linear_probe", "setfit"])
def test_all_kinds_train_predict_and_say_how_they_are_used(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    backbone: Pretrained = resolve(str(tiny_backbone), "none")
    distilling.train(EXAMPLES, list(COLOURS), backbone, settings(kind), 0, tmp_path)
    distilling.write_card(tmp_path, EXAMPLES, backbone, settings(kind), "mixed")
    predictions = distilling.predict(EXAMPLES, tmp_path, backbone, settings(kind))
    assert [p.id for p in predictions] == [e.id for e in EXAMPLES]
    assert np.mean([p.predicted == p.gold for p in predictions]) > 0.9
    assert all(abs(sum(p.probabilities.values()) - 1) < 1e-3 for p in predictions)
    card = (tmp_path / "README.md").read_text()
    assert "on 27 texts (blue: 9, green: 9, red: 9)" in card


def test_a_saved_student_is_used_as_its_card_says(tiny_backbone: Path, tmp_path: Path) -> None:
    from transformers import pipeline

    learn(tiny_backbone, tmp_path)
    classify = pipeline("text-classification", model=str(tmp_path))
    assert classify("grass frog")[0]["label"] == "green"
    assert json.loads((tmp_path / "config.json").read_text())["id2label"] == {"0": "red", "1": "blue", "2": "green"}


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


# several batches a step, half precision, several processes


def weights(folder: Path) -> NDArray[np.float32]:
    from safetensors.numpy import load_file

    tensors = load_file(folder / "model.safetensors")
    return np.concatenate([tensors[name].ravel().astype(np.float32) for name in sorted(tensors)])


@pytest.fixture
def steady_backbone(tiny_backbone: Path, tmp_path: Path) -> Path:
    """The tiny encoder without dropout, so that equal gradients give equal weights."""
    folder = tmp_path / "steady"
    shutil.copytree(tiny_backbone, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


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
    assert accuracy(tmp_path / "half", TEXTS, LABELS) == 1.0
    assert not np.array_equal(weights(tmp_path / "half"), weights(tmp_path / "full"))


@pytest.mark.parametrize(("device", "half"), [("cpu", False), ("cuda", True)])
def test_auto_is_half_precision_on_a_gpu_that_has_it(device: str, half: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: not including_emulation)
    assert student._in_half("auto", torch.device(device)) is half


def test_two_processes_of_accelerate_learn_what_one_learns_from_the_same_batches(
    steady_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes take batches in turn and share their gradients; one process that accumulates two does the same."""
    home = tmp_path / "home" / "accelerate"
    home.mkdir(parents=True)
    two = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": "MULTI_GPU",
        "num_processes": 2,
        "use_cpu": False,
    }
    (home / "default_config.yaml").write_text(json.dumps(two | {"num_machines": 1, "machine_rank": 0}))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    backbone = resolve(str(steady_backbone), "none")
    ways: dict[str, dict[str, object]] = {
        "two": {"launcher": "accelerate"}, "one": {"accumulate": 2}, "half": {"accumulate": 1}
    }  # fmt: skip
    for name, changes in ways.items():
        how = settings("encoder", steps=2, warmup_share=0.0, **changes)
        distilling.train(EXAMPLES, list(COLOURS), backbone, how, 0, tmp_path / name)
    processes, one, half = (weights(tmp_path / name) for name in ways)
    assert np.mean(np.abs(processes - one) > 1e-3) < 0.01
    assert np.mean(np.abs(half - one) > 1e-3) > 0.05


def test_a_launch_that_fails_is_one_line_for_the_user(tmp_path: Path) -> None:
    backbone = Pretrained(name=str(tmp_path), endpoint="none", files={})
    with pytest.raises(ModelError, match=r"distill.launcher accelerate: training ended with status 1, see above"):
        distilling.train(EXAMPLES, list(COLOURS), backbone, settings("encoder", launcher="accelerate"), 0, tmp_path)


# soft labels and phases


def soft(probabilities: dict[str, float]) -> Example:
    return Example(id="mix/0#1", text="wine sky", label="red", probabilities=probabilities)


def test_targets_are_class_numbers_unless_a_text_has_probabilities() -> None:
    labels = list(COLOURS)
    assert distilling.targets(EXAMPLES[8:10], labels).tolist() == [0, 1]
    rows = distilling.targets([soft({"red": 0.75, "green": 0.25}), EXAMPLES[9]], labels)
    assert rows.tolist() == [[0.75, 0.0, 0.25], [0.0, 1.0, 0.0]]


@pytest.mark.parametrize("kind", ["encoder", "linear_probe"])
def test_a_student_of_soft_labels_is_as_unsure_as_they_are(kind: str, tiny_backbone: Path, tmp_path: Path) -> None:
    """Every text is 0.6 its colour and 0.4 the next: cross-entropy is least where the student says so too."""
    following = dict(zip(COLOURS, [*list(COLOURS)[1:], "red"], strict=True))
    unsure = [e.model_copy(update={"probabilities": {e.label: 0.6, following[e.label]: 0.4}}) for e in EXAMPLES]
    backbone, how = resolve(str(tiny_backbone), "none"), settings(kind, probe_c=1000.0)
    distilling.train(unsure, list(COLOURS), backbone, how, 0, tmp_path)
    found = distilling.predict(unsure, tmp_path, backbone, how)
    assert np.mean([p.probabilities[p.gold] for p in found]) == pytest.approx(0.6, abs=0.05)


def test_phases_are_the_written_texts_and_then_the_shots() -> None:
    some = [EXAMPLES[0], soft({"red": 1.0}), EXAMPLES[1], soft({"red": 1.0})]
    assert distilling.phases(some, "synthetic_then_real") == [[1, 3], [0, 2]]
    assert distilling.phases(some, "joint") == [[0, 1, 2, 3]]


def test_what_is_learned_last_is_what_is_remembered(tiny_backbone: Path, tmp_path: Path) -> None:
    """The same texts under two labelings: joint training can satisfy neither, two phases end with the second."""
    wrong = [list(COLOURS)[(n // 9 + 1) % 3] for n in range(27)]
    targets = np.array([list(COLOURS).index(label) for label in [*wrong, *LABELS]], np.int64)
    both, rows = [*TEXTS, *TEXTS], list(range(54))
    for name, phases in {"joint": [rows], "phases": [rows[:27], rows[27:]]}.items():
        recipe = replace(RECIPE, steps=300)
        student.train(both, targets, list(COLOURS), tiny_backbone, recipe, 0, tmp_path / name, phases)
    assert accuracy(tmp_path / "phases", TEXTS, LABELS) == 1.0
    assert accuracy(tmp_path / "joint", TEXTS, LABELS) < 0.8


def test_a_phase_without_texts_takes_no_part(tiny_backbone: Path, tmp_path: Path) -> None:
    joint, phases = tmp_path / "joint", tmp_path / "phases"
    learn(tiny_backbone, joint, steps=3)
    targets = distilling.targets(EXAMPLES, list(COLOURS))
    recipe = replace(RECIPE, steps=3)
    student.train(TEXTS, targets, list(COLOURS), tiny_backbone, recipe, 0, phases, [[], list(range(27))])
    assert np.array_equal(weights(joint), weights(phases))


def test_a_setfit_student_brings_its_own_encoder_and_no_pickle(tiny_backbone: Path, tmp_path: Path) -> None:
    backbone = resolve(str(tiny_backbone), "none")
    distilling.train(EXAMPLES, list(COLOURS), backbone, settings("setfit", steps=2), 0, tmp_path)
    tuned = tmp_path / "encoder" / "model.safetensors"
    assert tuned.read_bytes() != (tiny_backbone / "model.safetensors").read_bytes()
    assert not list(tmp_path.rglob("*.pkl"))
