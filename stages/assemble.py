"""Put together what each arm's student is trained on."""

from pathlib import Path

from promptmix import arms, checks, command, jsonl, params
from promptmix.records import Example, Generated, Relabeled


def main(shots: Path, generated: Path, relabeled: Path, test: Path, out: Path) -> None:
    """Write one training file for every arm of params.yaml."""
    settings = params.load()
    parts = jsonl.read(shots, Example), jsonl.read(generated, Generated), jsonl.read(relabeled, Relabeled)
    held_out = jsonl.read(test, Example)
    for arm in settings.arms:
        examples = arms.assemble(arm, *parts)
        checks.training(arm, examples, held_out)
        jsonl.write(out / f"{arm}.jsonl", examples)


if __name__ == "__main__":
    command.run(main)
