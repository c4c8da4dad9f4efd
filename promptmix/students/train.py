"""Trains a student of any kind, and writes what a person needs to use it beside its weights."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from promptmix.core import seeds
from promptmix.core.records import Example, Prediction, is_gold
from promptmix.models import nearest
from promptmix.models.encoder import encode
from promptmix.models.pretrained import Pretrained, title
from promptmix.params import Distill, Params
from promptmix.students import contrastive, fine_tuned, launch, probe

ENCODER = "encoder"  # folder of a SetFit student's own encoder

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
USE_PROBE = """from pathlib import Path
from promptmix.students import probe
from promptmix.models import encoder
vectors = encoder.encode(["a text"], Path("FOLDER OF THE BACKBONE"), {max_tokens})
labels, probabilities = probe.predict(vectors, Path("THIS FOLDER"))"""
USE_SETFIT = USE_PROBE.replace("FOLDER OF THE BACKBONE", "THIS FOLDER/encoder")
HOW = {
    "fine_tuned": ("fine-tuned", USE_ENCODER),
    "linear_probe": ("frozen, with a logistic regression on its sentence vectors", USE_PROBE),
    "prototypes": ("frozen, with the class whose mean vector of texts and name is nearest", USE_PROBE),
    "setfit": ("tuned on pairs of texts (SetFit), with a logistic regression on its sentence vectors", USE_SETFIT),
}

SCALE = 20.0  # of cosines before the softmax, as in the losses of sentence-transformers; changes no label


def settings_of(arm: str, settings: Params) -> Distill:
    """Return how an arm's student is trained; that of ``prototypes`` is the frozen encoder itself."""
    if arm != "prototypes":
        return settings.distill
    return settings.distill.model_copy(update={"student": "prototypes", "max_tokens": settings.encoder.max_tokens})


def backbone_of(arm: str, backbone: Path, encoder: Path) -> Pretrained:
    """Return the model that an arm's student starts from, by its manifest."""
    return Pretrained.load(encoder if arm == "prototypes" else backbone)


def train(
    examples: Sequence[Example], labels: Sequence[str], backbone: Pretrained, settings: Distill, seed: int, out: Path
) -> None:
    """Train a student from fresh weights on labelled texts and save it to ``out``; all arms of a seed start alike."""
    folder, number = backbone.fetched(), seeds.number("student", seed)
    if settings.student == "fine_tuned":
        fit = launch.train if settings.launcher == "accelerate" else fine_tuned.train
        fit(
            texts=[example.text for example in examples],
            targets=targets(examples, labels),
            classes=labels,
            backbone=folder,
            recipe=_recipe(settings, fine_tuned.Recipe),
            seed=number,
            out=out,
            phases=phases(examples, settings.phases),
        )
    elif settings.student == "prototypes":
        _train_prototypes(examples, labels, partial(encode, folder=folder, max_tokens=settings.max_tokens), out)
    else:
        texts, gold, weights = _weighted(examples)
        vectors = unseen = encode(texts, folder, settings.max_tokens)
        if settings.student == "setfit":
            recipe = _recipe(settings, contrastive.Recipe)
            pairs = [example.text for example in examples], [example.label for example in examples]
            contrastive.tune(*pairs, folder, recipe, number, out / ENCODER)
            vectors = encode(texts, out / ENCODER, settings.max_tokens)
        probe.train(vectors, unseen, gold, weights, labels, settings.C, out)


def _train_prototypes(
    examples: Sequence[Example], labels: Sequence[str], to_vectors: nearest.Encode, out: Path
) -> None:
    """Save the mean vector of every class's texts and name as a linear classifier; nothing is trained."""
    weight = SCALE * nearest.prototypes(labels, examples, to_vectors).classes
    probe.save(weight.astype(np.float32), np.zeros(len(labels), np.float32), labels, out)


def predict(examples: Sequence[Example], folder: Path, backbone: Pretrained, settings: Distill) -> list[Prediction]:
    """Label texts with the student saved in ``folder``."""
    texts = [example.text for example in examples]
    if settings.student == "fine_tuned":
        labels, rows = fine_tuned.predict(texts, folder, settings.max_tokens)
    else:
        encoder = folder / ENCODER if settings.student == "setfit" else backbone.folder()
        labels, rows = probe.predict(encode(texts, encoder, settings.max_tokens), folder)
    predictions = []
    for example, row in zip(examples, rows.tolist(), strict=True):
        # Rounded: the last digits of a float32 forward pass say nothing, and would make equal runs look different.
        probabilities = {label: round(p, 4) for label, p in zip(labels, row, strict=True)}
        predicted = labels[row.index(max(row))]
        predictions.append(
            Prediction(id=example.id, gold=example.label, predicted=predicted, probabilities=probabilities)
        )
    return predictions


def targets(examples: Sequence[Example], labels: Sequence[str]) -> fine_tuned.Targets:
    """Return what each text is to be taken for: class numbers, or probabilities where any text has them."""
    if not any(example.probabilities for example in examples):
        return np.array([list(labels).index(example.label) for example in examples], np.int64)
    shares = [example.probabilities or {example.label: 1.0} for example in examples]
    return np.array([[share.get(label, 0.0) for label in labels] for share in shares], np.float32)


def phases(examples: Sequence[Example], how: Literal["joint", "synthetic_then_real"]) -> list[list[int]]:
    """Return the rows that are learned together, one list a phase."""
    if how == "joint":
        return [list(range(len(examples)))]
    gold = [is_gold(example.id) for example in examples]
    return [[n for n, each in enumerate(gold) if each is real] for real in (False, True)]


def write_card(folder: Path, examples: Sequence[Example], backbone: Pretrained, settings: Distill, arm: str) -> None:
    """Write the model card: what the student is, what it learned from, how to use it."""
    counts = ", ".join(f"{label}: {n}" for label, n in sorted(Counter(e.label for e in examples).items()))
    how, usage = HOW[settings.student]
    card = CARD.format(
        arm=arm,
        backbone=backbone.name,
        backbone_title=title(backbone.name),
        how=how,
        n=len(examples),
        counts=counts or "none: untrained, it guesses",
        usage=usage.replace("{max_tokens}", str(settings.max_tokens)),
    )
    (folder / "README.md").write_text(card, encoding="utf-8", newline="\n")


Recipe = TypeVar("Recipe", fine_tuned.Recipe, contrastive.Recipe)


def _recipe(settings: Distill, kind: type[Recipe]) -> Recipe:
    """Return the numbers that a kind of training asks for."""
    return kind(**settings.model_dump(include={field.name for field in fields(kind)}))


def _weighted(examples: Sequence[Example]) -> tuple[list[str], list[str], list[float]]:
    """Return texts, labels and weights; a text with probabilities stands once for each class that it may be of."""
    rows = [
        (example.text, label, share)
        for example in examples
        for label, share in (example.probabilities or {example.label: 1.0}).items()
        if share > 0
    ]
    texts, labels, weights = zip(*rows, strict=True) if rows else ((), (), ())
    return list(texts), list(labels), list(weights)
