"""An arm is one file: nothing else has to know its name."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from promptmix import params
from promptmix.arms import ARMS, catalog, need
from promptmix.arms.arm import NoResult
from promptmix.core import jsonl
from promptmix.core.errors import ParamsError
from promptmix.core.records import Example
from stages import assemble
from tests.support.structure import ROOT

UPPER_CASE = """
from promptmix.arms.arm import Arm

def shouted(sources):
    return [shot.model_copy(update={"id": f"{shot.id}#1", "text": shot.text.upper()}) for shot in sources.shots]

ARM = Arm(shouted, needs=("contrast",), note="made louder")
"""
SHOTS = [Example(id="d/train/1", text="where is it", label="late"), Example(id="d/train/2", text="gone", label="lost")]


@pytest.fixture
def upper_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Add an arm in a folder of its own, and remove it again."""
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "upper_case.py").write_text(UPPER_CASE)
    monkeypatch.setattr(catalog, "__path__", [*catalog.__path__, str(tmp_path / "catalog")])
    importlib.invalidate_caches()
    yield
    sys.modules.pop("promptmix.arms.catalog.upper_case", None)


def write_params(folder: Path, *arms: str) -> None:
    yaml = YAML()
    values = yaml.load(ROOT / "params.yaml")
    yaml.dump(values | {"arms": list(arms)}, folder / "params.yaml")


def test_a_new_arm_is_one_file(upper_case: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found, params.yaml may list it, and the stage makes its training file."""
    assert "upper_case" in ARMS
    assert need("contrast", ["few_shot", "upper_case"])
    assert not need("generate", ["few_shot", "upper_case"])
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path, "few_shot", "upper_case")
    for name in ("train", "test", "generated", "relabeled", "shots"):
        jsonl.write(Path(f"{name}.jsonl"), SHOTS if name in {"train", "shots"} else [])
    here = Path()
    assemble.main(
        dataset="d", seed=0, compiled=here, shots=Path("shots.jsonl"), generated=here, contrast=here, relabeled=here,
        out=Path("out"),
    )  # fmt: skip
    texts = [example.text for example in jsonl.read(Path("out/upper_case.jsonl"), Example)]
    assert texts == ["where is it", "gone", "WHERE IS IT", "GONE"]
    assert not Path("out/no_result.jsonl").exists()


def test_the_stage_names_the_arms_without_a_result_as_long_as_there_are_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train", "test", "generated", "relabeled", "shots"):
        jsonl.write(Path(f"{name}.jsonl"), SHOTS if name in {"train", "shots"} else [])
    here, found = Path(), []
    for arms in (["few_shot", "mixed"], ["few_shot"]):
        write_params(tmp_path, *arms)
        assemble.main("d", 0, here, Path("shots.jsonl"), here, here, here, Path("out"))
        without = Path("out/no_result.jsonl")
        found.append([(each.arm, each.why) for each in (jsonl.read(without, NoResult) if without.exists() else [])])
    assert found == [[("mixed", "nothing was written")], []]


def test_an_arm_without_a_file_is_refused_with_the_names_that_there_are(tmp_path: Path) -> None:
    write_params(tmp_path, "few_shot", "upper_case")
    with pytest.raises(ParamsError, match=r"arms\.1: .*few_shot.*synthetic_only.*upper_case"):
        params.load_all(tmp_path / "params.yaml")


def test_an_arm_that_is_not_looked_up_is_not_imported() -> None:
    code = (
        "import sys; from promptmix.arms import ARMS, need; assert need('generate', ['few_shot', 'mixed']); list(ARMS);"
        "print([m for m in sys.modules if m.startswith('promptmix.arms.catalog.') or m in ('numpy', 'torch')])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert sorted(eval(said)) == ["promptmix.arms.catalog.few_shot", "promptmix.arms.catalog.mixed"]
