"""The small commands beside the pipeline."""

import json
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from promptmix.params import Params
from tools import preset, same

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", YAML(typ="safe").load(ROOT / "presets.yaml"))
def test_every_preset_gives_params_that_are_accepted(name: str) -> None:
    values = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    options = preset.options(name, ROOT / "presets.yaml")
    assert options[::2] == ["-S"] * (len(options) // 2)
    for option in options[1::2]:
        key, _, value = option.partition("=")
        section, _, last = key.rpartition(".")
        assert last in values[section], f"{key} is no key of params.yaml"
        values[section][last] = YAML(typ="safe", pure=True).load(value)
    Params.model_validate(values)


def test_an_unknown_preset_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(KeyError, match=r"no preset 'fast' in .*presets\.yaml; there are quick, paper"):
        preset.options("fast", ROOT / "presets.yaml")


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one committed metrics file."""
    monkeypatch.chdir(tmp_path)
    write(0.5)
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@example.org commit -qm x"):
        subprocess.run(["git", *command.split()], check=True)
    return tmp_path


def write(accuracy: float) -> None:
    Path("metrics").mkdir(exist_ok=True)
    Path("metrics/summary.json").write_text(json.dumps({"demo": {"mixed": {"accuracy": accuracy}}, "made-with": "x"}))


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (0.5, 0, "byte for byte"),
        (0.55, 0, "0 numbers by over 0.1"),
        (0.65, 1, "demo.mixed.accuracy: 0.5 -> 0.65"),
    ],
)
def test_metrics_are_compared_with_the_committed_ones(
    committed: Path, capsys: pytest.CaptureFixture[str], now: float, code: int, said: str
) -> None:
    write(now)
    assert same.main() == code
    assert said in capsys.readouterr().out


def test_a_number_that_is_gone_counts_as_different(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("metrics/summary.json").write_text("{}")
    assert same.main() == 1
