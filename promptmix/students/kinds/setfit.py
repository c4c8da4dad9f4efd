"""SetFit (Tunstall et al. 2022): the backbone is tuned on pairs of texts of the same and of different classes.

The package ``setfit`` does that; a linear probe on the tuned encoder's vectors is the classifier. Its own head is not
used, because it is saved as a pickle, which runs code when it is read.
"""

import tempfile
from collections.abc import Sequence
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

import numpy as np

from promptmix.core.records import Example
from promptmix.models.encoder import SentenceEncoder
from promptmix.students import probe
from promptmix.students.cut import save_tokenizer
from promptmix.students.graph import pooled_graph
from promptmix.students.kind import Kind, Probabilities, Student

ENCODER = "encoder"  # the folder of a student's own encoder in the student's


def _fit(student: Student, examples: Sequence[Example]) -> None:
    texts, labels, weights = probe.weighted(examples)
    unseen = SentenceEncoder(student.backbone, student.settings.max_tokens).encode(texts)
    _tune(student, examples)
    vectors = _encoder(student).encode(texts)
    probe.fit_probe(vectors, unseen, labels, weights, student.labels, student.settings.C, student.folder)


def _predict(student: Student, texts: Sequence[str]) -> tuple[list[str], Probabilities]:
    return probe.classify_vectors(_encoder(student).encode(texts), student.folder)


def _encoder(student: Student) -> SentenceEncoder:
    return SentenceEncoder(student.folder / ENCODER, student.settings.max_tokens)


def _tune(student: Student, examples: Sequence[Example]) -> None:
    """Tune a copy of the backbone so that texts of one class have similar vectors, and save it in half precision.

    With texts of fewer than two classes it is saved untuned. distill.steps counts batches of pairs, distill.batch_size
    the pairs of one, and an epoch has all pairs once; those of one class are repeated until they are as many as those
    of two. The seed decides the pairs, their order and dropout.
    """
    from datasets import Dataset, disable_progress_bars
    from setfit import SetFitModel
    from transformers.utils import logging

    disable_progress_bars()
    logging.disable_progress_bar()
    getLogger("setfit").setLevel(ERROR)  # it reports every step
    texts, labels = [example.text for example in examples], [example.label for example in examples]
    model = SetFitModel.from_pretrained(str(student.backbone.fetched()), labels=sorted(set(labels)))
    if len(set(labels)) > 1:
        data = Dataset.from_dict({"text": texts, "label": labels})
        with tempfile.TemporaryDirectory() as scratch:
            trainer = _trainer(model, data, student, scratch)
            # SetFit draws its pairs with a seed of its own, by the order of the texts.
            order = np.random.default_rng(student.seed).permutation(len(texts))
            trainer.train_embeddings([texts[n] for n in order], [labels[n] for n in order], args=trainer.args)
    _save(model.model_body, student.settings.max_tokens, student.folder / ENCODER)


def _trainer(model: Any, data: Any, student: Student, scratch: str) -> Any:
    import torch
    from setfit import Trainer, TrainingArguments

    settings = student.settings
    arguments = TrainingArguments(
        output_dir=scratch,
        max_steps=settings.steps or -1,
        num_epochs=settings.epochs or 1,
        batch_size=settings.batch_size,
        body_learning_rate=settings.learning_rate,
        warmup_proportion=settings.warmup_share,
        max_length=settings.max_tokens,
        seed=student.seed,
        report_to="none",
        save_strategy="no",
        show_progress_bar=False,
    )
    trainer = Trainer(model=model, args=arguments, train_dataset=data)
    trainer.st_trainer.args.dataloader_pin_memory = torch.cuda.is_available()  # else torch warns
    return trainer


def _save(body: Any, max_tokens: int, out: Path) -> None:
    """Save the transformers model inside a SetFit body."""
    import torch

    encoder = body[0]
    encoder.auto_model.to(torch.float16).save_pretrained(out)
    save_tokenizer(encoder.tokenizer, max_tokens, out)


KIND = Kind(
    title="tuned by SetFit",
    description="tuned on pairs of texts (SetFit), with a logistic regression on its sentence vectors",
    usage="""from pathlib import Path
from promptmix.models.encoder import SentenceEncoder
from promptmix.students.probe import classify_vectors
encoder = SentenceEncoder(Path("THIS FOLDER/encoder"), max_tokens={max_tokens})
labels, probabilities = classify_vectors(encoder.encode(["a text"]), Path("THIS FOLDER"))""",
    fit=_fit,
    predict=_predict,
    graph=lambda student: pooled_graph(student.folder / ENCODER, student.folder),
)
