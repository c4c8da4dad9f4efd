"""Put together what each arm's student is trained on."""

import sys
from pathlib import Path

from promptmix import arms, checks, command, jsonl, params, seeds
from promptmix.records import Example, Generated, Relabeled


def main(
    shots: Path, train: Path, generated: Path, relabeled: Path, contrast: Path, test: Path,
    dataset: str, seed: int, out: Path,
) -> None:  # fmt: skip
    """Write one training file for every arm of params.yaml, and say what it holds."""
    settings = params.load()
    sources = arms.Sources(
        shots=jsonl.read(shots, Example),
        train=jsonl.read(train, Example),
        generated=jsonl.read(generated, Generated),
        relabeled=jsonl.read(relabeled, Relabeled),
        contrast=jsonl.read(contrast, Generated),
    )
    checks.same_texts(sources.generated, sources.relabeled)
    held_out = jsonl.read(test, Example)
    for arm in settings.arms:
        examples = arms.assemble(arm, sources, settings.eda.alpha, seeds.rng(arm, dataset, seed))
        checks.training(arm, examples, held_out)
        checks.adds_up(arm, examples, sources.shots, sources.relabeled, sources.contrast)
        jsonl.write(out / f"{arm}.jsonl", examples)
        sys.stderr.write(f"assemble {dataset}-{seed}: {arms.summary(arm, examples, sources)}\n")


if __name__ == "__main__":
    command.run(main)
