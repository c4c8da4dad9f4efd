"""Compile one data set: original files to train, validation and test examples, and classes with descriptions."""

import sys
from pathlib import Path

from promptmix import command, compiling, corpora, jsonl, params, seeds
from promptmix.raw import read_descriptions, read_files


def main(raw: Path, name: str, train: Path, validation: Path, test: Path, classes: Path) -> None:
    settings = params.load().compile
    corpus = corpora.named(name)
    compiled = compiling.compile_corpus(
        name,
        corpus.parse(read_files(raw, corpus.files)),
        read_descriptions(raw),
        settings.validation_share,
        settings.validation_max,
        seeds.rng("compile", name),
    )
    jsonl.write(train, compiled.train)
    jsonl.write(validation, compiled.validation)
    jsonl.write(test, compiled.test)
    jsonl.write(classes, compiled.classes)
    sys.stderr.writelines(f"{note}\n" for note in compiled.notes)


if __name__ == "__main__":
    command.run(main)
