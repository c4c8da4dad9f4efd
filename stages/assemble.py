"""Put together what each arm's student is trained on."""

from pathlib import Path

from promptmix import arms, checks, command, jsonl, params, softening
from promptmix.records import Example, Generated, Relabeled


def main(shots: Path, generated: Path, relabeled: Path, test: Path, out: Path) -> None:
    """Write one training file for every arm of params.yaml."""
    settings = params.load()
    written = jsonl.read(generated, Generated)
    sure = softening.confident(jsonl.read(relabeled, Relabeled), settings.assemble.min_confidence)
    parts = jsonl.read(shots, Example), written, sure
    held_out = jsonl.read(test, Example)
    for arm in settings.arms:
        examples = arms.assemble(arm, *parts)
        examples = softening.soften(arm, examples, written, sure, settings.assemble.soft_labels)
        checks.training(arm, examples, held_out)
        jsonl.write(out / f"{arm}.jsonl", examples)


if __name__ == "__main__":
    command.run(main)
