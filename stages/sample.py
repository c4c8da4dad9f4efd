"""Draw the few-shot sample: the same few examples of every class for one seed."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl, seeds
from promptmix.core.records import Example
from promptmix.corpora import shots as fewshot


def main(train: Path, dataset: str, seed: int, shots: Path) -> None:
    """Read training examples, draw shots, write them."""
    settings = params.read()
    examples = jsonl.read(train, Example)
    jsonl.write(shots, fewshot.draw(examples, settings.sample.shots, seeds.rng("sample", dataset, seed)))


if __name__ == "__main__":
    command.run(main)
