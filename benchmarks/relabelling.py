"""Measure relabelling of 7,700 texts and 77 classes, but for the language model, against the authors' way.

``python -m benchmarks.relabelling [--data FOLDER] [--sample N]`` finds the 5 nearest of 77 classes for 7,700 texts and
maps one free-text answer each to a class, three rounds in turns. Texts and classes are those of FOLDER's files
(data/compiled/demo by default) with a number behind each, so that none is met twice; for a real data set of that size,
such as data/compiled/banking77, they are as they are. The answer to a text is its class's name, in every fifth case
inside a sentence.

The authors' way is timed on N texts (100 by default) and multiplied: it encodes one text at a time, and all
class names again for every answer. (Its class names go through the encoder in one batch, as there.)
"""

import argparse
from collections.abc import Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from benchmarks.timing import ROUNDS, in_turns, ratios, spread
from promptmix import encoder, jsonl, labelling, pretrained
from promptmix.records import ClassInfo, Completion, Example, Question, Usage

TEXTS, CLASSES, KEEP = 7700, 77, 5


class Model:
    """A loaded encoder that keeps no vector, as the authors' code holds one."""

    def __init__(self, folder: Path) -> None:
        """Load weights and tokenizer once."""
        import torch
        from transformers import AutoModel, AutoTokenizer

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


def authors(model: Model, texts: Sequence[str], answers: Sequence[str], names: Sequence[str]) -> list[str]:
    """Find candidates and map answers, text by text."""
    prototypes = np.concatenate([model.encode([name]) for name in names])
    found = []
    for text, answer in zip(texts, answers, strict=True):
        labelling.shortlist(model.encode([text]), prototypes, KEEP)
        found.append(names[int(np.argmax(model.encode([answer]) @ model.encode(names).T))])
    return found


def ours(folder: Path, texts: Sequence[str], answers: Sequence[str], classes: Sequence[ClassInfo]) -> list[str | None]:
    """Find candidates and map answers as the relabel stage does."""
    encode = partial(encoder.encode, folder=folder, max_tokens=128)
    cases = labelling.cases({str(n): text for n, text in enumerate(texts)}, classes, [], KEEP, encode)

    def ask(questions: Sequence[Question]) -> list[Completion]:
        usage = Usage(prompt_tokens=0, completion_tokens=0)
        return [
            Completion(key="-", prompt_id=q.id, model="-", text=answer, finish="stop", usage=usage)
            for q, answer in zip(questions, answers, strict=True)
        ]

    return [verdict.label for verdict in labelling.by_answer(cases, [], ask, encode, 0.5, structured=False)]


def material(data: Path) -> tuple[list[str], list[str], list[ClassInfo]]:
    """Return texts, answers and classes."""
    infos = jsonl.read(data / "classes.jsonl", ClassInfo)
    examples = jsonl.read(data / "train.jsonl", Example)
    texts = [e.text + (f" ({n})" if n >= len(examples) else "") for n, e in enumerate(islice(cycle(examples), TEXTS))]
    classes = [
        info if n < len(infos) else info.model_copy(update={"label": f"{info.label}_{n}"})
        for n, info in enumerate(islice(cycle(infos), CLASSES))
    ]
    names = [label.replace("_", " ") for label in (e.label for e in islice(cycle(examples), TEXTS))]
    answers = [name if n % 5 else f"It is about {name}, I think" for n, name in enumerate(names)]
    return texts, answers, classes


def main() -> None:
    """Time both ways in turns and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data/compiled/demo"))
    parser.add_argument("--sample", type=int, default=100)
    options = parser.parse_args()
    texts, answers, classes = material(options.data)
    folder = pretrained.resolve("all-minilm-l6-v2", "none").fetched()
    model, names, some = Model(folder), [info.label.replace("_", " ") for info in classes], slice(options.sample)
    seconds, _ = in_turns(
        {
            "authors": partial(authors, model, texts[some], answers[some], names),
            "ours": partial(ours, folder, texts, answers, classes),
        }
    )
    whole = [each * TEXTS / options.sample for each in seconds["authors"]]
    print(f"{options.data}, {TEXTS} texts, {CLASSES} classes, {ROUNDS} rounds")
    print(f"authors  {spread(seconds['authors'], ' s')} for {options.sample} texts, so {spread(whole, ' s')} for all")
    print(f"ours     {spread(seconds['ours'], ' s')} for all, the loading of the encoder included")
    print(f"ours is {ratios(whole, seconds['ours'])} as fast")


if __name__ == "__main__":
    main()
