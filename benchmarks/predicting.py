"""Measure `promptmix predict` and `serve` against transformers.pipeline: same weights, same texts, same cores.

``python -m benchmarks.predicting [--model FOLDER --student FOLDER] [--texts N] [--rows N] [--seconds S]`` labels N test
texts of the demo, each with a number so that all differ, three rounds in turns: by ``transformers.pipeline`` one by one
(its default) and in batches of 32, by the classifier in float32 and int8. Ratios are against the faster of the first
two. It then prints the seconds from the command to the first label, the memory of a table of N rows, and what 64
clients get from the server in some seconds.

Without ``--model``, a MiniLM with a head that has learned nothing is exported: speed does not depend on what was
learned, and agreement of labels says more, as no class is far ahead. What differs, and explains the ratio:

- onnxruntime's fused operators; torch calls one by one
- batches of texts of like length, padded to their longest; pipeline's are in the order of the texts
- in int8, weights of a quarter the size
"""

import argparse
import asyncio
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from benchmarks.running import run
from benchmarks.timing import in_turns, ratios, spread
from promptmix.classifier.bundle import FILES, Bundle, digests, save_bundle
from promptmix.classifier.predictor import Predictor, cores

CLIENTS = 64
COMMAND = [sys.executable, "-m", "promptmix"]
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
PIPELINE = """
import sys, torch
from transformers import pipeline
found = pipeline("text-classification", sys.argv[1], device="cpu", dtype=torch.float32)
print(found("where is my parcel?")[0]["label"])
"""


class Subjects(NamedTuple):
    """One trained student in both forms."""

    classifier: Path
    student: Path
    """Of transformers."""


def subjects(folder: Path) -> Subjects:
    """Make a student that has learned nothing, and a classifier of it."""
    from promptmix import params
    from promptmix.models import pretrained
    from promptmix.students.export import export_student, quantize_activations
    from promptmix.students.kind import Student
    from promptmix.students.kinds.fine_tuned import fine_tune

    settings = params.load("distill")
    settings = settings.model_copy(update={"student": "fine_tuned"})
    labels = [f"class {number}" for number in range(6)]
    student = Student(labels, pretrained.resolve("all-minilm-l6-v2", "none"), settings, 0, folder / "student")
    fine_tune(student, [])
    out = folder / "classifier"
    out.mkdir()
    made = export_student(student, out)
    quantize_activations(out)
    save_bundle(
        Bundle(
            labels=labels,
            max_tokens=made.max_tokens,
            pad_id=made.pad_id,
            kind="fine_tuned",
            backbone="all-minilm-l6-v2",
            files=digests(out),
            folder=out,
        )
    )
    return Subjects(out, student.folder)


def numbered_texts(number: int) -> list[str]:
    """Return test texts of the demo, again and again, each with its number."""
    path = Path("data/raw/demo/test.jsonl")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    return [f"{texts[at % len(texts)]} {at}" for at in range(number)]


def compare(made: Subjects, texts: Sequence[str]) -> None:
    """Label texts in four ways, in turns, and print seconds, ratios and how often labels are the same."""
    import torch
    from transformers import pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    torch.set_num_threads(cores())
    theirs = pipeline("text-classification", str(made.student), device="cpu", dtype=torch.float32)
    fp32, int8 = Predictor(made.classifier), Predictor(made.classifier, "int8")
    cut = {"truncation": True, "max_length": fp32.bundle.max_tokens}

    def by_pipeline(batch: int, _: int) -> list[str]:
        return [each["label"] for each in theirs(list(texts), batch_size=batch, **cut)]

    def by_classifier(predictor: Predictor, _: int) -> list[str]:
        return [each.label for each in predictor.predict(texts)]

    seconds, labels = in_turns(
        {
            "pipeline, one by one": partial(by_pipeline, 1),
            "pipeline, batches of 32": partial(by_pipeline, 32),
            "promptmix, fp32": partial(by_classifier, fp32),
            "promptmix, int8": partial(by_classifier, int8),
        }
    )
    one, batched, *ours = seconds
    best = [min(pair) for pair in zip(seconds[one], seconds[batched], strict=True)]
    wanted = labels[one][0]
    for name, each in seconds.items():
        same = sum(a == b for a, b in zip(labels[name][0], wanted, strict=True)) / len(texts)
        faster = f", {ratios(best, each)} as fast" if name in ours else ""
        sys.stdout.write(f"{name}: {spread(each, ' s')} for {len(texts):,} texts{faster}; labels same {same:.2%}\n")


def first_label(made: Subjects) -> None:
    """Print the seconds from the command to the first label."""

    def by_command(*options: str) -> None:
        command = [*COMMAND, "predict", str(made.classifier), *options]
        subprocess.run(command, input=b"where is my parcel?\n", check=True, capture_output=True)

    def by_pipeline(_: int) -> None:
        subprocess.run([sys.executable, "-c", PIPELINE, str(made.student)], check=True, capture_output=True)

    ways = {
        "pipeline": by_pipeline,
        "promptmix, fp32": lambda _: by_command(),
        "promptmix, int8": lambda _: by_command("--int8"),
    }
    for name, seconds in in_turns(ways)[0].items():
        sys.stdout.write(f"first label, {name}: {spread(seconds, ' s')}\n")


def memory(made: Subjects, rows: int, folder: Path) -> None:
    """Print memory and seconds of a table."""
    source = folder / "rows.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text in numbered_texts(rows))])
    for options in ([], ["--int8"]):
        command = [*COMMAND, "predict", str(made.classifier), str(source), "-o", str(folder / "out.csv"), *options]
        started = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", PEAK, *command], check=True, capture_output=True, text=True)
        took = time.perf_counter() - started
        name = "int8" if options else "fp32"
        sys.stdout.write(f"{rows:,} rows, {name}: {int(done.stdout) / 1000:.0f} MB, {rows / took:,.0f} rows a second\n")


def load(made: Subjects, seconds: float, *options: str) -> None:
    """Print what :data:`CLIENTS` clients get from the server, each with one request of one text at a time."""
    command = [*COMMAND, "serve", str(made.classifier), "--port", "0", "--rate", "1000000", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        port = urlsplit(process.stderr.readline().split(" on ")[1].split()[0]).port or 0
        time.sleep(1)
        try:
            found = asyncio.run(_clients(port, seconds))
        finally:
            process.terminate()
    times = sorted(each for each, _ in found)
    failed = sum(status != 200 for _, status in found)
    p50, p99 = (times[int(len(times) * share)] * 1000 for share in (0.5, 0.99))
    sys.stdout.write(
        f"serve {' '.join(options) or 'fp32'}: {len(found) / seconds:,.0f} requests a second from {CLIENTS} clients, "
        f"{failed} failed, p50 {p50:.0f} ms, p99 {p99:.0f} ms\n"
    )


async def _clients(port: int, seconds: float) -> list[tuple[float, int]]:
    until = time.perf_counter() + seconds
    texts = numbered_texts(500)
    done = await asyncio.gather(*(_client(port, until, texts[at:]) for at in range(CLIENTS)))
    return [each for client in done for each in client]


async def _client(port: int, until: float, texts: Sequence[str]) -> list[tuple[float, int]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found: list[tuple[float, int]] = []
    while (started := time.perf_counter()) < until:
        body = json.dumps({"text": texts[len(found) % len(texts)]}).encode()
        lines = ["POST /predict HTTP/1.1", "Host: a", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        found.append((time.perf_counter() - started, int(answer.split()[1])))
    writer.close()
    return found


def main(options: argparse.Namespace) -> None:
    """Run all of it and print."""
    os.environ["OMP_NUM_THREADS"] = str(cores())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = Subjects(options.model, options.student) if options.model else subjects(folder)
        sizes = ", ".join(f"{each} {(made.classifier / each).stat().st_size / 1e6:.1f} MB" for each in FILES)
        sys.stdout.write(f"{cores()} cores; {sizes}\n")
        compare(made, numbered_texts(options.texts))
        first_label(made)
        memory(made, options.rows, folder)
        load(made, options.seconds)
        load(made, options.seconds, "--int8")


def arguments(words: Sequence[str] | None = None) -> Any:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a released classifier")
    parser.add_argument("--student", type=Path, help="the transformers model that it was made from")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    found = parser.parse_args(words)
    if (found.model is None) != (found.student is None):
        parser.error("--model and --student go together")
    return found


if __name__ == "__main__":
    run(main, arguments())
