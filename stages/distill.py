"""Train one arm's student and let it label the validation and test texts."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Example
from promptmix.students import train as distilling


def main(
    train: Path,
    validation: Path,
    test: Path,
    classes: Path,
    backbone: Path,
    encoder: Path,
    seed: int,
    arm: str,
    student: Path,
    out: Path,
) -> None:
    """Read the arm's training file, train, predict, write weights and predictions."""
    settings = distilling.settings_of(arm, params.read())
    labels = [info.label for info in jsonl.read(classes, ClassInfo)]
    pretrained = distilling.backbone_of(arm, backbone, encoder)
    examples = jsonl.read(train, Example)
    distilling.train(examples, labels, pretrained, settings, seed, student)
    distilling.write_card(student, examples, pretrained, settings, arm)
    for name, texts in {"validation": validation, "test": test}.items():
        predictions = distilling.predict(jsonl.read(texts, Example), student, pretrained, settings)
        jsonl.write(out / f"{name}.jsonl", predictions)


if __name__ == "__main__":
    command.run(main)
