"""A released classifier labels as its student does, whatever its kind, and says what was measured and how."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from promptmix.classifier.bundle import load_bundle
from promptmix.classifier.predictor import Predictor
from promptmix.core import jsonl
from promptmix.core.errors import ClassifierError
from promptmix.core.records import ClassInfo, DataInfo, Example, Prediction
from promptmix.students import KINDS, parity
from promptmix.students.export import export_student
from promptmix.students.kind import Student
from promptmix.students.kinds import linear_probe
from promptmix.students.materials import Materials
from promptmix.students.parity import ODD_TEXTS
from promptmix.students.release import cross_fit, language_code, release_classifier
from promptmix.students.train import predict_labels, train_student
from stages import release
from tests.support.colors import COLORS, EXAMPLES, TEXTS, student
from tests.support.structure import ROOT

ROWS = Materials(labeled=EXAMPLES[::2], added=[], test=EXAMPLES[1::2], taught=[])


@pytest.mark.parametrize(
    "kind", [kind if kind == "linear_probe" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
)
def test_every_kind_is_released_with_the_probabilities_of_its_student(
    kind: str, tiny_backbone: Path, tmp_path: Path
) -> None:
    asked = student(tiny_backbone, tmp_path / "m", student=kind, steps=40)
    bundle = release_classifier(asked, ROWS, "colors", DataInfo(about="words for colors", language="English"))
    assert bundle == load_bundle(tmp_path / "m")
    assert bundle.kind == kind
    assert bundle.measured["test_texts"] == 13
    assert bundle.measured["fp32_largest_difference"] < 1e-4
    train_student(again := replace(asked, folder=tmp_path / "again"), ROWS.training())
    texts = [*TEXTS, *ODD_TEXTS]
    _, wanted = KINDS[kind].predict(again, texts)
    found = Predictor(tmp_path / "m").probabilities(texts)
    np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.fixture(scope="module")
def released(tiny_backbone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released") / "colors"
    release_classifier(
        student(tiny_backbone, folder, student="linear_probe"),
        ROWS,
        "colors",
        DataInfo(about="words for colors", language="Dutch"),
    )
    return folder


def test_the_code_of_the_card_labels_a_text_without_torch(released: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (released / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    code = code.replace('"a text"', '"wine rose", "sea ice " * 2000')
    code += 'import sys; print({"torch", "transformers"} & set(sys.modules))\n'
    done = subprocess.run([sys.executable, "-c", code], cwd=released, capture_output=True, text=True, check=True)
    assert done.stdout == "['red', 'blue']\nset()\n"


def test_the_card_has_the_metadata_of_the_hub_and_leaves_the_license_to_its_user(released: Path) -> None:
    card = (released / "README.md").read_text(encoding="utf-8")
    head = card.split("---\n")[1]
    assert 'language: "nl"' in head
    assert 'library_name: "onnx"' in head
    assert 'pipeline_tag: "text-classification"' in head
    assert "license" not in head
    assert "- labeled rows: 14" in card
    assert "0 held-out texts have a label of the language model, too few" in card


def test_equal_students_are_exported_to_equal_bytes(tiny_backbone: Path, tmp_path: Path) -> None:
    train_student(trained := student(tiny_backbone, tmp_path / "s", student="linear_probe"), EXAMPLES)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        export_student(trained, tmp_path / name)
    for file in ("model.onnx", "tokenizer.json"):
        one = (tmp_path / "one" / file).read_bytes()
        assert one == (tmp_path / "two" / file).read_bytes()
        assert str(tmp_path).encode() not in one


def test_a_kind_without_a_graph_is_refused_in_one_line(
    tiny_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linear_probe, "KIND", replace(linear_probe.KIND, graph=None))
    with pytest.raises(ClassifierError, match=r"^distill\.student linear_probe: its KIND has no graph"):
        release_classifier(student(tiny_backbone, tmp_path / "m", student="linear_probe"), ROWS, "colors", None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LARGEST_DIFFERENCE", 0.0, r"^model\.onnx: a probability differs by \d.*nothing was released"),
        ("SAME_LABELS", 1.1, r"^model\.int8\.onnx: \d.*of 27 texts have the student's label.*nothing was released"),
    ],
)
def test_a_model_that_differs_from_its_student_is_not_released(
    name: str, value: float, words: str, released: Path, tiny_backbone: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The classifier that was there stays."""
    shutil.copytree(released, tmp_path / "m")
    monkeypatch.setattr(parity, name, value)
    with pytest.raises(ClassifierError, match=words):
        release_classifier(student(tiny_backbone, tmp_path / "m", student="linear_probe"), ROWS, "colors", None)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
    load_bundle(tmp_path / "m")


def test_without_test_texts_labeled_rows_are_held_out_in_turn_and_nothing_is_called_accuracy(
    tiny_backbone: Path, tmp_path: Path
) -> None:
    pool = [each.model_copy(update={"id": f"c/unlabeled/{n:05}"}) for n, each in enumerate(EXAMPLES[1::2])]
    materials = Materials(labeled=EXAMPLES[::2], added=pool, test=[], taught=[])
    asked = student(tiny_backbone, tmp_path / "m", student="linear_probe")
    bundle = release_classifier(asked, materials, "colors", None)
    assert not [name for name in bundle.measured if "accuracy" in name]
    assert bundle.measured["labeled_rows_cross_fit"] == 14
    assert bundle.measured["pool_cross_fit_texts"] == 13
    assert bundle.measured["pool_cross_fit_agreement_with_language_model"] > 0.5
    assert bundle.thresholds_note is not None
    assert bundle.thresholds_note.startswith("13 held-out texts have a label of the language model, too few")
    assert sum(bundle.made_of.values()) == 27


def test_texts_of_one_class_are_no_classifier(tiny_backbone: Path, tmp_path: Path) -> None:
    materials = Materials(labeled=EXAMPLES[:9], added=[], test=[], taught=[])
    with pytest.raises(ClassifierError, match="release colors: needs texts of two classes or more, got 9 texts"):
        release_classifier(student(tiny_backbone, tmp_path / "m"), materials, "colors", None)


def test_a_language_has_its_code_where_it_is_known() -> None:
    assert language_code(DataInfo(about="words for colors", language="Persian")) == "fa"
    assert language_code(DataInfo(about="words for colors", language="Klingon")) is None
    assert language_code(None) is None


def test_the_stage_writes_the_classifier_and_its_figures(
    tiny_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  student: \w+", "  student: prototypes", text)
    Path("params.yaml").write_text(re.sub(r"(?m)^seeds: .*", "seeds: [0, 1]", text), encoding="utf-8")
    student(tiny_backbone, tmp_path).backbone.save(Path("b.json"))
    jsonl.write(Path("c/classes.jsonl"), [ClassInfo(label=label, description="a color") for label in COLORS])
    for split, rows in {"train": EXAMPLES[::2], "validation": [], "test": EXAMPLES[1::2]}.items():
        jsonl.write(Path(f"c/{split}.jsonl"), rows)
    for seed in (0, 1):
        added = Example(id=f"mix/{seed}/red/0001#1", text=f"wine wine {seed}", label="red")
        jsonl.write(Path(f"t/{seed}/mixed.jsonl"), [EXAMPLES[0], added])
    release.main(
        dataset="colors", arm="mixed", backbone=Path("b.json"), encoder=Path("b.json"), compiled=Path("c"),
        train=Path("t"), predictions=Path("p"), out=Path("out"), metrics=Path("m/colors.json"),
    )  # fmt: skip
    bundle = load_bundle(Path("out"))
    assert bundle.made_of == {"labeled rows": 14, "texts written by the language model": 2}
    assert json.loads(Path("m/colors.json").read_text(encoding="utf-8")) == bundle.measured


def test_a_text_is_predicted_by_a_student_that_was_not_trained_on_it(
    tiny_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[Path, set[str]] = {}

    def train(other: Student, examples: Sequence[Example]) -> None:
        seen[other.folder] = {each.id for each in examples}
        train_student(other, examples)

    def predict(other: Student, examples: Sequence[Example]) -> list[Prediction]:
        assert not seen[other.folder] & {each.id for each in examples}
        return predict_labels(other, examples)

    monkeypatch.setattr("promptmix.students.release.train_student", train)
    monkeypatch.setattr("promptmix.students.release.predict_labels", predict)
    held = cross_fit(student(tiny_backbone, tmp_path / "m", student="linear_probe"), EXAMPLES, EXAMPLES[:10])
    assert sorted(each.example.id for each in held) == [each.id for each in EXAMPLES[:10]]
    assert set().union(*seen.values()) == {each.id for each in EXAMPLES}
