"""Have the language model itself label test texts: what the students are compared with."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Example, Prediction
from promptmix.corpora import shots as fewshot
from promptmix.labeling.labeler import Judge
from promptmix.llm import client
from promptmix.models.pretrained import Pretrained


def main(
    test: Path, shots: Path, classes: Path, relabeler: Path, encoder: Path, dataset: str, seed: int, out: Path
) -> None:
    """Read test texts, shots and classes, label, write predictions and what the model said."""
    settings = params.read()
    judge = Judge(settings, jsonl.read(classes, ClassInfo), jsonl.read(shots, Example), Pretrained.load(encoder))
    examples = fewshot.spread(jsonl.read(test, Example), settings.teacher.test_texts)
    with client.asker(f"teacher {dataset}-{seed}", Pretrained.load(relabeler), settings) as asker:
        judgement = judge.label({example.id: example.text for example in examples}, asker)
    verdicts = zip(examples, judgement.verdicts, strict=True)
    predictions = [
        Prediction(id=e.id, gold=e.label, predicted=v.label, probabilities=v.probabilities) for e, v in verdicts
    ]
    jsonl.write(out / "test.jsonl", predictions)
    jsonl.write(out / "completions.jsonl", judgement.completions)


if __name__ == "__main__":
    command.run(main)
