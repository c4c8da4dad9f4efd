"""Put together what each arm's student is trained on."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.arms import need
from promptmix.arms.arm import Sources
from promptmix.arms.assemble import assemble, describe
from promptmix.arms.checks import check_same_texts, check_training
from promptmix.arms.soft_labels import confident, soften
from promptmix.core import command, jsonl
from promptmix.core.records import Example, Generated, Relabeled


def main(
    shots: Path, train: Path, generated: Path, relabeled: Path, contrast: Path, test: Path,
    dataset: str, seed: int, out: Path,
) -> None:  # fmt: skip
    """Write one training file for every arm of params.yaml, and say what it holds."""
    arms, eda, settings = params.load("arms", "eda", "assemble")
    sources = Sources(
        dataset=dataset,
        seed=seed,
        shots=jsonl.read(shots, Example),
        train=jsonl.read(train, Example),
        generated=jsonl.read(generated, Generated),
        relabeled=jsonl.read(relabeled, Relabeled),
        contrast=jsonl.read(contrast, Generated),
        alpha=eda.alpha,
    )
    if need("relabel", arms):
        check_same_texts(sources.generated, sources.relabeled)
    sources = sources._replace(relabeled=confident(sources.relabeled, settings.min_confidence))
    held_out = jsonl.read(test, Example)
    for arm in arms:
        examples = soften(arm, assemble(arm, sources), sources, settings.soft_labels)
        check_training(arm, examples, held_out)
        jsonl.write(out / f"{arm}.jsonl", examples)
        sys.stderr.write(f"assemble {dataset}-{seed}: {describe(arm, examples, sources)}\n")


if __name__ == "__main__":
    command.run(main)
