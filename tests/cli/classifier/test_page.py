"""docs/classifier.md: its commands run as they stand, on a classifier and files of the names that it uses."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.serving import serving
from tests.support.structure import ROOT
from tests.support.tiny_classifier import tiny_classifier

PAGE = (ROOT / "docs/classifier.md").read_text(encoding="utf-8")
MARK = "<!-- run by: tests/cli/classifier/test_page.py -->\n"
BLOCKS = re.findall(rf"^{re.escape(MARK)}```(\w*)\n(.*?)^```$", PAGE, re.M | re.S)
COMMANDS = [line for language, text in BLOCKS if not language for line in text.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny_classifier(tmp_path / "models/classifier/demo")
    (tmp_path / "texts.csv").write_text("id,text\n1,navy sky\n2,lime\n", encoding="utf-8")
    (tmp_path / "labeled_by_hand.csv").write_text("text,label\nnavy,blue\nlime,green\n", encoding="utf-8")
    (tmp_path / "lines.txt").write_text("rose\n", encoding="utf-8")
    return tmp_path


def shell(folder: Path, command: str) -> str:
    here = f'promptmix() {{ {sys.executable} -m promptmix "$@"; }}; '
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-ec", here + command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_the_commands_of_the_page_run(folder: Path) -> None:
    pytest.importorskip("pyarrow")
    said = [shell(folder, line) for line in COMMANDS if line.split()[1] != "serve" and not line.startswith("curl")]
    assert len(said) == 4
    assert (folder / "labeled.csv").read_text(encoding="utf-8").endswith("2,lime,green,0.7870\n")
    assert said[2] == "red\t0.7870\trose\n"
    assert said[3].startswith("accuracy 1.000")


def test_the_server_of_the_page_answers_its_curl(folder: Path) -> None:
    serve, curl = (line for line in COMMANDS if "8000" in line)
    words = serve.split()
    assert words[:2] == ["promptmix", "serve"]
    with serving(folder / words[2]) as served:
        said = shell(folder, curl.replace("http://127.0.0.1:8000", served.url))
    assert said == '{"predictions":[{"label":null,"confidence":0.3333}]}'


def test_the_python_of_the_page_runs(folder: Path) -> None:
    ((_, code),) = (block for block in BLOCKS if block[0] == "python")
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.startswith("[Classified(label='red', confidence=0.33")
