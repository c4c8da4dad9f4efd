"""Have the language model label every generated text again, where an arm needs that; gold shots keep their labels."""

from pathlib import Path

from promptmix import arms, command, jsonl, params, relabelling
from promptmix.judging import Judge, Judgement
from promptmix.llm import asking
from promptmix.llm.progress import say
from promptmix.pretrained import Pretrained
from promptmix.records import ClassInfo, Example, Generated, Relabeled


def main(
    generated: Path, shots: Path, classes: Path, relabeler: Path, encoder: Path, dataset: str, seed: int, out: Path
) -> None:
    """Read generated texts, shots and classes, label, write the relabelled texts and what the model said."""
    settings, relabeled, judgement = params.load(), list[Relabeled](), Judgement([], [])
    name = f"relabel {dataset}-{seed}"
    if arms.need("relabel", settings.arms):
        texts, infos = jsonl.read(generated, Generated), jsonl.read(classes, ClassInfo)
        judge = Judge(settings, infos, jsonl.read(shots, Example), Pretrained.load(encoder))
        priors = relabelling.priors(texts, [c.label for c in infos], settings.relabel.prior_weight)
        with asking.asker(name, Pretrained.load(relabeler), settings) as asker:
            judgement = judge.label({text.id: text.text for text in texts}, asker, priors)
        relabeled = relabelling.apply(texts, judgement.verdicts, settings.relabel.unmatched)
        say(f"{name}: {relabelling.summary(relabeled)}")
    else:
        say(f"{name}: nothing is asked, no arm that is listed needs new labels")
    jsonl.write(out / "relabeled.jsonl", relabeled)
    jsonl.write(out / "completions.jsonl", judgement.completions)


if __name__ == "__main__":
    command.run(main)
