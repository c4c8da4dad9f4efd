"""Stages run against a server on loopback: which model gets which prompts, and runs that need no model."""

import inspect
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from promptmix.core import jsonl
from promptmix.core.errors import DataError
from promptmix.core.records import (
    ClassInfo,
    Completion,
    DataInfo,
    Example,
    Generated,
    Prediction,
    Record,
    Relabeled,
)
from promptmix.llm.greeting import GREETINGS
from promptmix.llm.store.database import Store, store_path
from promptmix.models.pretrained import Pretrained
from promptmix.report.tables import MARKERS
from stages import assemble, compile, distill, fetch, generate, relabel, report, sample, teacher
from tests.support.llm_server import Behavior, running

ROOT = Path(__file__).parents[1]
CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost")]
SHOTS = [Example(id=f"d/train/{n}", text=f"it is {c.label}", label=c.label) for n, c in enumerate(CLASSES)]
TEST = [Example(id=f"d/test/{n}", text=f"now it is {c.label}", label=c.label) for n, c in enumerate(CLASSES)]
TWO_MODELS: dict[str, Any] = {
    "llm": {"endpoint": "openai", "model": "the-writer", "relabel_model": "the-judge"},
    "generate": {"json_schema": False, "texts_per_prompt": 1, "per_class": 2, "max_prompts_per_class": 3},
    "relabel": {"method": "answer", "json_schema": False, "nearest_similarity": -1.0},
    "distill": {"backbone": "all-minilm-l6-v2"},
}
FOLDERS = {"mix": "generated", "relabel": "relabeled", "contrast": "generated", "assemble": "train"}
NO_TEXTS = {"prompts.jsonl": 0, "completions.jsonl": 0, "generated.jsonl": 0, "rejected.jsonl": 0}
NO_LABELS = {"relabeled.jsonl": 0, "completions.jsonl": 0}


class Place:
    """A working folder with classes, shots and test texts of the data set ``d`` and seed 0; no models are fetched."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.compiled = self.data / "compiled/d"
        self.inputs = {
            "classes": self.compiled / "classes.jsonl",
            "train": self.compiled / "train.jsonl",
            "test": self.compiled / "test.jsonl",
            "shots": self.data / "shots/d/0.jsonl",
            "generated": self.data / "generated/d/0/generated.jsonl",
            "relabeled": self.data / "relabeled/d/0/relabeled.jsonl",
            "contrast": self.data / "generated/d/0/contrast/generated.jsonl",
        }
        names = ("summary.json", "details.json", "plots", "README.md")
        self.reports = {name.split(".")[0].lower(): folder / name for name in names}
        self.models_used = {name: folder / f"{name}.json" for name in ("writer", "relabeler", "encoder", "backbone")}
        records: dict[str, Sequence[Record]] = {"classes": CLASSES, "train": SHOTS, "test": TEST, "shots": SHOTS}
        for name, those in records.items():
            jsonl.write(self.inputs[name], those)

    def run(self, *stages: ModuleType | str) -> None:
        """Run stages on the files named like their arguments; a string is a purpose of ``generate``."""
        for stage in stages:
            script = generate if isinstance(stage, str) else stage
            name = stage if isinstance(stage, str) else stage.__name__.split(".")[1]
            folders = [*FOLDERS.values(), "compiled", "shots", "predictions"]
            known: dict[str, Any] = {
                "dataset": "d",
                "seed": 0,
                "purpose": name,
                "out": self.out(name),
                "completions": self.folder / "completions.jsonl",
                **self.models_used,
            }
            if stage is report:
                known |= {folder: self.data / folder for folder in folders} | self.reports
            else:
                known |= {folder: self.data / folder / "d/0" for folder in folders}
                known |= {"compiled": self.compiled, "shots": self.inputs["shots"], "contrast": self.out("contrast")}
            script.main(**{name: known[name] for name in inspect.signature(script.main).parameters})

    def out(self, stage: str) -> Path:
        folder = self.data / FOLDERS.get(stage, "") / "d/0"
        return folder / "contrast" if stage == "contrast" else folder

    def sizes(self, stage: str) -> dict[str, int]:
        return {path.name: path.stat().st_size for path in self.out(stage).glob("*.jsonl")}

    def models(self, stage: str) -> set[str]:
        """Return the models that answered a stage."""
        return {completion.model for completion in jsonl.read(self.out(stage) / "completions.jsonl", Completion)}

    def arm(self, arm: str) -> list[Example]:
        return jsonl.read(self.out("assemble") / f"{arm}.jsonl", Example)

    def params(self, *arms: str, **generate: str) -> None:
        values = YAML(typ="safe").load(ROOT / "params.yaml")
        for section, changes in TWO_MODELS.items():
            values[section] |= changes
        values["generate"] |= generate
        YAML().dump(values | {"datasets": ["d"], "seeds": [0], "arms": list(arms)}, self.folder / "params.yaml")


@pytest.fixture
def server() -> Iterator[str]:
    with running(Behavior()) as url:
        yield f"{url}/v1"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_encoder: Pretrained, server: str) -> Place:
    """Return the working folder, where weights are found as in the repository."""
    (tmp_path / "asking.yaml").symlink_to(ROOT / "asking.yaml")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "pretrained").symlink_to(small_encoder.folder().parent)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    for variable in ("DVC_ROOT", "PROMPTMIX_REPLAY"):
        monkeypatch.delenv(variable, raising=False)
    return Place(tmp_path)


def test_one_model_writes_and_another_relabels(place: Place) -> None:
    """B17; the writer gets prompts without mixing only where an arm needs such texts."""
    place.params("relabeled")
    place.run(fetch, "mix", relabel, "contrast")
    assert place.models("mix") == {"the-writer"}
    assert place.models("relabel") == {"the-judge"}
    assert len(jsonl.read(place.inputs["relabeled"], Relabeled)) == 4
    assert place.sizes("contrast") == NO_TEXTS
    place.params("relabeled", "no_mixing")
    place.run("contrast")
    assert place.models("contrast") == {"the-writer"}
    assert {text.other for text in jsonl.read(place.inputs["contrast"], Generated)} == {None}


@pytest.mark.parametrize("known", [True, False])
def test_every_prompt_of_a_run_says_what_the_texts_are_where_the_data_set_does(place: Place, known: bool) -> None:
    place.params("relabeled", "no_mixing")
    if known:
        jsonl.write(place.compiled / "dataset.json", [DataInfo(about="tweets", language="Thai")])
    place.run(fetch, "mix", relabel, "contrast")
    used = place.models_used
    inputs = used["relabeler"], used["encoder"], place.compiled, place.inputs["shots"]
    teacher.main("d", 0, *inputs, place.folder / "teacher")
    rows = Store(store_path()).rows("SELECT json_extract(request, '$.text') FROM answers")
    asked = [text for (text,) in rows if text not in GREETINGS]
    assert len(asked) > 8
    assert {text.startswith("The texts are tweets. They are written in Thai.\n\nConsider") for text in asked} == {known}


@pytest.mark.slow
def test_a_train_file_of_twelve_rows_goes_through_every_stage(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Two rows of six classes and nothing else: no validation, no test, so no number, and no traceback."""
    place.params("few_shot", "relabeled")
    raw, used, classes = place.folder / "raw", place.models_used, ["late", "lost", "wet", "torn", "refund", "address"]
    raw.mkdir()
    rows = [f"it is {label} {n},{label}" for label in classes for n in "ab"]
    (raw / "train.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    compile.main("d", raw, place.compiled)
    sample.main("d", 0, place.compiled, place.inputs["shots"])
    place.run(fetch, "mix", relabel, "contrast", assemble)
    predictions = place.data / "predictions/d/0"
    teacher.main("d", 0, used["relabeler"], used["encoder"], place.compiled, place.inputs["shots"],
                 predictions / "teacher")  # fmt: skip
    values = YAML(typ="safe").load(place.folder / "params.yaml")
    values["distill"]["student"] = "linear_probe"
    YAML().dump(values, place.folder / "params.yaml")
    for arm in ("few_shot", "relabeled"):
        distill.main(0, arm, used["backbone"], used["encoder"], place.compiled, place.out("assemble") / f"{arm}.jsonl",
                     place.folder / "students" / arm, predictions / arm)  # fmt: skip
    place.reports["readme"].write_text("\n".join(MARKERS))
    place.run(report)
    assert json.loads(place.reports["summary"].read_text()) == {"d": {}}
    assert "no test texts" in place.reports["readme"].read_text()
    said = capsys.readouterr().err
    assert "d: there is no test file, so no accuracy can be measured" in said
    assert "report: d has no test texts and no validation texts; no accuracy is measured" in said


def test_arms_of_shots_alone_send_no_prompt_and_open_no_model(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """Nor the encoder, which nearest partners would need: there is no manifest of any model."""
    place.params("few_shot", "prototypes", partner="nearest")
    place.run("mix", relabel, "contrast")
    assert place.sizes("mix") == NO_TEXTS
    assert place.sizes("relabel") == NO_LABELS
    assert capsys.readouterr().err.splitlines() == [
        "generate d-0: no prompts sent, because no arm in params.yaml needs generated texts",
        "relabel d-0: no prompts sent, because no arm in params.yaml needs new labels",
        "contrast d-0: no prompts sent, because no arm in params.yaml needs generated texts",
    ]


def test_arms_that_keep_the_first_labels_need_no_others(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """``mixed`` has 1 shot and 2 texts of both classes; ``human`` wants as many and finds only the shots."""
    place.params("few_shot", "mixed", "human")
    place.run(fetch, "mix")
    place.models_used["relabeler"].unlink()
    place.run(relabel, "contrast", assemble)
    assert place.models("mix") == {"the-writer"}
    assert place.sizes("relabel") == NO_LABELS
    assert len(place.arm("mixed")) == 2 + 4
    assert "human: 2 texts, 2 of them shots (late 1, lost 1); 4 fewer than mixed" in capsys.readouterr().err


@pytest.mark.parametrize("arm", ["relabeled", "filtered", "synthetic_only"])
def test_new_labels_that_are_missing_are_refused_where_an_arm_needs_them(place: Place, arm: str) -> None:
    text = Generated(id="m#1", text="a b", target="late", other="lost", target_share=0.75, prompt_id="m")
    for name, texts in {"generated": [text], "relabeled": [], "contrast": []}.items():
        jsonl.write(place.inputs[name], texts)
    place.params("few_shot", "mixed")
    place.run(assemble)
    assert [example.text for example in place.arm("mixed")][2:] == ["a b"]
    place.params("few_shot", "mixed", arm)
    with pytest.raises(DataError, match="the relabeled texts are not the generated ones"):
        place.run(assemble)


@pytest.mark.parametrize("arm", ["prototypes", "mixed"])
def test_a_run_that_needs_no_new_labels_is_reported(place: Place, arm: str) -> None:
    """``prototypes`` has no generated texts either; both give numbers, a table and every figure."""
    place.params("few_shot", arm)
    place.run(fetch, "mix", relabel, "contrast", assemble)
    said = [Prediction(id=text.id, gold=text.label, predicted="late", probabilities={}) for text in TEST]
    for name in ("few_shot", arm):
        for split, predictions in {"validation": [], "test": said}.items():
            jsonl.write(place.data / f"predictions/d/0/{name}/{split}.jsonl", predictions)
    for name in ("test", "completions"):
        jsonl.write(place.data / f"predictions/d/0/teacher/{name}.jsonl", [])
    place.reports["readme"].write_text("\n".join(MARKERS))
    place.run(report)
    assert json.loads(place.reports["summary"].read_text())["d"][arm] == 0.5
    numbers = json.loads(place.reports["details"].read_text())["datasets"]["d"]
    assert numbers["generation"]["texts_kept"] == (4 if arm == "mixed" else 0)
    assert numbers["generation"]["tokens_in"]["relabel"] == 0
    assert "relabeled_share" not in numbers["generation"]
    assert f"| `{arm}`" in place.reports["readme"].read_text()
    assert (place.reports["plots"] / "shares.csv").read_text().count("\n") == 1
    assert {"accuracy.png", "shares.png", "confusion_d.png", "map_d.png"} <= {
        path.name for path in place.reports["plots"].iterdir()
    }
