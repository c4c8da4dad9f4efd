"""Measure relabeling of 7,700 texts and 77 classes, without the language model, against the authors' way.

``python -m benchmarks.relabeling [--data NAME] [--sample N]`` finds the 5 nearest of 77 classes for 7,700 texts and
maps one free-text answer each to a class, three rounds in turns. The texts are drawn from the training texts of
banking77, whose original files are downloaded once; if that fails, the demo data are used instead, and a line says so.
A smaller data set is repeated with a number after each text and class, so that all are different. The answer to a text
names its nearest class, one answer in five inside a sentence.

The authors' way is timed on N of the texts (100 by default), drawn at random, and the time is scaled up: it encodes one
text at a time, and all class names again for every answer (the names in one batch, as in their code). Its time leaves
out loading the encoder and encoding the classes; ours includes both.

Then the results for those N texts are compared. Candidates must be the same except for ties decided by rounding. Labels
may differ where ours differs on purpose (docs/differences.md, B12); these are counted by reason. Anything else is a
mismatch, and the exit status is 1.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import originals
from benchmarks.running import run
from benchmarks.timing import ROUNDS, in_turns, ratios, spread
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo, Completion, Question, Usage
from promptmix.corpora.compile import Compiled
from promptmix.labeling.answer import by_answer
from promptmix.labeling.cases import make_cases
from promptmix.models import encoder, nearest, pretrained

TEXTS, CLASSES, KEEP = 7700, 77, 5
LEAST = 0.5  # for an answer that names no candidate, as in params.yaml
ROUNDING = 1e-5  # of a cosine: texts encoded together are padded, which changes the last digits

BY_DESIGN = {
    "named": "ours goes by the words of the answer, theirs by its vector",
    "outside": "theirs is not among the candidates",
    "far": f"ours accepts no class below a similarity of {LEAST}",
}


class Material(NamedTuple):
    """What both ways work on."""

    texts: list[str]
    answers: list[str]
    classes: list[ClassInfo]


class Prepared(NamedTuple):
    """What one way found for one text, as numbers of classes."""

    candidates: frozenset[int]
    label: int | None
    named: bool
    """Whether the answer contains the label's name, word for word; the authors' way does not check."""


class Model:
    """A loaded encoder that caches no vectors, as in the authors' code."""

    def __init__(self, folder: Path) -> None:
        """Load weights and tokenizer."""
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()

    def encode(self, texts: Sequence[str]) -> encoder.Vectors:
        """Encode one batch."""
        import torch

        with torch.inference_mode():
            batch = self.tokenizer(list(texts), padding=True, truncation=True, max_length=128, return_tensors="pt")
            hidden, mask = self.model(**batch).last_hidden_state, batch["attention_mask"].unsqueeze(-1)
            vectors: encoder.Vectors = torch.nn.functional.normalize((hidden * mask).sum(1), dim=1).numpy()
        return vectors


def authors(model: Model, some: Material, classes: encoder.Vectors, _: int) -> list[Prepared]:
    """Find candidates and map answers, text by text."""
    names, found = spoken(some.classes), []
    for text, answer in zip(some.texts, some.answers, strict=True):
        near = nearest.shortlist(model.encode([text]), classes, KEEP)[0]
        label = int(np.argmax(model.encode([answer]) @ model.encode(names).T))
        found.append(Prepared(frozenset(near.tolist()), label, named=False))
    return found


def ours(encode: encoder.Encode, every: Material, _: int) -> list[Prepared]:
    """Find candidates and map answers as the relabel stage does; loading the encoder is included."""
    encoder._load.cache_clear()
    cases = make_cases({str(n): text for n, text in enumerate(every.texts)}, every.classes, [], KEEP, encode)

    def ask(questions: Sequence[Question]) -> list[Completion]:
        usage = Usage(prompt_tokens=0, completion_tokens=0)
        return [
            Completion(key="-", prompt_id=q.id, model="-", text=answer, finish="stop", usage=usage)
            for q, answer in zip(questions, every.answers, strict=True)
        ]

    number = {info.label: n for n, info in enumerate(every.classes)}
    return [
        Prepared(
            frozenset(number[label] for label in found.candidates),
            None if found.label is None else number[found.label],
            named=found.matched == "exact",
        )
        for found in by_answer(cases, [], ask, encode, LEAST, json_schema=False)
    ]


def spoken(classes: Sequence[ClassInfo]) -> list[str]:
    """Return the names of classes as they are encoded."""
    return [info.label.replace("_", " ") for info in classes]


def material(data: Compiled, encode: encoder.Encode) -> Material:
    """Return texts drawn at random, their answers, and classes; where too few, repeated with numbers."""
    order = np.random.default_rng(0).permutation(len(data.train)).tolist()
    examples = [data.train[n] for n in islice(cycle(order), TEXTS)]
    texts = [e.text + (f" ({n})" if n >= len(order) else "") for n, e in enumerate(examples)]
    classes = [
        info if n < len(data.classes) else info.model_copy(update={"label": f"{info.label}_{n}"})
        for n, info in enumerate(islice(cycle(data.classes), CLASSES))
    ]
    found = make_cases({str(n): text for n, text in enumerate(texts)}, classes, [], 1, encode)
    names = [spoken(case.candidates)[0] for case in found]
    answers = [name if n % 5 else f"It is about {name}, I think" for n, name in enumerate(names)]
    return Material(texts, answers, classes)


def agreement(
    theirs: Sequence[Prepared], mine: Sequence[Prepared], similar: Callable[[int], encoder.Vectors]
) -> tuple[list[str], int]:
    """Compare two results for the same texts, and return lines to print and the number of mismatches.

    Args:
        theirs: By the authors' way.
        mine: By ours, in the same order.
        similar: Returns the similarities of the text with that number to all classes, shape (c,).
    """
    shared = Counter(
        "same" if a.candidates == b.candidates
        else "tie" if np.ptp(similar(n)[sorted(a.candidates ^ b.candidates)]) < ROUNDING
        else "mismatch"
        for n, (a, b) in enumerate(zip(theirs, mine, strict=True))
    )  # fmt: skip
    labels = Counter(_why(a, b) for a, b in zip(theirs, mine, strict=True))
    lines = [
        f"candidates are the same for {_share(shared['same'], len(mine))};"
        f" {shared['tie']} differ by rounding alone, {shared['mismatch']} do not match",
        f"labels are the same for {_share(labels['same'], len(mine))};"
        f" {sum(labels[why] for why in BY_DESIGN)} differ on purpose, {labels['mismatch']} do not match",
        *(f"  {labels[why]:3} of them: {words}" for why, words in BY_DESIGN.items() if labels[why]),
    ]
    return lines, shared["mismatch"] + labels["mismatch"]


def _why(theirs: Prepared, mine: Prepared) -> str:
    """Return ``same``, the reason why two labels may differ, or ``mismatch``."""
    if theirs.label == mine.label:
        return "same"
    if mine.named:
        return "named"
    if theirs.label not in mine.candidates:
        return "outside"
    return "far" if mine.label is None else "mismatch"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} texts ({part / whole:.3f})"


def chosen(name: str | None) -> tuple[str, Compiled]:
    """Return the data set of that name; by default banking77, or the demo's where that cannot be downloaded."""
    if name is not None:
        return name, originals.compiled(name)
    try:
        return "banking77", originals.compiled("banking77")
    except DataError as error:
        print(f"the demo data replace banking77: {error}", flush=True)
        return "demo", originals.compiled("demo")


def main() -> int:
    """Time both ways in turns, print a table, and return the exit status: 1 where results do not match."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="a data set of data/raw/; banking77 by default")
    parser.add_argument("--sample", type=int, default=100, help="number of texts to time the authors' way on")
    options = parser.parse_args()
    if not 1 <= options.sample <= TEXTS:
        parser.error(f"--sample {options.sample}: 1 to {TEXTS}")
    name, data = chosen(options.data)
    folder = pretrained.resolve("all-minilm-l6-v2", "none").fetched()
    encode = encoder.SentenceEncoder(folder, 128).encode
    every = material(data, encode)
    rows = sorted(np.random.default_rng(1).permutation(TEXTS)[: options.sample].tolist())
    some = Material([every.texts[n] for n in rows], [every.answers[n] for n in rows], every.classes)
    model = Model(folder)
    classes = np.concatenate([model.encode([name]) for name in spoken(every.classes)])
    seconds, found = in_turns({"authors": partial(authors, model, some, classes), "ours": partial(ours, encode, every)})
    whole = [each * TEXTS / len(rows) for each in seconds["authors"]]
    print(f"{name}, {TEXTS} texts, {CLASSES} classes, {ROUNDS} rounds")
    print(f"authors  {spread(whole, ' s')}: timed on {len(rows)} texts, {spread(seconds['authors'], ' s')}, and scaled")
    print(f"ours     {spread(seconds['ours'], ' s')} for all, loading the encoder included")
    print(f"ours is {ratios(whole, seconds['ours'])} as fast")
    theirs, mine = found["authors"][-1], [found["ours"][-1][n] for n in rows]
    lines, mismatches = agreement(theirs, mine, lambda n: (model.encode([some.texts[n]]) @ classes.T)[0])
    print("\n".join(lines))
    return int(mismatches > 0)


if __name__ == "__main__":
    run(main)
