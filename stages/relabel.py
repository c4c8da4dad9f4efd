"""Have the language model label every generated text again, where an arm needs that; gold shots keep their labels."""

from pathlib import Path

from promptmix import params
from promptmix.arms import assemble
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Example, Generated, Relabeled
from promptmix.labeling import relabel
from promptmix.labeling.labeler import Judge, Judgement
from promptmix.llm import client
from promptmix.llm.engine.progress import say
from promptmix.models.pretrained import Pretrained


def main(
    generated: Path, shots: Path, classes: Path, relabeler: Path, encoder: Path, dataset: str, seed: int, out: Path
) -> None:
    """Read generated texts, shots and classes, label, write the relabelled texts and what the model said."""
    settings, relabeled, judgement = params.read(), list[Relabeled](), Judgement([], [])
    name = f"relabel {dataset}-{seed}"
    if assemble.need("relabel", settings.arms):
        texts, infos = jsonl.read(generated, Generated), jsonl.read(classes, ClassInfo)
        judge = Judge(settings, infos, jsonl.read(shots, Example), Pretrained.load(encoder))
        priors = relabel.priors(texts, [c.label for c in infos], settings.relabel.prior_weight)
        with client.asker(name, Pretrained.load(relabeler), settings) as asker:
            judgement = judge.label({text.id: text.text for text in texts}, asker, priors)
        relabeled = relabel.apply(texts, judgement.verdicts, settings.relabel.on_no_match)
        say(f"{name}: {relabel.summary(relabeled)}")
    else:
        say(f"{name}: nothing is asked, no arm that is listed needs new labels")
    jsonl.write(out / "relabeled.jsonl", relabeled)
    jsonl.write(out / "completions.jsonl", judgement.completions)


if __name__ == "__main__":
    command.run(main)
