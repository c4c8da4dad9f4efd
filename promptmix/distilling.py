"""Trains a student of either kind, and writes what a person needs to use it beside its weights."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from promptmix import probe, seeds, student
from promptmix.encoder import encode
from promptmix.params import Distill
from promptmix.pretrained import Pretrained, title
from promptmix.records import Example, Prediction

CARD = """---
library_name: transformers
pipeline_tag: text-classification
base_model: {backbone}
---
# A text classifier distilled by PromptMix: {arm}

{backbone_title}, {how}, on {n} texts ({counts}).
Texts were written and labelled in part by a language model; check it on your own data before use.

```python
{usage}
```
"""
USE_ENCODER = """from transformers import pipeline
classify = pipeline("text-classification", model="THIS FOLDER")
classify("a text")"""
USE_PROBE = """from promptmix import probe, encoder
vectors = encoder.encode(["a text"], "FOLDER OF THE BACKBONE", {max_tokens})
labels, probabilities = probe.predict(vectors, "THIS FOLDER")"""


def train(
    examples: Sequence[Example], labels: Sequence[str], backbone: Pretrained, settings: Distill, seed: int, out: Path
) -> None:
    """Train a student from fresh weights on labelled texts and save it to ``out``; all arms of a seed start alike."""
    backbone.ensure()
    texts, gold = [example.text for example in examples], [example.label for example in examples]
    if settings.kind == "linear_probe":
        vectors = encode(texts, backbone.folder(), settings.max_tokens)
        probe.train(vectors, gold, labels, settings.probe_c, out)
    else:
        student.train(texts, gold, labels, backbone.folder(), _recipe(settings), seeds.number("student", seed), out)


def predict(examples: Sequence[Example], folder: Path, backbone: Pretrained, settings: Distill) -> list[Prediction]:
    """Label texts with the student saved in ``folder``."""
    texts = [example.text for example in examples]
    if settings.kind == "linear_probe":
        labels, rows = probe.predict(encode(texts, backbone.folder(), settings.max_tokens), folder)
    else:
        labels, rows = student.predict(texts, folder, settings.max_tokens)
    predictions = []
    for example, row in zip(examples, rows.tolist(), strict=True):
        # Rounded: the last digits of a float32 forward pass say nothing, and would make equal runs look different.
        probabilities = {label: round(p, 4) for label, p in zip(labels, row, strict=True)}
        predicted = labels[row.index(max(row))]
        predictions.append(
            Prediction(id=example.id, gold=example.label, predicted=predicted, probabilities=probabilities)
        )
    return predictions


def write_card(folder: Path, examples: Sequence[Example], backbone: Pretrained, settings: Distill, arm: str) -> None:
    """Write the model card: what the student is, what it learned from, how to use it."""
    is_probe = settings.kind == "linear_probe"
    counts = ", ".join(f"{label}: {n}" for label, n in sorted(Counter(e.label for e in examples).items()))
    card = CARD.format(
        arm=arm,
        backbone=backbone.name,
        backbone_title=title(backbone.name),
        how="frozen, with a logistic regression on its sentence vectors" if is_probe else "fine-tuned",
        n=len(examples),
        counts=counts or "none: untrained, it guesses",
        usage=USE_PROBE.format(max_tokens=settings.max_tokens) if is_probe else USE_ENCODER,
    )
    (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")


def _recipe(settings: Distill) -> student.Recipe:
    return student.Recipe(**settings.model_dump(exclude={"kind", "backbone", "probe_c"}))
