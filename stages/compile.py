"""Compile one data set: original files to train, validation and test examples, and classes with descriptions.

What the texts are (``dataset.json``) and texts without labels (``pool.jsonl``) are written only where there are some.
"""

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
    info = None if compiled.info is None else [compiled.info]
    for name, records in (("dataset.json", info), ("pool.jsonl", compiled.pool)):
        (out / name).unlink(missing_ok=True)
        if records is not None:
            jsonl.write(out / name, records)
    sys.stderr.writelines(f"{note}\n" for note in compiled.notes)


if __name__ == "__main__":
    command.run(main)
