"""The verbs of a classifier work without the pipeline's packages, and say what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

from promptmix.cli.classifier.verbs import not_installed
from tests.support.structure import ROOT
from tests.support.tiny_classifier import tiny_classifier

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from promptmix.cli.app import main
main()
"""
PIPELINE = {
    line.split("==")[0].split("[")[0].lower()
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line
}
IMPORTED = {"torch", "transformers", "sklearn", "openai", "dvc", "hydra", "ruamel", "jsonlines", "datasets", "pyarrow"}
IMPORTED |= {
    "pooch",
    "jinja2",
    "regex",
    "requests",
    "scipy",
    "matplotlib",
    "accelerate",
    "setfit",
    "tabulate",
    "psutil",
}


def without(names: set[str], *words: str, **how: str) -> "subprocess.CompletedProcess[str]":
    script = WITHOUT.format(names=names)
    command = [sys.executable, "-c", script, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **how)  # type: ignore[call-overload,no-any-return]


def test_predict_and_evaluate_need_nothing_of_the_pipeline(tmp_path: Path) -> None:
    assert {"torch", "transformers", "dvc"} <= PIPELINE
    model = str(tiny_classifier(tmp_path / "colors"))
    assert without(IMPORTED, "predict", model, input="navy\n").stdout == "blue\t0.7870\tnavy\n"
    (tmp_path / "a.csv").write_text("text,label\nnavy,blue\n", encoding="utf-8")
    done = without(IMPORTED, "evaluate", model, str(tmp_path / "a.csv"))
    assert done.stdout.startswith("accuracy 1.000"), done.stderr


@pytest.mark.parametrize(
    ("missing", "words", "said"),
    [
        (
            "onnxruntime",
            ["predict", "MODEL"],
            "onnxruntime is not installed; `pip install -r requirements-predict.txt`",
        ),
        ("fastapi", ["serve", "MODEL"], "fastapi is not installed; `pip install -r requirements-serve.txt`"),
        ("ruamel", ["cost"], "ruamel is not installed; `pip install -r requirements.txt`"),
    ],
)
def test_a_missing_package_is_named_in_one_line(tmp_path: Path, missing: str, words: list[str], said: str) -> None:
    model = str(tiny_classifier(tmp_path / "colors"))
    done = without({missing}, *[model if word == "MODEL" else word for word in words], input="navy\n")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"error: {said}\n")


def test_a_missing_module_of_our_own_is_a_bug() -> None:
    with pytest.raises(ModuleNotFoundError):
        not_installed(ModuleNotFoundError("no", name="promptmix.gone"), ["predict"])


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("#")[0].strip().split("==") for line in lines if "==" in line.split("#")[0])


def test_every_package_is_pinned_in_one_place() -> None:
    parts = ["requirements.txt", "requirements-cli.txt", "requirements-predict.txt", "requirements-serve.txt"]
    names = [name for part in parts for name in pins(part)]
    assert len(names) == len(set(names))
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert all(f"-r {part}\n" in text for part in parts[1:])
    assert pins("requirements-predict.txt").keys() == {"numpy", "onnxruntime", "tokenizers", "huggingface-hub"}
