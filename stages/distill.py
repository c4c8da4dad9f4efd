"""Train one arm's student and let it label the validation and test texts."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Example
from promptmix.students.card import write_card
from promptmix.students.train import predict_labels, student_for, train_student


def main(
    seed: int, arm: str, backbone: Path, encoder: Path,
    compiled: Path, train: Path, student: Path, out: Path,
) -> None:  # fmt: skip
    """Read the arm's training file, train, predict, write weights and predictions."""
    distill, encoding = params.load("distill", "encoder")
    labels = [info.label for info in jsonl.read(compiled / "classes.jsonl", ClassInfo)]
    trained = student_for(arm, distill, encoding, (backbone, encoder), labels, seed, student)
    examples = jsonl.read(train, Example)
    train_student(trained, examples)
    write_card(trained, examples, arm)
    for split in ("validation", "test"):
        texts = jsonl.read(compiled / f"{split}.jsonl", Example)
        jsonl.write(out / f"{split}.jsonl", predict_labels(trained, texts))


if __name__ == "__main__":
    command.run(main)
