"""A small transformers encoder with a classification head, fine-tuned from fresh weights.

It learns from labeled texts and does not know which of them a language model generated. Device placement, multi-process
training and gradient accumulation are left to accelerate; on one CPU it adds no overhead.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Example, is_gold
from promptmix.students.cut import save_tokenizer
from promptmix.students.graph import headed_graph
from promptmix.students.kind import Kind, Probabilities, Student
from promptmix.students.launch import run_in_processes

if TYPE_CHECKING:
    import torch

    from promptmix.params import Distill

PREDICT_BATCH = 64

_Row = tuple[list[int], Any]
"""A text's tokens and its target."""


def targets(examples: Sequence[Example], labels: Sequence[str]) -> NDArray[np.int64] | NDArray[np.float32]:
    """Return class numbers, shape (n,), or where any text has them probabilities of the classes, shape (n, c)."""
    if not any(example.probabilities for example in examples):
        return np.array([list(labels).index(example.label) for example in examples], np.int64)
    shares = [example.probabilities or {example.label: 1.0} for example in examples]
    return np.array([[share.get(label, 0.0) for label in labels] for share in shares], np.float32)


def split_phases(examples: Sequence[Example], how: Literal["joint", "synthetic_then_real"]) -> list[list[int]]:
    """Return the rows that are learned together, one list a phase."""
    if how == "joint":
        return [list(range(len(examples)))]
    gold = [is_gold(example.id) for example in examples]
    return [[n for n, each in enumerate(gold) if each is real] for real in (False, True)]


def fine_tune(student: Student, examples: Sequence[Example]) -> None:
    """Fine-tune a fresh copy of the backbone and save it, with its labels, as half-precision safetensors.

    Equal arguments give equal bytes on one machine's CPU; another processor may round differently. Started by
    ``accelerate launch``, every process calls this, and the first one saves.

    With no texts, the head keeps its initial weights and the student guesses. The seed decides the new head's weights,
    dropout and the order of the texts. Steps are divided among the phases by their numbers of texts.
    """
    import torch

    settings = student.settings
    accelerator = _accelerator(settings)
    torch.manual_seed(student.seed + accelerator.process_index)  # or all processes would drop out the same units
    tokenizer, model = _fresh(student.backbone.fetched(), student.labels)
    model.get_input_embeddings().requires_grad_(not settings.freeze_embeddings)
    model = accelerator.prepare(model)
    if examples:
        texts = [example.text for example in examples]
        encoded = tokenizer(texts, truncation=True, max_length=settings.max_tokens)["input_ids"]
        wanted, phases = targets(examples, student.labels), split_phases(examples, settings.phases)
        training = _Training(model, tokenizer, settings, accelerator, np.random.default_rng(student.seed))
        for rows in filter(None, phases):
            steps = _steps(settings, len(rows), len(examples), accelerator)
            _fit_phase(training, [(encoded[n], wanted[n]) for n in rows], steps)
    if accelerator.is_main_process:
        _save(accelerator.unwrap_model(model), tokenizer, settings.max_tokens, student.folder)
    accelerator.end_training()


def class_probabilities(texts: Sequence[str], folder: Path, max_tokens: int) -> tuple[list[str], Probabilities]:
    """Return the class names of a saved student and the probabilities of the texts, rows in their order."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval().to(device)
    names = [model.config.id2label[n] for n in range(model.config.num_labels)]
    if not texts:
        return names, np.zeros((0, len(names)))
    encoded = tokenizer(list(texts), truncation=True, max_length=max_tokens)["input_ids"]
    order = sorted(range(len(texts)), key=lambda n: (len(encoded[n]), n))
    rows: list[NDArray[np.float64]] = [np.zeros(0)] * len(texts)
    with torch.inference_mode():
        for start in range(0, len(order), PREDICT_BATCH):
            some = order[start : start + PREDICT_BATCH]
            logits = model(**_padded(tokenizer, [encoded[n] for n in some]).to(device)).logits  # [b x c]
            for n, row in zip(some, torch.softmax(logits.double(), dim=1).cpu().numpy(), strict=True):
                rows[n] = row
    return names, np.stack(rows)


class _Training(NamedTuple):
    """What stays the same from the first phase to the last."""

    model: Any
    tokenizer: Any
    settings: "Distill"
    accelerator: Any
    rng: np.random.Generator
    """Source of the order of the texts."""


def _accelerator(settings: "Distill") -> Any:
    import torch
    from accelerate import Accelerator, DataLoaderConfiguration

    return Accelerator(
        cpu=not torch.cuda.is_available(),  # other accelerators round in ways that were not tried
        gradient_accumulation_steps=settings.accumulate,
        mixed_precision="no",  # whatever the user's accelerate configuration says: `precision` decides
        dataloader_config=DataLoaderConfiguration(even_batches=False),  # the batches are counted out in `_loader`
    )


def _fresh(backbone: Path, classes: Sequence[str]) -> tuple[Any, Any]:
    """Return the backbone's tokenizer, and its weights under a new head."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    names = dict(enumerate(classes))
    model = AutoModelForSequenceClassification.from_pretrained(
        backbone,
        num_labels=len(classes),
        id2label=names,
        label2id={name: n for n, name in names.items()},
        dtype=torch.float32,
    )
    return AutoTokenizer.from_pretrained(backbone), model


def _steps(settings: "Distill", texts: int, of: int, accelerator: Any) -> int:
    """Return the optimizer steps of a phase with this many texts ``of`` all."""
    if settings.steps:
        return max(1, round(settings.steps * texts / of))
    return (settings.epochs or 0) * -(
        -texts // (settings.batch_size * settings.accumulate * int(accelerator.num_processes))
    )


def _fit_phase(training: _Training, examples: Sequence[_Row], steps: int) -> None:
    """Train one phase."""
    import torch
    from transformers import get_linear_schedule_with_warmup

    model, settings, accelerator = training.model, training.settings, training.accelerator
    trained = [weight for weight in model.train().parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, round(settings.warmup_share * steps), steps)
    optimizer, loader = accelerator.prepare(optimizer, _loader(training, examples, steps))
    half = _in_half(settings.precision, accelerator.device)
    for inputs, targets in loader:
        with accelerator.accumulate(model):
            with torch.autocast(accelerator.device.type, torch.bfloat16, enabled=half):
                logits = model(**inputs).logits
            accelerator.backward(torch.nn.functional.cross_entropy(logits.float(), targets))
            if accelerator.sync_gradients:
                accelerator.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            if accelerator.sync_gradients:
                schedule.step()
            optimizer.zero_grad()


def _loader(training: _Training, examples: Sequence[_Row], steps: int) -> Any:
    """Return the batches of a whole phase, all processes together, as inputs and targets."""
    import torch

    def batch(some: Sequence[_Row]) -> tuple[dict[str, Any], "torch.Tensor"]:
        inputs = _padded(training.tokenizer, [ids for ids, _ in some])
        return dict(inputs), torch.from_numpy(np.stack([target for _, target in some]))

    settings = training.settings
    count = steps * settings.accumulate * int(training.accelerator.num_processes)
    batches = islice(_batches([len(ids) for ids, _ in examples], settings.batch_size, training.rng), count)
    # A generator of its own: the loader draws a number that it does not need, and dropout would differ by it.
    rows: Any = list(examples)  # a list is all that a loader needs of a data set
    return torch.utils.data.DataLoader(rows, batch_sampler=list(batches), collate_fn=batch, generator=torch.Generator())


def _batches(lengths: Sequence[int], size: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield batches of row numbers without end, each row once an epoch, texts of like length together.

    Rows are shuffled, sorted by length within stretches of 16 batches, and the batches shuffled again: little padding,
    and still another mixture every epoch.
    """
    while True:
        rows = rng.permutation(len(lengths))
        stretches = [rows[start : start + 16 * size] for start in range(0, len(rows), 16 * size)]
        ordered = [n for stretch in stretches for n in sorted(stretch.tolist(), key=lambda n: lengths[n])]
        batches = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        for n in rng.permutation(len(batches)):
            yield batches[n]


def _in_half(precision: Literal["float32", "bfloat16", "auto"], device: "torch.device") -> bool:
    import torch

    if precision == "auto":
        return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return precision == "bfloat16"


def _padded(tokenizer: Any, rows: Sequence[list[int]]) -> Any:
    return tokenizer.pad({"input_ids": list(rows)}, return_tensors="pt")


def _save(model: Any, tokenizer: Any, max_tokens: int, out: Path) -> None:
    import torch

    # Half precision: 45 MB in place of 91 for MiniLM. Predictions are made with what was saved, so every number in the
    # report is a number of the file that is shared.
    model.eval().cpu().to(torch.float16).save_pretrained(out)
    save_tokenizer(tokenizer, max_tokens, out)


def _fit(student: Student, examples: Sequence[Example]) -> None:
    if student.settings.launcher == "accelerate":
        run_in_processes(fine_tune, student, examples)
    else:
        fine_tune(student, examples)


def _predict(student: Student, texts: Sequence[str]) -> tuple[list[str], Probabilities]:
    return class_probabilities(texts, student.folder, student.settings.max_tokens)


KIND = Kind(
    title="fine-tuned",
    description="fine-tuned",
    usage="""from transformers import pipeline
classify = pipeline("text-classification", model="THIS FOLDER", truncation=True)
classify("a text")""",
    fit=_fit,
    predict=_predict,
    graph=lambda student: headed_graph(student.folder),
    library="transformers",
    options=frozenset({"phases", "launcher"}),
)
