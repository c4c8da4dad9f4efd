"""Trains a student of any kind, and writes what a person needs to use it beside its weights."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from promptmix import probe, prototypes, seeds, student
from promptmix.encoder import encode
from promptmix.params import Distill, Params
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

SCALE = 20.0  # of cosines before the softmax, as in the losses of sentence-transformers; changes no label


def settings_of(arm: str, settings: Params) -> Distill:
    """Return how an arm's student is trained; that of ``prototypes`` is the frozen encoder itself."""
    if arm != "prototypes":
        return settings.distill
    frozen = {"kind": "prototypes", "backbone": settings.encoder.model, "max_tokens": settings.encoder.max_tokens}
    return settings.distill.model_copy(update=frozen)


def backbone_of(arm: str, backbone: Path, encoder: Path) -> Pretrained:
    """Return the model that an arm's student starts from, by its manifest."""
    return Pretrained.load(encoder if arm == "prototypes" else backbone)


def train(
    examples: Sequence[Example], labels: Sequence[str], backbone: Pretrained, settings: Distill, seed: int, out: Path
) -> None:
    """Train a student from fresh weights on labelled texts and save it to ``out``; all arms of a seed start alike."""
    backbone.ensure()
    texts, gold = [example.text for example in examples], [example.label for example in examples]
    if settings.kind == "linear_probe":
        vectors = encode(texts, backbone.folder(), settings.max_tokens)
        probe.train(vectors, gold, labels, settings.probe_c, out)
    elif settings.kind == "prototypes":
        names = [label.replace("_", " ") for label in labels]
        of_names, of_texts = np.split(encode([*names, *texts], backbone.folder(), settings.max_tokens), [len(names)])
        weight = SCALE * prototypes.means(labels, of_names, gold, of_texts)
        probe.save(weight.astype(np.float32), np.zeros(len(labels), np.float32), labels, out)
    else:
        student.train(texts, gold, labels, backbone.folder(), _recipe(settings), seeds.number("student", seed), out)


def predict(examples: Sequence[Example], folder: Path, backbone: Pretrained, settings: Distill) -> list[Prediction]:
    """Label texts with the student saved in ``folder``."""
    texts = [example.text for example in examples]
    if settings.kind != "encoder":
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
    how = {
        "encoder": "fine-tuned",
        "linear_probe": "frozen, with a logistic regression on its sentence vectors",
        "prototypes": "frozen, with the class whose mean vector of texts and name is nearest",
    }
    counts = ", ".join(f"{label}: {n}" for label, n in sorted(Counter(e.label for e in examples).items()))
    card = CARD.format(
        arm=arm,
        backbone=backbone.name,
        backbone_title=title(backbone.name),
        how=how[settings.kind],
        n=len(examples),
        counts=counts or "none: untrained, it guesses",
        usage=USE_ENCODER if settings.kind == "encoder" else USE_PROBE.format(max_tokens=settings.max_tokens),
    )
    (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")


def _recipe(settings: Distill) -> student.Recipe:
    return student.Recipe(**settings.model_dump(exclude={"kind", "backbone", "probe_c"}))
