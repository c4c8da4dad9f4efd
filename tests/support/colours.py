"""Colour words that a student learns in seconds, and the tiny encoder that it learns with."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example
from promptmix.params import Distill
from promptmix.students import fine_tuned

COLOURS = {"red": ["wine", "rose", "blood"], "blue": ["sky", "sea", "ice"], "green": ["grass", "leaf", "frog"]}
TEXTS = [f"{a} {b}" for words in COLOURS.values() for a in words for b in words]
LABELS = [label for label in COLOURS for _ in range(9)]
EXAMPLES = [
    Example(id=f"c/train/{n:05}", text=text, label=label)
    for n, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]
RECIPE = fine_tuned.Recipe(
    steps=150, epochs=0, learning_rate=3e-3, weight_decay=0.0, warmup_share=0.1, batch_size=9, accumulate=1,
    precision="float32", freeze_embeddings=False, max_tokens=16,
)  # fmt: skip


def tiny(folder: Path) -> Path:
    """Make a 2-layer, 32-wide BERT with random weights and a vocabulary of the colour words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({w for ws in COLOURS.values() for w in ws})]
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


def learn(
    backbone: Path, out: Path, texts: list[str] = TEXTS, labels: list[str] = LABELS, seed: int = 0, **changes: object
) -> None:
    targets = np.array([list(COLOURS).index(label) for label in labels], np.int64)
    recipe = replace(RECIPE, **changes)  # type: ignore[arg-type]  # a wrong name or value fails the test
    fine_tuned.train(texts, targets, list(COLOURS), backbone, recipe, seed, out, [list(range(len(texts)))])


def accuracy(folder: Path, texts: list[str], labels: list[str]) -> float:
    names, rows = fine_tuned.predict(texts, folder, 16)
    return float(np.mean([names[row.argmax()] == label for row, label in zip(rows, labels, strict=True)]))


def weights(folder: Path) -> NDArray[np.float32]:
    from safetensors.numpy import load_file

    tensors = load_file(folder / "model.safetensors")
    return np.concatenate([tensors[name].ravel().astype(np.float32) for name in sorted(tensors)])


def settings(kind: str, **changes: object) -> Distill:
    own = {"student": kind, "backbone": "tiny", "C": 10.0, "phases": "joint", "launcher": "python"}
    return Distill.model_validate(RECIPE.__dict__ | own | changes)
