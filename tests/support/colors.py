"""Color words that a student learns in seconds, and a tiny encoder to learn them with."""

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill
from promptmix.students.kind import Student
from promptmix.students.kinds import fine_tuned

COLORS = {"red": ["wine", "rose", "blood"], "blue": ["sky", "sea", "ice"], "green": ["grass", "leaf", "frog"]}
TEXTS = [f"{a} {b}" for words in COLORS.values() for a in words for b in words]
LABELS = [label for label in COLORS for _ in range(9)]
EXAMPLES = [
    Example(id=f"c/train/{n:05}", text=text, label=label)
    for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]
SETTINGS = Distill(
    student="fine_tuned", backbone="tiny", steps=150, epochs=None, learning_rate=3e-3, weight_decay=0.0,
    warmup_share=0.1, batch_size=9, accumulate=1, precision="float32", phases="joint", launcher="python",
    freeze_embeddings=False, max_tokens=16, C=10.0,
)  # fmt: skip


def tiny(folder: Path) -> Path:
    """Make a 2-layer, 32-wide BERT with random weights and a vocabulary of the color words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({w for ws in COLORS.values() for w in ws})]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=64)  # fmt: skip
    BertModel(config).save_pretrained(folder)
    return folder


def steady(tiny: Path, folder: Path) -> Path:
    """Copy the tiny encoder without its dropout, so that equal gradients give equal weights."""
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def student(backbone: Path, folder: Path, seed: int = 0, **changes: object) -> Student:
    """Return a student of the three colors that is not trained yet, with these changes to ``SETTINGS``."""
    model = Pretrained(name=str(backbone), endpoint="none", files={})
    return Student(list(COLORS), model, Distill.model_validate(SETTINGS.model_dump() | changes), seed, folder)


def learn(backbone: Path, out: Path, examples: list[Example] = EXAMPLES, seed: int = 0, **changes: object) -> Student:
    """Fine-tune a student and return it."""
    fine_tuned.fine_tune(trained := student(backbone, out, seed, **changes), examples)
    return trained


def labeled(texts: list[str], labels: list[str], split: str = "train") -> list[Example]:
    """Return examples; those of the split ``mix`` are generated texts."""
    ids = [f"mix/{n}#1" if split == "mix" else f"c/{split}/{n:05}" for n in range(len(texts))]
    return [Example(id=id, text=text, label=label) for id, text, label in zip(ids, texts, labels, strict=True)]


def accuracy(folder: Path, examples: list[Example]) -> float:
    names, rows = fine_tuned.class_probabilities([example.text for example in examples], folder, 16)
    return float(np.mean([names[row.argmax()] == each.label for row, each in zip(rows, examples, strict=True)]))


def weights(folder: Path) -> NDArray[np.float32]:
    from safetensors.numpy import load_file

    tensors = load_file(folder / "model.safetensors")
    return np.concatenate([tensors[name].ravel().astype(np.float32) for name in sorted(tensors)])
