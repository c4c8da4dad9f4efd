"""Draw the few-shot sample: the same few examples of every class for one seed."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl, seeds
from promptmix.core.records import Example
from promptmix.corpora.shots import draw_shots, shots_note


def main(dataset: str, seed: int, compiled: Path, out: Path) -> None:
    """Read training examples, draw shots, write them."""
    sample = params.load("sample")
    train = jsonl.read(compiled / "train.jsonl", Example)
    drawn = draw_shots(train, sample.shots, seeds.rng("sample", dataset, seed))
    jsonl.write(out, drawn)
    sys.stderr.writelines(f"{dataset}: {note}\n" for note in shots_note(drawn, sample.shots))


if __name__ == "__main__":
    command.run(main)
