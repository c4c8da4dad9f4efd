"""Draw the few-shot sample: the same few examples of every class for one seed."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl, seeds
from promptmix.core.records import Example
from promptmix.corpora.shots import draw_shots


def main(dataset: str, seed: int, compiled: Path, out: Path) -> None:
    """Read training examples, draw shots, write them."""
    sample = params.load("sample")
    train = jsonl.read(compiled / "train.jsonl", Example)
    jsonl.write(out, draw_shots(train, sample.shots, seeds.rng("sample", dataset, seed)))


if __name__ == "__main__":
    command.run(main)
