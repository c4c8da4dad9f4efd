"""Compile one data set: original files to train, validation and test examples, and classes with descriptions."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.corpora.compile import compile_dataset


def main(dataset: str, raw: Path, out: Path) -> None:
    settings, sample = params.load("compile", "sample")
    compiled = compile_dataset(dataset, raw, settings, sample.shots)
    jsonl.write(out / "train.jsonl", compiled.train)
    jsonl.write(out / "validation.jsonl", compiled.validation)
    jsonl.write(out / "test.jsonl", compiled.test)
    jsonl.write(out / "classes.jsonl", compiled.classes)
    sys.stderr.writelines(f"{note}\n" for note in compiled.notes)


if __name__ == "__main__":
    command.run(main)
