"""Put together what each arm's student is trained on."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.arms import assemble, checks, soft_labels
from promptmix.core import command, jsonl, seeds
from promptmix.core.records import Example, Generated, Relabeled


def main(
    shots: Path, train: Path, generated: Path, relabeled: Path, contrast: Path, test: Path,
    dataset: str, seed: int, out: Path,
) -> None:  # fmt: skip
    """Write one training file for every arm of params.yaml, and say what it holds."""
    settings = params.read()
    written = jsonl.read(generated, Generated)
    labelled = jsonl.read(relabeled, Relabeled)
    if assemble.need("relabel", settings.arms):
        checks.same_texts(written, labelled)
    sources = assemble.Sources(
        shots=jsonl.read(shots, Example),
        train=jsonl.read(train, Example),
        generated=written,
        relabeled=soft_labels.confident(labelled, settings.assemble.min_confidence),
        contrast=jsonl.read(contrast, Generated),
    )
    held_out = jsonl.read(test, Example)
    for arm in settings.arms:
        examples = assemble.assemble(arm, sources, settings.eda.alpha, seeds.rng(arm, dataset, seed))
        examples = soft_labels.soften(arm, examples, written, sources.relabeled, settings.assemble.soft_labels)
        checks.training(arm, examples, held_out)
        checks.adds_up(arm, examples, sources)
        jsonl.write(out / f"{arm}.jsonl", examples)
        sys.stderr.write(f"assemble {dataset}-{seed}: {assemble.summary(arm, examples, sources)}\n")


if __name__ == "__main__":
    command.run(main)
