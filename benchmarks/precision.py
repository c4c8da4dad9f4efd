"""Train a student of DistilBERT's size, on a GPU if there is one: with the stage's own command, then by precision.

``python -m benchmarks.precision [--data FOLDER] [--texts N] [--epochs N]`` makes a DistilBERT (67 million weights) with
random weights, so that nothing is downloaded; the tokenizer is that of ``--tokenizer``. The distill stage's command
trains it with params.yaml and CHANGES, once per launcher. Then bfloat16 and float32 train in turns, three rounds (seeds
0, 1, 2), loading and saving the weights included. FOLDER holds train.jsonl and classes.jsonl; the student learns N of
its training texts, repeated if there are fewer, and labels up to 500 others: random weights learn slowly, so accuracy
only shows that something was learned.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from benchmarks.timing import in_turns, ratios, spread
from promptmix.core import jsonl, seeds
from promptmix.core.records import ClassInfo, Example, Prediction
from promptmix.models import pretrained
from promptmix.models.pretrained import Pretrained
from promptmix.params import Distill, load
from promptmix.students.kind import Student
from promptmix.students.train import train_student

HELD_OUT = 500
CHANGES: dict[str, object] = {
    "student": "fine_tuned", "precision": "auto", "steps": None, "batch_size": 32, "learning_rate": 1.0e-4,
    "freeze_embeddings": False,
}  # fmt: skip


def random_distilbert(tokenizer: Path, out: Path) -> Pretrained:
    """Save a DistilBERT with random weights and a BERT tokenizer, and return its manifest."""
    import torch
    from transformers import AutoTokenizer, DistilBertConfig, DistilBertModel

    torch.manual_seed(0)
    words = AutoTokenizer.from_pretrained(tokenizer)
    DistilBertModel(DistilBertConfig(vocab_size=len(words))).save_pretrained(out)
    words.save_pretrained(out)
    return pretrained.resolve(str(out), "none")


def stage(folder: Path, changes: dict[str, object]) -> str:
    """Run the distill stage's own command in ``folder``; return how long it took and how accurate the student is."""
    params = YAML(typ="safe", pure=True).load(Path("params.yaml"))
    params["distill"] |= changes
    YAML(typ="safe", pure=True).dump(params, folder / "params.yaml")
    files = {
        "backbone": "backbone.json", "encoder": "backbone.json", "compiled": "compiled", "train": "train.jsonl",
        "student": "student", "out": "predictions",
    }  # fmt: skip
    options = [word for name, file in files.items() for word in (f"--{name}", file)]
    command = [sys.executable, "-m", "stages.distill", "--seed", "0", "--arm", "human", *options]
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"PYTHONPATH": os.pathsep.join([*sys.path, "."])})
    seconds = time.perf_counter() - start
    found = jsonl.read(folder / "predictions" / "validation.jsonl", Prediction)
    right = np.mean([each.gold == each.predicted for each in found])
    return f"{seconds:.1f} s from start to end, accuracy {right:.3f} of {len(found)} held-out training texts"


def fit(
    folder: Path, examples: list[Example], labels: list[str], backbone: Pretrained, settings: Distill, seed: int
) -> float:
    """Train one student in this process; return the peak memory of the GPU in GB (0 on a CPU)."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    number = seeds.number("student", seed)
    train_student(Student(labels, backbone, settings, number, folder / "timed"), examples)
    return torch.cuda.max_memory_allocated() / 1e9 if torch.cuda.is_available() else 0.0


def data(folder: Path, texts: int, out: Path) -> tuple[list[Example], list[str]]:
    """Write what the stage reads to ``out``; return the training texts, repeated as often as needed, and all labels."""
    classes = jsonl.read(folder / "classes.jsonl", ClassInfo)
    everything = jsonl.read(folder / "train.jsonl", Example)
    shuffled = [everything[n] for n in np.random.default_rng(0).permutation(len(everything))]
    cut = min(HELD_OUT, len(shuffled) // 4)
    repeated = islice(cycle(shuffled[cut:]), texts)
    learned = [each.model_copy(update={"id": f"benchmark/{n:06}"}) for n, each in enumerate(repeated)]
    jsonl.write(out / "train.jsonl", learned)
    for split in ("validation", "test"):
        jsonl.write(out / "compiled" / f"{split}.jsonl", shuffled[:cut])
    jsonl.write(out / "compiled" / "classes.jsonl", classes)
    return learned, [info.label for info in classes]


def main() -> None:
    """Run the stage, then train with both precisions in turns, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/compiled/demo"))
    parser.add_argument("--tokenizer", type=Path, default=Path("models/pretrained/all-minilm-l6-v2"))
    parser.add_argument("--texts", type=int, default=8000)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    import torch
    import transformers

    machine = torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {torch.get_num_threads()} threads"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        backbone = random_distilbert(options.tokenizer, folder / "distilbert")
        backbone.save(folder / "backbone.json")
        learned, labels = data(options.data, options.texts, folder)
        print(f"{machine}, torch {torch.__version__}, transformers {transformers.__version__}")
        print(f"{options.data}: {len(learned)} texts, {len(labels)} classes, {options.epochs} epochs, {CHANGES}")
        changes = CHANGES | {"epochs": options.epochs}
        for launcher in ("python", "accelerate"):
            said = stage(folder, changes | {"launcher": launcher})
            print(f"stages.distill, precision auto, launcher {launcher}: {said}")
        settings = load("distill").model_copy(update=changes)
        ways = {
            precision: partial(
                fit, folder, learned, labels, backbone, settings.model_copy(update={"precision": precision})
            )
            for precision in ("bfloat16", "float32")
        }
        seconds, memory = in_turns(ways)
    for precision in ways:
        rates = [options.texts * options.epochs / each for each in seconds[precision]]
        said = f"{spread(seconds[precision], ' s')}, {spread(rates)} texts/s, {max(memory[precision]):.2f} GB"
        print(f"{precision:8} {said}")
    print(f"bfloat16 is {ratios(seconds['float32'], seconds['bfloat16'])} as fast")


if __name__ == "__main__":
    main()
