"""Compile one data set: original files to train, validation and test examples, and classes with descriptions."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.corpora.compile import compile_dataset


def main(raw: Path, name: str, train: Path, validation: Path, test: Path, classes: Path) -> None:
    compiled = compile_dataset(name, raw, params.load("compile"))
    jsonl.write(train, compiled.train)
    jsonl.write(validation, compiled.validation)
    jsonl.write(test, compiled.test)
    jsonl.write(classes, compiled.classes)
    sys.stderr.writelines(f"{note}\n" for note in compiled.notes)


if __name__ == "__main__":
    command.run(main)
