"""Have the language model label every generated text again, where an arm needs that; gold shots keep their labels."""

from pathlib import Path

from promptmix import params
from promptmix.arms import need
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Completion, DataInfo, Example, Generated, Relabeled
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.relabel import relabel_texts
from promptmix.llm.client import open_client
from promptmix.llm.context import open_context
from promptmix.llm.engine.progress import log
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained


def main(
    dataset: str, seed: int, relabeler: Path, encoder: Path, compiled: Path, shots: Path, generated: Path, out: Path
) -> None:
    """Read generated texts, shots and classes, label, write the relabeled texts and the model's replies."""
    arms, relabel, encoding, llm = params.load("arms", "relabel", "encoder", "llm")
    name, relabeled, completions = f"relabel {dataset}-{seed}", list[Relabeled](), list[Completion]()
    if need("relabel", arms):
        infos, examples = jsonl.read(compiled / "classes.jsonl", ClassInfo), jsonl.read(shots, Example)
        info = jsonl.read_one(compiled / "dataset.json", DataInfo)
        texts = jsonl.read(generated / "generated.jsonl", Generated)
        encode = SentenceEncoder(Pretrained.load(encoder), encoding.max_tokens).encode
        model, asking = Pretrained.load(relabeler), params.asking()
        with open_context(model, llm, asking) as context, open_client(name, model, llm, asking) as client:
            labeler = Labeler(relabel, encode, infos, examples, model.scores_in, context, info)
            relabeled, completions, summary = relabel_texts(texts, labeler, client)
        if cut := labeler.fitter.describe():
            log(f"{name}: {cut}")
        log(f"{name}: {summary}")
    else:
        log(f"{name}: no prompts sent, because no arm in params.yaml needs new labels")
    jsonl.write(out / "relabeled.jsonl", relabeled)
    jsonl.write(out / "completions.jsonl", completions)


if __name__ == "__main__":
    command.run(main)
