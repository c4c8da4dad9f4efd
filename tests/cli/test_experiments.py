"""experiments.yaml: presets and sweeps."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from promptmix.cli import experiments
from promptmix.cli.overrides import overridden
from promptmix.core.errors import DataError
from tests.support.structure import ROOT

NAMED = YAML(typ="safe", pure=True).load(ROOT / "experiments.yaml")


@pytest.fixture(autouse=True)
def _root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("name", NAMED["presets"])
def test_every_preset_gives_params_that_are_accepted(name: str) -> None:
    settings = overridden(experiments.preset(name)).model_dump()
    for key, value in NAMED["presets"][name].items():
        section, _, last = key.rpartition(".")
        assert settings[section][last] == value


def test_an_unknown_preset_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match=r"^no preset 'fast' in experiments\.yaml; there are quick, paper"):
        experiments.preset("fast")


def test_null_is_off_and_not_a_word() -> None:
    assert "distill.steps=null" in experiments.preset("paper")


def test_without_the_file_there_is_nothing_to_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"^no sweep 'fast' in experiments\.yaml; there are none$"):
        experiments.sweep("fast")
    Path("experiments.yaml").write_text("sweeps: [")
    with pytest.raises(DataError, match=r"^experiments\.yaml:1: not YAML: "):
        experiments.sweep("fast")


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ("presets: {quick: 3}", "presets.quick", "3"),
        ("sweeps: [a]", "sweeps", "['a']"),
        ("[a]", "the file", "['a']"),
        ("sweeps: {quick: [a]}", "sweeps.quick", "['a']"),
        ("sweeps: {quick: {one: 3}}", "sweeps.quick.one", "3"),
    ],
)
def test_what_is_no_mapping_is_named(
    text: str, where: str, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("experiments.yaml").write_text(text)
    read = experiments.preset if "presets" in text else experiments.sweep
    said = f"experiments.yaml: {where} is {found}; it must hold `name: value` pairs"
    with pytest.raises(DataError, match=f"^{re.escape(said)}$"):
        read("quick")
