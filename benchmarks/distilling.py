"""Measure student training against the authors' way: padding to 50 tokens, a plain Trainer, a checkpoint every epoch.

``python -m benchmarks.distilling [--data FOLDER] [--texts N] [--backbone NAME]`` trains on N texts of FOLDER's
train.jsonl (data/compiled/demo by default) for 5 epochs with batches of 8 and one learning rate, in turns, three
rounds, and prints the seconds of one training and the accuracy on all of FOLDER's test texts. What both leave out: the
loading of the libraries, and the prediction of the test texts.

The authors' way is written afresh from their published settings: every weight trained, unfused AdamW, texts tokenised
twice, the validation texts evaluated after the training, as they do. They train 11 times a run and keep the
last student; here each way trains once.
"""

import argparse
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import in_turns, ratios, spread
from promptmix import jsonl, pretrained, student
from promptmix.records import ClassInfo, Example

EPOCHS, BATCH, RATE, LENGTH = 5, 8, 2.0e-4, 50


@dataclass(frozen=True)
class Task:
    """What both ways learn."""

    backbone: Path
    labels: list[str]
    train: list[Example]
    validation: list[Example]
    out: Path

    def gold(self, examples: list[Example]) -> list[int]:
        """Return class numbers."""
        return [self.labels.index(example.label) for example in examples]


def ours(task: Task) -> None:
    """Train as the distill stage does."""
    recipe = student.Recipe(
        steps=0, epochs=EPOCHS, learning_rate=RATE, weight_decay=0.01, warmup_share=0.1, batch_size=BATCH, accumulate=1,
        precision="auto", freeze_embeddings=True, max_tokens=LENGTH,
    )  # fmt: skip
    texts, targets = [example.text for example in task.train], np.array(task.gold(task.train), np.int64)
    student.train(texts, targets, task.labels, task.backbone, recipe, 0, task.out / "ours", [list(range(len(texts)))])


def authors(task: Task) -> None:
    """Train as the authors' code does, with today's transformers."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, Trainer, TrainingArguments, set_seed

    set_seed(0)
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

    arguments = TrainingArguments(
        output_dir=str(task.out / "checkpoints"), num_train_epochs=EPOCHS, learning_rate=RATE, weight_decay=0.01,
        warmup_steps=0.1, per_device_train_batch_size=BATCH, per_device_eval_batch_size=32, save_strategy="epoch",
        optim="adamw_torch", report_to="none", disable_tqdm=True, logging_strategy="no", dataloader_pin_memory=False,
    )  # fmt: skip
    trainer = Trainer(model=model, args=arguments, train_dataset=rows(task.train))
    trainer.train()
    trainer.evaluate(rows(task.validation))
    trainer.save_model(str(task.out / "authors"))
    tokenizer.save_pretrained(task.out / "authors")


def accuracy(task: Task, folder: Path, test: list[Example]) -> float:
    """Return the share of test texts that a saved student labels right."""
    _, rows = student.predict([example.text for example in test], folder, LENGTH)
    return float(np.mean(rows.argmax(axis=1) == np.array(task.gold(test))))


def main() -> None:
    """Train both ways in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/compiled/demo"))
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--backbone", default="all-minilm-l6-v2")
    options = parser.parse_args()
    labels = [info.label for info in jsonl.read(options.data / "classes.jsonl", ClassInfo)]
    train, validation, test = (
        jsonl.read(options.data / f"{split}.jsonl", Example) for split in ("train", "validation", "test")
    )
    chosen = np.random.default_rng(0).permutation(len(train))[: options.texts]
    with tempfile.TemporaryDirectory() as folder:
        backbone = pretrained.resolve(options.backbone, "none").fetched()
        task = Task(backbone, labels, [train[n] for n in chosen], validation, Path(folder))
        ways = {"authors": partial(authors, task), "ours": partial(ours, task)}
        ways["ours"]()  # loads the libraries
        seconds, _ = in_turns(ways)
        print(f"{options.data}, {len(chosen)} texts, {EPOCHS} epochs, {options.backbone}")
        for name in ways:
            right = accuracy(task, task.out / name, test)
            print(f"{name:8} {spread(seconds[name], ' s')}, test accuracy {right:.3f} of {len(test)} texts")
        print(f"ours is {ratios(seconds['authors'], seconds['ours'])} as fast")


if __name__ == "__main__":
    main()
