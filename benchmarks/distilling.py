"""Measure student training against the authors' way: padding to 50 tokens, a plain Trainer, a checkpoint every epoch.

``python -m benchmarks.distilling [--data NAME] [--texts N] [--backbone NAME]`` trains on N texts of a data set (all of
the demo's by default) for 5 epochs with batches of 8 and one learning rate. Three rounds, in turns, round n with seed n
on every side; it prints the seconds of one training, and mean and sample standard deviation of the accuracy on all test
texts. The same is timed on every side, from the texts in memory to the student on disk: tokenizing, loading the
backbone, training and saving. Not timed are loading the libraries and predicting, also for the validation texts (which
both the authors' code and the distill stage label after training).

The authors' way is reimplemented from their published settings. What differs, and explains the ratio:

- texts padded to 50 tokens and tokenized twice; here batches of texts of similar length, padded to the longest
- a checkpoint of weights and optimizer every epoch (1.4 GB with MiniLM, removed at the end); here none
- all weights are trained; here the token embeddings are frozen, as in params.yaml (``ours, all weights`` trains them)
- unfused AdamW; here the fused one
- saved in float32; here in half precision, and tested with it
- on a GPU, float32; here bfloat16

Their code trains 11 times per run and keeps the last student; here each way trains once.
"""

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import originals
from benchmarks.running import run
from benchmarks.timing import ROUNDS, in_turns, mean_std, ratios, spread
from promptmix.core.records import Example
from promptmix.models import pretrained
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill
from promptmix.students.kind import Student
from promptmix.students.kinds.fine_tuned import class_probabilities, fine_tune

EPOCHS, BATCH, RATE, LENGTH = 5, 8, 2.0e-4, 50


@dataclass(frozen=True)
class Task:
    """What students are trained on, and the folder that they are saved to."""

    backbone: Path
    labels: list[str]
    train: list[Example]
    out: Path

    def gold(self, examples: Sequence[Example]) -> list[int]:
        """Return class numbers."""
        return [self.labels.index(example.label) for example in examples]


def ours(task: Task, freeze: bool, seed: int) -> Path:
    """Train as the distill stage does, and return the student's folder."""
    settings = Distill(
        student="fine_tuned", backbone=str(task.backbone), steps=None, epochs=EPOCHS, learning_rate=RATE,
        weight_decay=0.01, warmup_share=0.1, batch_size=BATCH, accumulate=1, precision="auto", phases="joint",
        launcher="python", freeze_embeddings=freeze, max_tokens=LENGTH, C=1.0,
    )  # fmt: skip
    backbone = Pretrained(name=str(task.backbone), endpoint="none", files={})  # checked earlier, not timed
    student = Student(task.labels, backbone, settings, seed, task.out / f"ours-{freeze}-{seed}")
    fine_tune(student, task.train)
    return student.folder


def authors(task: Task, seed: int) -> Path:
    """Train as the authors' code does, with today's transformers, and return the student's folder."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, PrinterCallback, Trainer, set_seed
    from transformers import TrainingArguments as Arguments

    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(task.backbone)
    model = AutoModelForSequenceClassification.from_pretrained(
        task.backbone, num_labels=len(task.labels), dtype=torch.float32
    )

    def rows(examples: list[Example]) -> list[dict[str, Any]]:
        texts = [example.text for example in examples]
        for _ in range(2):
            encoded = tokenizer(texts, padding="max_length", truncation=True, max_length=LENGTH)
        columns = {name: encoded[name] for name in ("input_ids", "attention_mask")} | {"labels": task.gold(examples)}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    arguments = Arguments(
        output_dir=str(task.out / "checkpoints"), num_train_epochs=EPOCHS, learning_rate=RATE, weight_decay=0.01,
        warmup_steps=0.1, per_device_train_batch_size=BATCH, save_strategy="epoch", seed=seed,
        optim="adamw_torch", report_to="none", disable_tqdm=True, logging_strategy="no", dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = Trainer(model=model, args=arguments, train_dataset=rows(task.train))
    trainer.remove_callback(PrinterCallback)  # its lines would mix with those of the benchmark
    trainer.train()
    out = task.out / f"authors-{seed}"
    trainer.save_model(str(out))
    tokenizer.save_pretrained(out)
    return out


def accuracy(task: Task, test: Sequence[Example], folder: Path) -> float:
    """Return the share of test texts that a saved student labels right."""
    _, rows = class_probabilities([example.text for example in test], folder, LENGTH)
    return float(np.mean(rows.argmax(axis=1) == np.array(task.gold(test))))


def main() -> None:
    """Train all ways in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="demo", help="a data set of data/raw/")
    parser.add_argument("--texts", type=int, help="training texts, drawn at random; all by default")
    parser.add_argument("--backbone", default="all-minilm-l6-v2")
    options = parser.parse_args()
    data = originals.compiled(options.data)
    wanted = len(data.train) if options.texts is None else options.texts
    if not 1 <= wanted <= len(data.train):
        parser.error(f"--texts {wanted}: {options.data} has {len(data.train)} training texts")
    chosen = np.random.default_rng(0).permutation(len(data.train))[:wanted]
    backbone = pretrained.resolve(options.backbone, "none").fetched()
    labels = [info.label for info in data.classes]
    print(f"{options.data}, {wanted} texts, {EPOCHS} epochs, {options.backbone}; round n has seed n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        measure(Task(backbone, labels, [data.train[n] for n in chosen], Path(folder)), data.test)


def measure(task: Task, test: Sequence[Example]) -> None:
    """Time all ways and test their students."""
    ours(warm := replace(task, train=task.train[:BATCH]), True, 0)  # loads the libraries
    authors(warm, 0)
    seconds, students = in_turns(
        {
            "authors": partial(authors, task),
            "ours": partial(ours, task, True),
            "ours, all weights": partial(ours, task, False),
        }
    )
    right = {name: [accuracy(task, test, folder) for folder in folders] for name, folders in students.items()}
    for name in seconds:
        print(f"{name:17} {spread(seconds[name], ' s')}, test accuracy {mean_std(right[name])}, {len(test)} texts")
    for name in list(seconds)[1:]:
        more = [right[name][seed] - right["authors"][seed] for seed in range(ROUNDS)]
        print(
            f"{name} is {ratios(seconds['authors'], seconds[name])} as fast as the authors' way;"
            f" accuracy minus theirs, seed by seed: {mean_std(more, '+')}"
        )


if __name__ == "__main__":
    run(main)
