"""Makes the classifier that people use: one student, trained on all there is, exported, compared and measured."""

import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from promptmix.classifier.bundle import FILES, Bundle, save_bundle, writing_bundle
from promptmix.classifier.card import classifier_card
from promptmix.classifier.predictor import Predictor
from promptmix.classifier.thresholds import find_thresholds
from promptmix.core import seeds
from promptmix.core.errors import ClassifierError
from promptmix.core.files import replacing
from promptmix.core.records import DataInfo, Example
from promptmix.models.pretrained import table
from promptmix.students import KINDS
from promptmix.students.export import export_student
from promptmix.students.kind import Student
from promptmix.students.materials import Materials, is_pool_text, origin
from promptmix.students.parity import quantize_checked
from promptmix.students.train import predict_labels, train_student

FOLDS = 3
COMPARED = 500
"""Texts at most that the exported student is compared on; those of the test split come first."""


class Held(NamedTuple):
    """What a student says of a text that it was not trained on."""

    example: Example
    predicted: str
    confidence: float

    @property
    def same(self) -> bool:
        """Whether it gave the text's label."""
        return self.predicted == self.example.label


def release_classifier(student: Student, materials: Materials, name: str, info: DataInfo | None) -> Bundle:
    """Train a student on everything, and write it as a classifier to the student's folder.

    Raises:
        ClassifierError: there are no texts of two classes, or the exported student differs too much.
    """
    training = materials.training()
    if len({each.label for each in training}) < 2:
        raise ClassifierError(f"release {name}: needs texts of two classes or more, got {len(training)} texts")
    held = cross_fit(student, training, _worth_holding_out(training, materials))
    with tempfile.TemporaryDirectory() as scratch:
        trained = replace(student, folder=Path(scratch) / "student")
        train_student(trained, training)
        return _written(trained, student.folder, materials, held, name, info)


def cross_fit(student: Student, training: Sequence[Example], wanted: Sequence[Example]) -> list[Held]:
    """Predict each of ``wanted``, some of the training texts, with a student that was trained without it.

    There are :data:`FOLDS` students of the same kind; texts that were written from a labeled row stay in all of them.
    """
    order = seeds.rng("release", "folds").permutation(len(wanted)).tolist()
    found: list[Held] = []
    for fold in range(min(FOLDS, len(wanted))):
        left_out = [wanted[n] for n in order[fold::FOLDS]]
        names = {each.text for each in left_out}
        with tempfile.TemporaryDirectory() as scratch:
            other = replace(student, folder=Path(scratch) / "student")
            train_student(other, [each for each in training if each.text not in names])
            for example, each in zip(left_out, predict_labels(other, left_out), strict=True):
                best = each.predicted or ""
                found.append(Held(example, best, each.probabilities.get(best, 0.0)))
    return found


def describe_release(bundle: Bundle) -> str:
    """Say in one line what was made, of what, and how good it is."""
    made_of = ", ".join(f"{number} {what}" for what, number in bundle.made_of.items())
    measured = ", ".join(f"{what} {number}" for what, number in bundle.measured.items())
    return f"{bundle.folder}: {bundle.kind} of {made_of}; {measured}; thresholds: {bundle.thresholds_note}"


def write_figures(path: Path, bundle: Bundle) -> None:
    """Write what was measured as JSON, for `dvc metrics`."""
    with replacing(path) as file:
        file.write(json.dumps(bundle.measured, indent=1) + "\n")


def language_code(info: DataInfo | None) -> str | None:
    """Return the code of the language that the data set names, such as "fa" for Persian; None where it is unknown."""
    from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

    codes: dict[str, str] = TO_LANGUAGE_CODE
    return codes.get(info.language.lower()) if info and info.language else None


def _written(
    trained: Student, out: Path, materials: Materials, held: Sequence[Held], name: str, info: DataInfo | None
) -> Bundle:
    with writing_bundle(out) as made:
        compared = [each.text for each in [*materials.test, *materials.training()]][:COMPARED]
        bundle, parity = quantize_checked(trained, _exported(trained, materials.training(), made), compared)
        predictor = Predictor(made)
        thresholds, note = _thresholds(predictor, materials, held)
        measured = {**_measured(predictor, materials, held), **parity.described()}
        bundle = bundle.model_copy(update={"measured": measured, "thresholds": thresholds, "thresholds_note": note})
        save_bundle(bundle)
        hub = _hub_name(bundle.backbone)
        card = classifier_card(bundle, name, KINDS[bundle.kind].description, hub, language_code(info))
        (made / "README.md").write_text(card, encoding="utf-8", newline="\n")
    return bundle.model_copy(update={"folder": out})


def _exported(student: Student, training: Sequence[Example], made: Path) -> Bundle:
    exported = export_student(student, made)
    return Bundle(
        labels=list(student.labels),
        max_tokens=exported.max_tokens,
        pad_id=exported.pad_id,
        kind=student.settings.student,
        backbone=student.backbone.name,
        files=dict.fromkeys(FILES, "0" * 64),  # those of the final files follow
        made_of=dict(Counter(origin(each) for each in training)),
        folder=made,
    )


def _worth_holding_out(training: Sequence[Example], materials: Materials) -> list[Example]:
    """Return the texts of the pool, for thresholds; where no test split measures accuracy, the labeled rows too."""
    gold = [] if materials.test else [each for each in training if origin(each) == "labeled rows"]
    return [*gold, *(each for each in training if is_pool_text(each))]


def _measured(predictor: Predictor, materials: Materials, held: Sequence[Held]) -> dict[str, Any]:
    measured: dict[str, Any] = {}
    if materials.test:
        found = predictor.predict([each.text for each in materials.test])
        right = [p.label == each.label for p, each in zip(found, materials.test, strict=True)]
        measured |= {"test_accuracy": _share(right), "test_texts": len(right)}
    rows = [each.same for each in held if not is_pool_text(each.example)]
    if rows:
        measured |= {"labeled_rows_cross_fit_same_label": _share(rows), "labeled_rows_cross_fit": len(rows)}
    pool = [each.same for each in held if is_pool_text(each.example)]
    if pool:
        measured |= {"pool_cross_fit_agreement_with_language_model": _share(pool), "pool_cross_fit_texts": len(pool)}
    return measured


def _thresholds(predictor: Predictor, materials: Materials, held: Sequence[Held]) -> Any:
    """Find thresholds on all real texts with a label of the language model that the classifier was not trained on."""
    taught = materials.labels_of_language_model()
    found = predictor.predict([text for text, _ in taught])
    pool = [each for each in held if is_pool_text(each.example)]
    return find_thresholds(
        [*(each.confidence for each in found), *(each.confidence for each in pool)],
        [*(each.label == label for each, (_, label) in zip(found, taught, strict=True)), *(each.same for each in pool)],
    )


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 4)


def _hub_name(backbone: str) -> str | None:
    entry = table().get(backbone)
    name = (entry.hub if entry else backbone).partition("@")[0]
    return name if name.count("/") == 1 and not Path(name).exists() else None
