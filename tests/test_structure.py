"""The architecture, read from the source: packages, declared dependencies, declared params, names, sizes."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.support import structure
from tests.support.structure import ROOT

MAY_IMPORT = {
    "core": set[str](),
    "classifier": {"core"},
    "corpora": {"core"},
    "models": {"core"},
    "prompts": {"core"},
    "arms": {"core"},
    "llm": {"core", "models"},
    "generation": {"core", "models", "prompts", "llm"},
    "labeling": {"core", "models", "prompts", "llm"},
    "students": {"core", "models", "classifier"},
    "report": {"core", "models", "arms", "students"},
    "params": {"core", "prompts", "arms", "students"},
}
"""Packages of promptmix/ that each package may import; ``cli`` may import all of them and is imported by none."""

NEVER = {
    "generation": {"openai", "torch", "transformers", "random"},
    "arms": {"openai", "torch", "transformers", "random", "pathlib"},
    "labeling": {"openai", "torch", "transformers", "random"},
    "classifier": {"torch", "transformers", "openai", "random"},
    "llm": {"torch", "transformers"},
    "report": {"torch", "openai"},
}
HEAVY = {
    "torch",
    "transformers",
    "accelerate",
    "setfit",
    "sentence_transformers",
    "xllamacpp",
    "onnx",
    "onnxruntime",
    "fastapi",
    "uvicorn",
    "sklearn",
    "scipy",
    "matplotlib",
    "openai",
    "datasets",
    "pooch",
    "huggingface_hub",
    "genai_prices",
    "dvc",
    "hydra",
}
CODE = {name: path for name, path in structure.modules().items() if name.startswith("promptmix.")}


def package(name: str) -> str:
    return name.split(".")[1]


@pytest.mark.parametrize("name", CODE)
def test_a_module_imports_from_the_packages_below_its_own(name: str) -> None:
    own = package(name)
    used = {package(imported) for imported in structure.imports(CODE[name]) & CODE.keys()} - {own}
    if own in ("cli", "__main__"):
        return
    assert not used - MAY_IMPORT[own]
    assert not structure.imports(CODE[name]) & NEVER.get(own, set())


def test_the_packages_are_those_of_the_table() -> None:
    assert {package(name) for name in CODE} - {"__main__", "cli"} == MAY_IMPORT.keys()


@pytest.mark.parametrize("name", sorted(structure.modules()))
def test_no_module_imports_a_heavy_library_before_it_is_needed(name: str) -> None:
    top = [
        node for node in structure.tree(structure.modules()[name]).body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in names} & HEAVY


def test_a_public_name_means_one_thing() -> None:
    places = defaultdict(list)
    for name, path in CODE.items():
        for node in structure.tree(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("stage", structure.stages())
def test_a_stage_declares_the_packages_that_it_imports_and_no_other(stage: str) -> None:
    """DVC does not follow imports."""
    found = structure.stages()[stage]
    assert structure.code_deps(found) == structure.packages(structure.closure(structure.stage_module(found)))


def test_the_code_that_stages_depend_on_is_a_short_list() -> None:
    assert sum(len(structure.code_deps(stage)) for stage in structure.stages().values()) <= 50


@pytest.mark.parametrize("stage", structure.stages())
def test_a_stage_declares_the_params_that_it_loads_and_no_other(stage: str) -> None:
    found = structure.stages()[stage]
    declared = {param.split(".")[0] for param in found.get("params", [])}
    assert set(structure.sections_loaded(structure.stage_module(found))) == declared


@pytest.mark.parametrize("name", [name for name in CODE if package(name) not in ("cli", "params")])
def test_params_are_read_only_at_the_edge(name: str) -> None:
    """The library takes values; only a stage or a command reads params.yaml."""
    assert "promptmix.params" not in structure.imports(CODE[name])


@pytest.mark.parametrize("stage", structure.stages())
def test_every_file_named_in_a_command_is_declared(stage: str) -> None:
    found = structure.stages()[stage]
    outs = [*structure.outputs()]
    known = [*found.get("deps", []), *outs, "README.md", "plots"]
    for word in found["cmd"].split():
        if "/" in word:
            assert any(word == name or name.startswith(word + "/") for name in known), f"{word} is not declared"


def test_a_reader_sees_each_stage_on_one_screen() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    sizes = {
        block.split(":")[0]: block.count("\n") for block in re.split(r"^  (?=\w+:\n)", text, flags=re.MULTILINE)[1:]
    }
    assert sizes.keys() == structure.stages().keys()
    assert max(sizes.values()) < 30, sizes


@pytest.mark.parametrize("path", sorted((ROOT / "stages").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_stage_script_fits_on_a_screen_and_has_no_logic_of_its_own(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["main"]


@pytest.mark.parametrize("path", sorted(p for f in ("promptmix", "stages") for p in (ROOT / f).rglob("*.py")), ids=str)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            doc = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or 0) - node.lineno + 1 - (len(doc.splitlines()) if doc else 0)
            assert lines <= 40, f"{path}:{node.lineno} {node.name} has {lines} lines"


FIXED = {"data", "models", "metrics", "plots"}
"""The folders that hold all outputs."""


def parts_of_outputs() -> set[str]:
    """Return the names of the folders that dvc.yaml makes below those: ``compiled``, ``shots``, ``students`` …"""
    return {part for out in structure.outputs() for part in Path(out).parts[1:-1] if "$" not in part} | {
        Path(out).parts[1] for out in structure.outputs() if "$" in out
    }


@pytest.mark.parametrize("path", structure.modules().values(), ids=str)
def test_no_path_of_an_output_stands_outside_dvc_yaml(path: Path) -> None:
    """Neither ``"data/compiled"`` nor ``data / "compiled"``: outputs are named in dvc.yaml alone."""
    names = parts_of_outputs()
    assert {"compiled", "shots", "generated", "relabeled", "train", "predictions", "students"} <= names
    whole = re.compile(rf"(?:{'|'.join(FIXED)})/(?:{'|'.join(names)})\b|metrics/\w|plots/\w")
    for line, text, in_path in structure.literals(path):
        assert not whole.search(text), f"{path}:{line}: {text!r}"
        assert not (in_path and text in names), f"{path}:{line}: {text!r} is a folder of outputs"
