"""The student: a small transformers encoder with a classification head, fine-tuned from fresh weights.

It learns labelled texts and never knows which of them were written by a language model. Devices, several processes and
gradients that are added up over batches are accelerate's business; on one CPU it adds nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

PREDICT_BATCH = 64

Targets = NDArray[np.int64] | NDArray[np.float32]
"""What texts are to be taken for: class numbers, shape (n,), or probabilities of the classes, shape (n, c)."""

_Example = tuple[list[int], Any]
"""A text's tokens and its target."""


@dataclass(frozen=True)
class Recipe:
    """How a student is trained."""

    steps: int
    """Optimizer steps, all phases together; 0 where ``epochs`` count."""

    epochs: int
    learning_rate: float
    """Peak, reached after the warm-up; falls linearly to 0. Each phase rises and falls anew."""

    weight_decay: float
    warmup_share: float
    """Share of the steps during which the learning rate rises from 0."""

    batch_size: int
    accumulate: int
    """Batches whose gradients are added up for one step; each of several processes has so many."""

    precision: Literal["float32", "bfloat16", "auto"]
    """Of the forward pass; weights stay float32. ``auto``: bfloat16 on a GPU that computes in it, float32 elsewhere."""

    freeze_embeddings: bool
    """Whether the token embeddings (half of MiniLM's weights) stay as they are; a step takes a quarter less time."""

    max_tokens: int
    """Texts are cut after so many tokens, and padded to the longest of their batch only."""


def train(
    texts: Sequence[str],
    targets: Targets,
    classes: Sequence[str],
    backbone: Path,
    recipe: Recipe,
    seed: int,
    out: Path,
    phases: Sequence[Sequence[int]],
) -> None:
    """Fine-tune a fresh copy of ``backbone`` and save it, with its labels, as half-precision safetensors.

    Equal arguments give equal bytes on one machine's CPU; another processor may round differently. Started by
    ``accelerate launch``, every process calls this, and the first one saves.

    Args:
        texts: With none, the head stays as it was drawn and the student guesses.
        targets: One row a text.
        classes: All classes, in the order of the model's outputs.
        backbone: Folder with weights and tokenizer.
        recipe: See :class:`Recipe`.
        seed: Decides the new head's weights, dropout and the order of the texts.
        out: Folder to save to; ``transformers.pipeline("text-classification", out)`` reads it.
        phases: Rows of ``texts`` to learn from, one part after another; steps are shared out by their lengths.
    """
    import torch

    accelerator = _accelerator(recipe)
    torch.manual_seed(seed + accelerator.process_index)  # or all processes would drop out the same units
    tokenizer, model = _fresh(backbone, classes)
    model.get_input_embeddings().requires_grad_(not recipe.freeze_embeddings)
    model = accelerator.prepare(model)
    if texts:
        encoded = tokenizer(list(texts), truncation=True, max_length=recipe.max_tokens)["input_ids"]
        training = _Training(model, tokenizer, recipe, accelerator, np.random.default_rng(seed))
        for rows in filter(None, phases):
            steps = _steps(recipe, len(rows), phases, accelerator)
            _fit(training, [(encoded[n], targets[n]) for n in rows], steps)
    if accelerator.is_main_process:
        _save(accelerator.unwrap_model(model), tokenizer, out)
    accelerator.end_training()


def predict(texts: Sequence[str], folder: Path, max_tokens: int) -> tuple[list[str], NDArray[np.float64]]:
    """Return the class names and the probabilities, shape (n texts, c classes), rows in the order of ``texts``."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
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
            logits = model(**_padded(tokenizer, [encoded[n] for n in some]).to(device)).logits  # [b x c]
            for n, row in zip(some, torch.softmax(logits.double(), dim=1).cpu().numpy(), strict=True):
                rows[n] = row
    return names, np.stack(rows)


class _Training(NamedTuple):
    """What stays the same from the first phase to the last."""

    model: Any
    tokenizer: Any
    recipe: Recipe
    accelerator: Any
    rng: np.random.Generator
    """Source of the order of the texts."""


def _accelerator(recipe: Recipe) -> Any:
    import torch
    from accelerate import Accelerator, DataLoaderConfiguration

    return Accelerator(
        cpu=not torch.cuda.is_available(),  # other accelerators round in ways that were not tried
        gradient_accumulation_steps=recipe.accumulate,
        mixed_precision="no",  # whatever the user's accelerate configuration says: `precision` decides
        dataloader_config=DataLoaderConfiguration(even_batches=False),  # the batches are counted out in `_loader`
    )


def _fresh(backbone: Path, classes: Sequence[str]) -> tuple[Any, Any]:
    """Return the backbone's tokenizer, and its weights under a new head."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    names = dict(enumerate(classes))
    model = AutoModelForSequenceClassification.from_pretrained(
        backbone,
        num_labels=len(classes),
        id2label=names,
        label2id={name: n for n, name in names.items()},
        dtype=torch.float32,
    )
    return AutoTokenizer.from_pretrained(backbone), model


def _steps(recipe: Recipe, texts: int, phases: Sequence[Sequence[int]], accelerator: Any) -> int:
    """Return the optimizer steps of a phase with so many texts."""
    if recipe.steps:
        return max(1, round(recipe.steps * texts / sum(map(len, phases))))
    return recipe.epochs * -(-texts // (recipe.batch_size * recipe.accumulate * int(accelerator.num_processes)))


def _fit(training: _Training, examples: Sequence[_Example], steps: int) -> None:
    """Train one phase."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    model, recipe, accelerator = training.model, training.recipe, training.accelerator
    trained = [weight for weight in model.train().parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, round(recipe.warmup_share * steps), steps)
    optimizer, loader = accelerator.prepare(optimizer, _loader(training, examples, steps))
    half = _in_half(recipe.precision, accelerator.device)
    for inputs, targets in loader:
        with accelerator.accumulate(model):
            with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=half):
                logits = model(**inputs).logits
            accelerator.backward(torch.nn.functional.cross_entropy(logits.float(), targets))
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            if accelerator.sync_gradients:
                schedule.step()
            optimizer.zero_grad()


def _loader(training: _Training, examples: Sequence[_Example], steps: int) -> Any:
    """Return the batches of a whole phase, all processes together, as inputs and targets."""
    import torch

    def batch(some: Sequence[_Example]) -> tuple[dict[str, Any], "torch.Tensor"]:
        inputs = _padded(training.tokenizer, [ids for ids, _ in some])
        return dict(inputs), torch.from_numpy(np.stack([target for _, target in some]))

    recipe = training.recipe
    count = steps * recipe.accumulate * int(training.accelerator.num_processes)
    batches = islice(_batches([len(ids) for ids, _ in examples], recipe.batch_size, training.rng), count)
    # A generator of its own: the loader draws a number that it does not need, and dropout would differ by it.
    rows: Any = list(examples)  # a list is all that a loader needs of a data set
    return torch.utils.data.DataLoader(rows, batch_sampler=list(batches), collate_fn=batch, generator=torch.Generator())


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


def _in_half(precision: Literal["float32", "bfloat16", "auto"], device: "torch.device") -> bool:
    import torch

    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bfloat16"


def _padded(tokenizer: Any, rows: Sequence[list[int]]) -> Any:
    return tokenizer.pad({"input_ids": list(rows)}, return_tensors="pt")


def _save(model: Any, tokenizer: Any, out: Path) -> None:
    import torch

    # Half precision: 45 MB in place of 91 for MiniLM. Predictions are made with what was saved, so every number in the
    # report is a number of the file that is shared.
    model.eval().cpu().to(torch.float16).save_pretrained(out)
    tokenizer.save_pretrained(out)
