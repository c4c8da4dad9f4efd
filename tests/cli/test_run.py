"""`promptmix run` runs DVC as its user would, and shows what came of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from promptmix import params
from promptmix.core.names import RULE
from tests.support.copies import clean
from tests.support.structure import ROOT

WHERE = "import os, sys; open('where.txt', 'w').write(sys.executable + ' ' + os.environ.get('PROMPTMIX_REPLAY', ''))"
PIPELINE = """\
stages:
  where: {cmd: python where.py, params: [distill.steps], outs: [where.txt]}
  report: {cmd: cp given.json details.json, deps: [given.json], outs: [details.json: {cache: false}]}
"""
DETAILS: dict[str, Any] = {
    "made_with": {"writer": "W", "relabeler": "R", "student": "S", "shots": 2, "seeds": [0, 1]},
    "datasets": {
        "demo": {"arms": {"few_shot": {"accuracy": 0.5, "test_texts": 9}}, "generation": {}, "differences": {}}
    },
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A pipeline without a language model."""
    files = {
        "dvc.yaml": PIPELINE,
        "where.py": WHERE,
        "given.json": json.dumps(DETAILS),
        "params.yaml": (ROOT / "params.yaml").read_text(),
        "experiments.yaml": "presets: {high: {distill.steps: 2, generate.per_class: 2}}\n",
        ".gitignore": "/.cache/\n/where.txt\n/promptmix\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "promptmix").symlink_to(ROOT / "promptmix")
    for command in ("init -q", "config user.email t@example.org", "config user.name t"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=tmp_path, check=True)
    for command in ("add -A", "commit -qm x"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    return tmp_path


def run(repository: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run it with neither dvc nor this python on the PATH."""
    command = [sys.executable, "-m", "promptmix", "run", *words]
    env = clean() | {"PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_stages_run_with_this_interpreter_and_the_table_follows(repository: Path) -> None:
    done = run(repository)
    assert done.returncode == 0, done.stderr
    assert (repository / "where.txt").read_text() == f"{sys.executable} "
    assert "answers of the language model: 0 requested now, 0 recorded before\nTexts written by W" in done.stdout
    assert "0.500" in done.stdout


def test_a_run_in_which_an_arm_got_no_texts_ends_with_3_and_the_reason_after_its_table(repository: Path) -> None:
    lacking = {"no_result": "nothing was written", "test_texts": 9}
    demo = DETAILS["datasets"]["demo"]
    details = DETAILS | {"datasets": {"demo": demo | {"arms": demo["arms"] | {"mixed": lacking, "relabeled": lacking}}}}
    (repository / "given.json").write_text(json.dumps(details))
    done = run(repository)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == "no result: mixed, relabeled of demo (nothing was written)"
    assert "| `mixed`" in done.stdout


def test_a_replay_runs_every_stage_with_recorded_answers_alone(repository: Path) -> None:
    run(repository)
    done = run(repository, "--replay")
    assert done.returncode == 0, done.stderr
    assert (repository / "where.txt").read_text() == f"{sys.executable} 1"


def test_a_preset_is_an_experiment_and_options_win_over_it(repository: Path) -> None:
    done = run(repository, "high", "-S", "generate.per_class=3")
    assert done.returncode == 0, done.stderr
    settings = params.load_all(repository / "params.yaml")
    assert (settings.distill.steps, settings.generate.per_class) == (2, 3)
    assert done.stdout.endswith("`git checkout params.yaml` returns to the committed one\n")


def test_an_override_that_names_no_key_is_refused_before_dvc_runs(repository: Path) -> None:
    done = run(repository, "-S", "nokey=1")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "error: -S nokey=1: params.yaml has no 'nokey'\n")


@pytest.mark.parametrize("options", [(), ("-S", "distill.steps=2")])
def test_the_name_of_a_folder_that_no_stage_could_take_is_refused_before_dvc_runs(
    repository: Path, options: tuple[str, ...]
) -> None:
    text = (repository / "params.yaml").read_text()
    (repository / "params.yaml").write_text(text.replace("[demo]", "[my mails]"))
    done = run(repository, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"error: params.yaml: datasets.0: Value error, {RULE}, got 'my mails'\n"


def test_a_failure_of_dvc_ends_with_1(repository: Path) -> None:
    (repository / "given.json").unlink()
    failed = run(repository)
    assert failed.returncode == 1, failed.stderr
    assert "Texts written by" not in failed.stdout
    assert "Traceback" not in failed.stderr
