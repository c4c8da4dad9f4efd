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

``--setfit`` measures the student of params.yaml, as the distill stage makes it, against SetFit with all its own
defaults: an epoch of all pairs of texts in batches of 16, and the logistic regression that it brings. Texts, backbone
and seeds are the same on both sides; cached vectors are not used. A large backbone takes SetFit a quarter of an hour a
round on two cores.
"""

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import originals
from benchmarks.running import run
from benchmarks.timing import ROUNDS, in_turns, mean_std, ratios, spread
from promptmix import params
from promptmix.core.records import Example
from promptmix.models import pretrained
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill
from promptmix.students import KINDS
from promptmix.students.kind import Student
from promptmix.students.kinds.fine_tuned import class_probabilities, fine_tune

EPOCHS, BATCH, RATE, LENGTH = 5, 8, 2.0e-4, 50

Way = Callable[[int], Path]
"""Trains with the seed of a round and returns the student's folder."""


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
    student = _student(task, settings, seed, f"ours-{freeze}")
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


def default_student(task: Task, settings: Distill, seed: int) -> Path:
    """Train a student as params.yaml says, and return its folder."""
    student = _student(task, settings, seed)
    KINDS[settings.student].fit(student, task.train)
    return student.folder


def setfit(task: Task, seed: int) -> Path:
    """Train by SetFit with its defaults, and return the folder of its model."""
    import torch
    from datasets import Dataset, disable_progress_bars
    from setfit import SetFitModel, Trainer, TrainingArguments
    from transformers import set_seed

    disable_progress_bars()
    getLogger("setfit").setLevel(ERROR)  # it reports every step
    set_seed(seed)
    model = SetFitModel.from_pretrained(str(task.backbone), labels=task.labels)
    rows = {"text": [example.text for example in task.train], "label": [example.label for example in task.train]}
    arguments = TrainingArguments(
        output_dir=str(task.out / "checkpoints"), seed=seed, report_to="none", save_strategy="no",
        show_progress_bar=False, logging_strategy="no",
    )  # fmt: skip
    trainer = Trainer(model=model, args=arguments, train_dataset=Dataset.from_dict(rows))
    trainer.st_trainer.args.dataloader_pin_memory = torch.cuda.is_available()  # else torch warns
    trainer.train()
    model.save_pretrained(task.out / f"setfit-{seed}")
    return task.out / f"setfit-{seed}"


def accuracy(task: Task, test: Sequence[Example], folder: Path) -> float:
    """Return the share of test texts that a saved fine-tuned student labels right."""
    _, rows = class_probabilities([example.text for example in test], folder, LENGTH)
    return float(np.mean(rows.argmax(axis=1) == np.array(task.gold(test))))


def accuracy_of_default(task: Task, settings: Distill, test: Sequence[Example], folder: Path) -> float:
    """Return the share of test texts that a saved student of params.yaml labels right."""
    student = replace(_student(task, settings, 0), folder=folder)
    labels, rows = KINDS[settings.student].predict(student, [example.text for example in test])
    return float(np.mean([labels[n] == example.label for n, example in zip(rows.argmax(axis=1), test, strict=True)]))


def accuracy_of_setfit(test: Sequence[Example], folder: Path) -> float:
    """Return the share of test texts that a saved model of SetFit labels right."""
    from setfit import SetFitModel

    labels = SetFitModel.from_pretrained(str(folder)).predict([example.text for example in test])
    return float(np.mean([label == example.label for label, example in zip(labels, test, strict=True)]))


def _student(task: Task, settings: Distill, seed: int, name: str = "default") -> Student:
    backbone = Pretrained(name=str(task.backbone), endpoint="none", files={})  # checked earlier, not timed
    return Student(task.labels, backbone, settings, seed, task.out / f"{name}-{seed}")


def main() -> None:
    """Train all ways in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="demo", help="a data set of data/raw/")
    parser.add_argument("--texts", type=int, help="training texts, drawn at random; all by default")
    parser.add_argument("--backbone", default="all-minilm-l6-v2")
    parser.add_argument("--setfit", action="store_true", help="the student of params.yaml against SetFit's defaults")
    options = parser.parse_args()
    data = originals.compiled(options.data)
    wanted = len(data.train) if options.texts is None else options.texts
    if not 1 <= wanted <= len(data.train):
        parser.error(f"--texts {wanted}: {options.data} has {len(data.train)} training texts")
    chosen = np.random.default_rng(0).permutation(len(data.train))[:wanted]
    backbone = pretrained.resolve(options.backbone, "none").fetched()
    labels = [info.label for info in data.classes]
    epochs = "" if options.setfit else f"{EPOCHS} epochs, "
    print(f"{options.data}, {wanted} texts, {epochs}{options.backbone}; round n has seed n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        task = Task(backbone, labels, [data.train[n] for n in chosen], Path(folder))
        if options.setfit:
            (settings,) = params.load("distill")
            measure_setfit(task, data.test, settings)
        else:
            measure(task, data.test)


def measure(task: Task, test: Sequence[Example]) -> None:
    """Time the authors' way and ours, and test their students."""
    ours(warm := replace(task, train=task.train[:BATCH]), True, 0)  # loads the libraries
    authors(warm, 0)
    ways: dict[str, Way] = {
        "authors": partial(authors, task),
        "ours": partial(ours, task, True),
        "ours, all weights": partial(ours, task, False),
    }
    _measure(ways, dict.fromkeys(ways, partial(accuracy, task, test)), len(test), "the authors' way")


def measure_setfit(task: Task, test: Sequence[Example], settings: Distill) -> None:
    """Time SetFit's defaults and a student of these settings, and test them."""
    warm = replace(task, train=[next(e for e in task.train if e.label == label) for label in _present(task)] * 2)
    default_student(replace(warm, out=task.out / "warm"), settings.model_copy(update={"steps": 1}), 0)
    setfit(replace(warm, out=task.out / "warm"), 0)
    ways: dict[str, Way] = {"setfit": partial(setfit, task), "default": partial(default_student, task, settings)}
    tests = {"setfit": partial(accuracy_of_setfit, test), "default": partial(accuracy_of_default, task, settings, test)}
    _measure(ways, tests, len(test), "SetFit")


def _present(task: Task) -> list[str]:
    return sorted({example.label for example in task.train})[:2]


def _measure(ways: Mapping[str, Way], tests: Mapping[str, Callable[[Path], float]], texts: int, other: str) -> None:
    """Run all ways in turns, and compare those after the first with it."""
    seconds, students = in_turns(ways)
    right = {name: [tests[name](folder) for folder in folders] for name, folders in students.items()}
    for name in seconds:
        print(f"{name:17} {spread(seconds[name], ' s')}, test accuracy {mean_std(right[name])}, {texts} texts")
    first, *others = seconds
    for name in others:
        more = [right[name][seed] - right[first][seed] for seed in range(ROUNDS)]
        print(
            f"{name} is {ratios(seconds[first], seconds[name])} as fast as {other};"
            f" accuracy minus theirs, seed by seed: {mean_std(more, '+')}"
        )


if __name__ == "__main__":
    run(main)
