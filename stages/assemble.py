"""Put together what each arm's student is trained on."""

import sys
from pathlib import Path

from promptmix import arms, checks, command, jsonl, params, seeds, softening
from promptmix.records import Example, Generated, Relabeled


def main(
    shots: Path, train: Path, generated: Path, relabeled: Path, contrast: Path, test: Path,
    dataset: str, seed: int, out: Path,
) -> None:  # fmt: skip
    """Write one training file for every arm of params.yaml, and say what it holds."""
    settings = params.load()
    written = jsonl.read(generated, Generated)
    labelled = jsonl.read(relabeled, Relabeled)
    if arms.need("relabel", settings.arms):
        checks.same_texts(written, labelled)
    sources = arms.Sources(
        shots=jsonl.read(shots, Example),
        train=jsonl.read(train, Example),
        generated=written,
        relabeled=softening.confident(labelled, settings.assemble.min_confidence),
        contrast=jsonl.read(contrast, Generated),
    )
    held_out = jsonl.read(test, Example)
    for arm in settings.arms:
        examples = arms.assemble(arm, sources, settings.eda.alpha, seeds.rng(arm, dataset, seed))
        examples = softening.soften(arm, examples, written, sources.relabeled, settings.assemble.soft_labels)
        checks.training(arm, examples, held_out)
        checks.adds_up(arm, examples, sources)
        jsonl.write(out / f"{arm}.jsonl", examples)
        sys.stderr.write(f"assemble {dataset}-{seed}: {arms.summary(arm, examples, sources)}\n")


if __name__ == "__main__":
    command.run(main)
