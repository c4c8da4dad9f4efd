"""Have the language model itself label test texts: the students are compared with its predictions."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.labeling.labeler import Labeler
from promptmix.labeling.teacher import balanced_subset, predict_as_teacher
from promptmix.llm.client import open_client
from promptmix.llm.context import open_context
from promptmix.llm.engine.progress import log
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained


def main(dataset: str, seed: int, relabeler: Path, encoder: Path, compiled: Path, shots: Path, out: Path) -> None:
    """Read test texts, shots and classes, label, write predictions and the model's replies."""
    teacher, relabel, encoding, llm = params.load("teacher", "relabel", "encoder", "llm")
    infos, examples = jsonl.read(compiled / "classes.jsonl", ClassInfo), jsonl.read(shots, Example)
    info = jsonl.read_one(compiled / "dataset.json", DataInfo)
    encode = SentenceEncoder(Pretrained.load(encoder), encoding.max_tokens).encode
    model, name, asking = Pretrained.load(relabeler), f"teacher {dataset}-{seed}", params.asking()
    texts = balanced_subset(jsonl.read(compiled / "test.jsonl", Example), teacher.test_texts)
    with open_context(model, llm, asking) as context, open_client(name, model, llm, asking) as client:
        labeler = Labeler(relabel, encode, infos, examples, model.scores_in, context, info)
        predictions, completions, summary = predict_as_teacher(texts, labeler, client)
    if cut := labeler.fitter.describe():
        log(f"{name}: {cut}")
    log(f"{name}: {summary}")
    jsonl.write(out / "test.jsonl", predictions)
    jsonl.write(out / "completions.jsonl", completions)


if __name__ == "__main__":
    command.run(main)
