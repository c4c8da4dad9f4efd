"""-S options have the values that `dvc exp run -S` gives them."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from dvc.utils.hydra import apply_overrides, get_hydra_sweeps
from ruamel.yaml import YAML

from promptmix.cli.overrides import combinations, overridden, override_file
from promptmix.core.errors import ParamsError
from promptmix.core.names import RULE
from tests.support.structure import ROOT


@pytest.fixture(autouse=True)
def _params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("params.yaml", "dvcs.yaml"):
        shutil.copy(ROOT / "params.yaml", name)


def read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load(Path(name))


@pytest.mark.parametrize(
    "options",
    [
        ["distill.learning_rate=5e-5", "distill.steps=100"],
        ["distill.learning_rate=0.00005"],
        ["distill.steps=null", "distill.epochs=5"],
        ["seeds=[0,1,2,3]", "datasets=[demo, trec6]"],
        ["seeds=[]"],
        ["llm.budget='5 dollars'"],
        ['llm.budget="2000000 tokens"'],
        ["llm.budget=5 dollars"],
        ["generate.attributes=true", "generate.json_schema=False"],
        ["llm.model=org/name-1.5b:q4"],
        ["llm.model='a,b'", "llm.server=''"],
        ["distill={steps: 3, C: 0.5}"],
        ["+distill.another=1"],
        ["++distill.another.below=[1]", "++distill.C=2.0"],
        ["+distill.epochs=2"],
        ["~distill.C"],
        ["~report"],
        ["+new={a: {b: null}}"],
        ["distill.C=.5", "relabel.prior_weight=1"],
    ],
    ids=" ".join,
)
def test_a_file_is_changed_as_dvc_changes_it(options: list[str]) -> None:
    override_file(Path("params.yaml"), options)
    apply_overrides("dvcs.yaml", options)
    assert repr(read("params.yaml")) == repr(read("dvcs.yaml")), "order and types too: 1 is not 1.0"


@pytest.mark.parametrize(
    "options",
    [
        ["distill.C=1,2", "sample.shots=2,5"],
        ["sample.shots=range(1,4)"],
        ["sample.shots=range(1,10,step=3)", "distill.student=setfit"],
        ["distill.C=choice(1.0,2.5)"],
        ["seeds=[0],[0,1]"],
        ["llm.budget='5 dollars',null"],
        ["distill={C: 1},{C: 2}"],
        ["+distill.another=1,2", "~report"],
        ["distill.C=1.0"],
    ],
    ids=" ".join,
)
def test_several_values_are_combined_as_dvc_combines_them(options: list[str]) -> None:
    theirs = [each["params.yaml"] for each in get_hydra_sweeps({"params.yaml": options})]
    assert combinations(options) == theirs


def test_no_option_is_one_combination() -> None:
    assert combinations([]) == [[]]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("distill.lr=1", r"^-S distill\.lr=1: params\.yaml has no 'distill\.lr'$"),
        ("distil.C=1", r"^-S distil\.C=1: params\.yaml has no 'distil\.C'$"),
        ("~distill.lr", r"^-S ~distill\.lr: params\.yaml has no 'distill\.lr'$"),
        ("+distill.C=1", r"^-S \+distill\.C=1: params\.yaml has 'distill\.C' already; write it without \+$"),
        ("distill", r"^-S distill: Error parsing override 'distill'$"),
        ("distill.C=1,2", r"^-S distill\.C=1,2: one value is needed here; `promptmix sweep` takes several$"),
        ("distill.C=-1", r"^params\.yaml: distill\.C: "),
    ],
)
def test_an_option_that_cannot_be_used_is_said(option: str, said: str) -> None:
    with pytest.raises(ParamsError, match=said):
        overridden([option])


@pytest.mark.parametrize("option", ["distill.C=interval(1,2)", "distill.student=glob(*)"])
def test_values_that_cannot_be_listed_are_refused(option: str) -> None:
    with pytest.raises(ParamsError, match=r"its values cannot be listed; write key=value,value or range\(1,4\)$"):
        combinations([option])


def test_a_folder_in_another_script_gets_the_rule_of_names() -> None:
    with pytest.raises(ParamsError, match=f"^-S datasets=\\[почта\\]: .*; {re.escape(RULE)}$"):
        overridden(["datasets=[почта]"])
