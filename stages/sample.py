"""Draw the few-shot sample: the same few examples of every class for one seed."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl, seeds
from promptmix.core.records import Example
from promptmix.corpora.shots import draw_shots


def main(train: Path, dataset: str, seed: int, shots: Path) -> None:
    """Read training examples, draw shots, write them."""
    sample = params.load("sample")
    drawn = draw_shots(jsonl.read(train, Example), sample.shots, seeds.rng("sample", dataset, seed))
    jsonl.write(shots, drawn)


if __name__ == "__main__":
    command.run(main)
