"""Sweeps before they run: what is asked for, its names, and its mistakes."""

import pytest
from ruamel.yaml import YAML

from promptmix.cli.sweep.plan import planned
from promptmix.core.errors import PromptMixError
from tests.support.structure import ROOT

SWEEPS = YAML(typ="safe", pure=True).load(ROOT / "experiments.yaml")["sweeps"]


@pytest.mark.parametrize(
    ("sweep", "options", "said"),
    [
        (None, ["distill.lr=1"], r"^lr-1: -S distill\.lr=1: params\.yaml has no 'distill\.lr'$"),
        (None, ["distill"], r"^-S distill: Error parsing override 'distill'$"),
        (None, ["generate.per_class=5,-1"], r"per_class--1: params\.yaml: generate\.per_class: "),
        ("fast", [], r"^no sweep 'fast' in experiments\.yaml; there are learning_rate, per_class, study_main, "),
        (None, ["seeds=[0],[0]"], r"^two experiments would be called seeds-0; give them names in experiments\.yaml$"),
    ],
)
def test_a_sweep_with_a_mistake_ends_before_anything_runs(
    sweep: str | None, options: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(PromptMixError, match=said):
        planned(sweep, options)


def test_a_name_says_what_differs_within_its_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    options = ["distill.student=linear_probe", "distill.C=0.1,1.0", "seeds=[0],[0,1]"]
    names = [each.name for each in planned(None, options)]
    assert names == ["C-0.1-seeds-0", "C-0.1-seeds-0_1", "C-1.0-seeds-0", "C-1.0-seeds-0_1"]
    assert [each.name for each in planned(None, ["distill.student=linear_probe"])] == ["student-linear_probe"]


@pytest.mark.parametrize("name", SWEEPS)
def test_every_named_sweep_gives_params_that_are_accepted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = planned(name, ["sample.shots=1"])
    assert len(found) == len(SWEEPS[name]) > 1
    assert all(each.settings.sample.shots == 1 for each in found)
    assert all(each.name.startswith(f"{name}-") for each in found)
