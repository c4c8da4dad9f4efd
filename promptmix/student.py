"""The student: a small transformers encoder with a classification head, fine-tuned from fresh weights.

It learns labelled texts and never knows which of them were written by a language model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

PREDICT_BATCH = 64


@dataclass(frozen=True)
class Recipe:
    """How a student is trained."""

    steps: int
    """Optimizer steps; 0 where ``epochs`` count."""

    epochs: int
    learning_rate: float
    """Peak, reached after the warm-up; falls linearly to 0."""

    weight_decay: float
    warmup_share: float
    """Share of the steps during which the learning rate rises from 0."""

    batch_size: int
    freeze_embeddings: bool
    """Whether the token embeddings (half of MiniLM's weights) stay as they are; a step takes a quarter less time."""

    max_tokens: int
    """Texts are cut after so many tokens, and padded to the longest of their batch only."""


def train(
    texts: Sequence[str],
    labels: Sequence[str],
    classes: Sequence[str],
    backbone: Path,
    recipe: Recipe,
    seed: int,
    out: Path,
) -> None:
    """Fine-tune a fresh copy of ``backbone`` and save it, with its labels, as half-precision safetensors.

    Equal arguments give equal bytes on one machine; another processor may round differently.

    Args:
        texts: With none, the head stays as it was drawn and the student guesses.
        labels: One a text, each in ``classes``.
        classes: All classes, in the order of the model's outputs.
        backbone: Folder with weights and tokenizer.
        recipe: See :class:`Recipe`.
        seed: Decides the new head's weights, dropout and the order of the texts.
        out: Folder to save to; ``transformers.pipeline("text-classification", out)`` reads it.
    """
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(backbone)
    names = dict(enumerate(classes))
    model = AutoModelForSequenceClassification.from_pretrained(
        backbone,
        num_labels=len(classes),
        id2label=names,
        label2id={name: n for n, name in names.items()},
        dtype=torch.float32,
    )
    encoded = tokenizer(list(texts), truncation=True, max_length=recipe.max_tokens)["input_ids"] if texts else []
    gold = [list(classes).index(label) for label in labels]
    if texts:
        _fit(model, encoded, gold, tokenizer, recipe, np.random.default_rng(seed))
    # Half precision: 45 MB in place of 91 for MiniLM. Predictions are made with what was saved, so every number in the
    # report is a number of the file that is shared.
    model.to(torch.float16).save_pretrained(out)
    tokenizer.save_pretrained(out)


def predict(texts: Sequence[str], folder: Path, max_tokens: int) -> tuple[list[str], NDArray[np.float64]]:
    """Return the class names and the probabilities, shape (n texts, c classes), rows in the order of ``texts``."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    device = _device()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    names = [model.config.id2label[n] for n in range(model.config.num_labels)]
    if not texts:
        return names, np.zeros((0, len(names)))
    encoded = tokenizer(list(texts), truncation=True, max_length=max_tokens)["input_ids"]
    order = sorted(range(len(texts)), key=lambda n: (len(encoded[n]), n))
    rows: list[NDArray[np.float64]] = [np.zeros(0)] * len(texts)
    with torch.inference_mode():
        for start in range(0, len(order), PREDICT_BATCH):
            some = order[start : start + PREDICT_BATCH]
            logits = model(**_padded(tokenizer, [encoded[n] for n in some], device)).logits  # [b x c]
            for n, row in zip(some, torch.softmax(logits.double(), dim=1).cpu().numpy(), strict=True):
                rows[n] = row
    return names, np.stack(rows)


def _fit(
    model: Any,
    encoded: Sequence[list[int]],
    gold: Sequence[int],
    tokenizer: Any,
    recipe: Recipe,
    rng: np.random.Generator,
) -> None:
    import torch
    from transformers import get_linear_schedule_with_warmup

    device = _device()
    model.train().to(device)
    steps = recipe.steps or recipe.epochs * -(-len(encoded) // recipe.batch_size)
    model.get_input_embeddings().requires_grad_(not recipe.freeze_embeddings)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, round(recipe.warmup_share * steps), steps)
    for _, batch in zip(range(steps), _batches([len(ids) for ids in encoded], recipe.batch_size, rng), strict=False):
        inputs = _padded(tokenizer, [encoded[n] for n in batch], device)
        targets = torch.tensor([gold[n] for n in batch], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = torch.nn.functional.cross_entropy(model(**inputs).logits.float(), targets)
        loss.backward()  # type: ignore[no-untyped-call]  # torch does not type it
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    model.eval().cpu()


def _batches(lengths: Sequence[int], size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield batches of row numbers without end, each row once an epoch, texts of like length together.

    Rows are shuffled, sorted by length within stretches of 16 batches, and the batches shuffled again: little padding,
    and still another mixture every epoch.
    """
    while True:
        rows = rng.permutation(len(lengths))
        stretches = [rows[start : start + 16 * size] for start in range(0, len(rows), 16 * size)]
        ordered = [n for stretch in stretches for n in sorted(stretch.tolist(), key=lambda n: lengths[n])]
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        for n in rng.permutation(len(batches)):
            yield batches[n]


def _padded(tokenizer: Any, rows: Sequence[list[int]], device: "torch.device") -> Any:
    return tokenizer.pad({"input_ids": list(rows)}, return_tensors="pt").to(device)


def _device() -> "torch.device":
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
