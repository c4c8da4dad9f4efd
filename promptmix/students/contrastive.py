"""SetFit (Tunstall et al. 2022): an encoder is fine-tuned on pairs of texts of one and of two classes.

What comes out is an encoder; a linear probe on its vectors makes a classifier of it. The package ``setfit`` does the
work; its own head is left out, because it is saved as a pickle, which runs code when it is read.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Recipe:
    """How an encoder is tuned."""

    steps: int
    """Batches of pairs; 0 where ``epochs`` count."""

    epochs: int
    """Times that all pairs are seen; pairs of one class are repeated until they are as many as those of two."""

    batch_size: int
    """Pairs a step."""

    learning_rate: float
    """Peak, reached after the warm-up; falls linearly to 0."""

    warmup_share: float
    max_tokens: int


def tune(texts: Sequence[str], labels: Sequence[str], backbone: Path, recipe: Recipe, seed: int, out: Path) -> None:
    """Fine-tune a copy of ``backbone`` so that texts of one class lie close together, and save it in half precision.

    Args:
        texts: Of two classes at least; else the encoder is saved as it was.
        labels: One a text.
        backbone: Folder with weights and tokenizer; texts are mean-pooled.
        recipe: See :class:`Recipe`.
        seed: Decides the pairs, their order and dropout.
        out: Folder to save to, as ``AutoModel.from_pretrained`` reads it.
    """
    from datasets import Dataset, disable_progress_bars
    from setfit import SetFitModel
    from transformers.utils import logging

    disable_progress_bars()
    logging.disable_progress_bar()
    getLogger("setfit").setLevel(ERROR)  # it tells of every step
    model = SetFitModel.from_pretrained(str(backbone), labels=sorted(set(labels)))
    if len(set(labels)) > 1:
        data = Dataset.from_dict({"text": list(texts), "label": list(labels)})
        with tempfile.TemporaryDirectory() as scratch:
            trainer = _trainer(model, data, recipe, seed, scratch)
            # SetFit draws its pairs from a seed of its own, by the order of the texts.
            order = np.random.default_rng(seed).permutation(len(texts))
            trainer.train_embeddings([texts[n] for n in order], [labels[n] for n in order], args=trainer.args)
    _save(model.model_body, out)


def _trainer(model: Any, data: Any, recipe: Recipe, seed: int, scratch: str) -> Any:
    import torch
    from setfit import Trainer, TrainingArguments

    arguments = TrainingArguments(
        output_dir=scratch,
        max_steps=recipe.steps or -1,
        num_epochs=recipe.epochs or 1,
        batch_size=recipe.batch_size,
        body_learning_rate=recipe.learning_rate,
        warmup_proportion=recipe.warmup_share,
        max_length=recipe.max_tokens,
        seed=seed,
        report_to="none",
        save_strategy="no",
        show_progress_bar=False,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=data)
    trainer.st_trainer.args.dataloader_pin_memory = torch.cuda.is_available()  # else torch warns
    return trainer


def _save(body: Any, out: Path) -> None:
    """Save the transformers model inside a SetFit body."""
    import torch

    encoder = body[0]
    encoder.auto_model.to(torch.float16).save_pretrained(out)
    encoder.tokenizer.save_pretrained(out)
