"""Stages as they run, against a server over loopback HTTP: who is asked what."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from promptmix import jsonl
from promptmix.pretrained import Pretrained
from promptmix.records import ClassInfo, Completion, Example, Generated, Relabeled
from stages import contrast, fetch, generate, relabel
from tests.llm_server import Behaviour, running

ROOT = Path(__file__).parents[1]
CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost")]
SHOTS = [Example(id=f"d/train/{n}", text=f"it is {c.label}", label=c.label) for n, c in enumerate(CLASSES)]
TWO_MODELS: dict[str, Any] = {
    "llm": {"endpoint": "openai", "model": "the-writer", "relabel_model": "the-judge"},
    "generate": {"structured": False, "per_class": 2, "max_prompts_per_class": 3},
    "relabel": {"method": "answer", "structured": False},
    "distill": {"backbone": "all-minilm-l6-v2"},
}


@pytest.fixture
def server() -> Iterator[str]:
    with running(Behaviour()) as url:
        yield f"{url}/v1"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_encoder: Pretrained, server: str) -> Path:
    """Return the working folder: classes, shots, and weights that are found as in the repository."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "pretrained").symlink_to(small_encoder.folder().parent)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("OPENAI_BASE_URL", server)
    monkeypatch.setenv("OPENAI_API_KEY", "any")
    for variable in ("DVC_ROOT", "PROMPTMIX_REPLAY"):
        monkeypatch.delenv(variable, raising=False)
    jsonl.write(tmp_path / "classes.jsonl", CLASSES)
    jsonl.write(tmp_path / "shots.jsonl", SHOTS)
    return tmp_path


def params(place: Path, arms: list[str]) -> None:
    values = YAML(typ="safe").load(ROOT / "params.yaml")
    for section, changes in TWO_MODELS.items():
        values[section] |= changes
    YAML().dump(values | {"arms": arms}, place / "params.yaml")


def models(path: Path) -> set[str]:
    return {completion.model for completion in jsonl.read(path, Completion)}


def test_one_model_writes_and_another_relabels(place: Path) -> None:
    """B17; and the writer is asked for texts without mixing only where an arm needs them."""
    shots, classes, writer, judge = (place / f"{n}" for n in ("shots.jsonl", "classes.jsonl", "w.json", "j.json"))
    encoder, made = place / "encoder.json", place / "made" / "generated.jsonl"
    params(place, ["relabeled"])
    fetch.main(writer, judge, encoder, place / "backbone.json")
    generate.main(shots, classes, writer, encoder, "d", 0, made.parent)
    relabel.main(made, shots, classes, judge, encoder, "d", 0, place / "judged")
    contrast.main(shots, classes, writer, encoder, "d", 0, place / "without")
    params(place, ["relabeled", "no_mixing"])
    contrast.main(shots, classes, writer, encoder, "d", 0, place / "with")
    assert models(place / "made" / "completions.jsonl") == {"the-writer"}
    assert models(place / "judged" / "completions.jsonl") == {"the-judge"}
    assert len(jsonl.read(place / "judged" / "relabeled.jsonl", Relabeled)) == 4
    assert [path.stat().st_size for path in sorted((place / "without").iterdir())] == [0, 0, 0, 0]
    assert models(place / "with" / "completions.jsonl") == {"the-writer"}
    assert {text.other for text in jsonl.read(place / "with" / "generated.jsonl", Generated)} == {None}
