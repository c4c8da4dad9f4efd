"""Put together what each arm's student is trained on."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.arms import need
from promptmix.arms.arm import NO_RESULT, NoResult, Sources
from promptmix.arms.assemble import assemble, describe, why_no_result
from promptmix.arms.checks import check_same_texts, check_scores, check_training
from promptmix.arms.soft_labels import confident, soften
from promptmix.core import command, jsonl
from promptmix.core.records import Example, Generated, Relabeled


def main(
    dataset: str, seed: int, compiled: Path, shots: Path,
    generated: Path, contrast: Path, relabeled: Path, out: Path,
) -> None:  # fmt: skip
    """Write one training file for every arm of params.yaml, and which will have no result; say what it holds."""
    arms, eda, settings = params.load("arms", "eda", "assemble")
    sources = Sources(
        dataset=dataset,
        seed=seed,
        shots=jsonl.read(shots, Example),
        train=jsonl.read(compiled / "train.jsonl", Example),
        generated=jsonl.read(generated / "generated.jsonl", Generated),
        relabeled=jsonl.read(relabeled / "relabeled.jsonl", Relabeled),
        contrast=jsonl.read(contrast / "generated.jsonl", Generated),
        alpha=eda.alpha,
    )
    if need("relabel", arms):
        check_same_texts(sources.generated, sources.relabeled)
        check_scores(sources.relabeled, settings.soft_labels, settings.min_confidence)
    sources = sources._replace(relabeled=confident(sources.relabeled, settings.min_confidence))
    held_out = jsonl.read(compiled / "test.jsonl", Example)
    without = []
    for arm in arms:
        examples = soften(arm, assemble(arm, sources), sources, settings.soft_labels)
        check_training(arm, examples, held_out)
        jsonl.write(out / f"{arm}.jsonl", examples)
        sys.stderr.write(f"assemble {dataset}-{seed}: {describe(arm, examples, sources)}\n")
        if why := why_no_result(arm, examples, sources):
            without.append(NoResult(arm=arm, why=why))
    (out / NO_RESULT).unlink(missing_ok=True)
    if without:
        jsonl.write(out / NO_RESULT, without)


if __name__ == "__main__":
    command.run(main)
