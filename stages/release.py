"""Train one student on everything there is, and make it a folder that labels texts without torch: the classifier."""

import sys
from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, DataInfo
from promptmix.students.materials import read_materials
from promptmix.students.release import describe_release, release_classifier, write_figures
from promptmix.students.train import student_for


def main(
    dataset: str, arm: str, backbone: Path, encoder: Path, compiled: Path,
    train: Path, predictions: Path, out: Path, metrics: Path,
) -> None:  # fmt: skip
    """Read labeled rows, the arm's files and the teacher's labels of all seeds; write the classifier, its figures."""
    seeds, distill, encoding = params.load("seeds", "distill", "encoder")
    labels = [info.label for info in jsonl.read(compiled / "classes.jsonl", ClassInfo)]
    student = student_for(arm, distill, encoding, (backbone, encoder), labels, seeds[0], out)
    materials = read_materials(compiled, train, predictions, arm, seeds)
    info = jsonl.read_one(compiled / "dataset.json", DataInfo)
    bundle = release_classifier(student, materials, dataset, info)
    write_figures(metrics, bundle)
    sys.stderr.write(f"release {dataset}: {describe_release(bundle)}\n")


if __name__ == "__main__":
    command.run(main)
