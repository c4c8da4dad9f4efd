"""The architecture, read from the source: layers, declared dependencies, declared params, sizes."""

import ast
import re
from pathlib import Path

import pytest

from promptmix.params import Params
from tests.support import structure
from tests.support.structure import ROOT

# Layer of every module; a module may import ours only from lower layers, or from those named beside it.
LAYERS = {
    0: ["errors", "records", "seeds", "wordings"],
    1: ["files", "jsonl", "params", "command", "pretrained", "raw", "hub"],
    2: [
        "corpora", "compiling", "fewshot", "attributes", "mixing", "prompts", "replies", "generating", "prototypes",
        "labelling", "verbalizing", "relabelling", "softening", "augment", "arms", "checks", "scoring", "outcomes",
        "comparing", "details", "mapping", "rows", "summary", "tables",
    ],
    3: ["llm"],
    4: ["encoder", "student", "temperature", "probe", "contrastive"],
    5: ["plots", "drawing"],
    6: ["originals", "writing", "judging", "costing", "launching", "distilling", "results", "reporting"],
}  # fmt: skip
MAY_IMPORT = {0: {0}, 1: {0, 1}, 2: {0, 2}, 3: {0, 1, 3}, 4: {0, 1, 4}, 5: {0, 2, 5}, 6: {0, 1, 2, 3, 4, 5, 6}}
NEVER = {
    2: {"pathlib", "openai", "torch", "transformers", "random", "os"},
    3: {"torch", "transformers"},
    5: {"torch", "openai"},
}
HEAVY = {
    "torch",
    "transformers",
    "accelerate",
    "setfit",
    "xllamacpp",
    "sklearn",
    "scipy",
    "matplotlib",
    "openai",
    "datasets",
    "pooch",
    "huggingface_hub",
}

MODULES = {name: path for name, path in structure.modules().items() if name.startswith("promptmix.")}


def layer(name: str) -> int:
    part = name.split(".")[1]
    return next(number for number, parts in LAYERS.items() if part in parts)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_from_its_own_and_lower_layers_only(name: str) -> None:
    own = layer(name)
    for imported in structure.imports(MODULES[name]) & MODULES.keys():
        assert layer(imported) in MAY_IMPORT[own], f"{name} (layer {own}) imports {imported} (layer {layer(imported)})"
    assert not structure.imports(MODULES[name]) & NEVER.get(own, set())


def test_encoder_student_and_probe_do_not_know_each_other() -> None:
    weights = {
        "promptmix.models.encoder",
        "promptmix.students.fine_tuned",
        "promptmix.students.probe",
        "promptmix.students.contrastive",
    }
    for name in weights:
        assert not structure.imports(MODULES[name]) & (weights - {name})


@pytest.mark.parametrize("name", sorted(structure.modules()))
def test_no_module_imports_a_heavy_library_before_it_is_needed(name: str) -> None:
    tree = ast.parse((ROOT / structure.modules()[name]).read_text(encoding="utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in top if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in names} & HEAVY


@pytest.mark.parametrize("stage", structure.stages())
def test_the_code_that_a_stage_depends_on_is_exactly_its_import_closure(stage: str) -> None:
    """DVC does not follow imports; `python -m tests.support.structure` rewrites the lists."""
    declared = structure.code_deps(structure.stages()[stage])
    needed = {str(path) for path in structure.closure(structure.stage_module(structure.stages()[stage]))}
    assert declared == needed, f"missing {sorted(needed - declared)}, not needed {sorted(declared - needed)}"


@pytest.mark.parametrize("stage", structure.stages())
def test_a_stage_declares_every_param_that_it_reads_and_no_other(stage: str) -> None:
    """`asking` cannot change an answer, so no stage is run again for it."""
    found = structure.stages()[stage]
    matrix = {"datasets", "seeds"} if "matrix" in found else set()
    declared = {param.split(".")[0] for param in found.get("params", [])}
    assert structure.sections_read(found, set(Params.model_fields)) - {"asking"} - matrix == declared - matrix


@pytest.mark.parametrize("stage", structure.stages())
def test_every_file_named_in_a_command_is_declared(stage: str) -> None:
    found = structure.stages()[stage]
    outs = [
        name
        for out in found.get("outs", []) + found.get("metrics", []) + found.get("plots", [])
        for name in out_names(out)
    ]
    known = [*found.get("deps", []), *outs, "README.md", "metrics", "plots"]
    for word in found["cmd"].split():
        if "/" in word or word == "data":
            assert any(word == name or name.startswith(word + "/") for name in known), f"{word} is not declared"


def out_names(out: object) -> list[str]:
    return [out] if isinstance(out, str) else list(out) if isinstance(out, dict) else []


@pytest.mark.parametrize("path", sorted((ROOT / "stages").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_stage_script_fits_on_a_screen_and_has_no_logic_of_its_own(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60
    functions = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef)]
    assert [function.name for function in functions] == ["main"]


@pytest.mark.parametrize(
    "path", sorted(p for f in ("promptmix", "stages", "tools") for p in (ROOT / f).rglob("*.py")), ids=str
)
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            doc = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or 0) - node.lineno + 1 - (len(doc.splitlines()) if doc else 0)
            assert lines <= 40, f"{path}:{node.lineno} {node.name} has {lines} lines"


def test_no_path_stands_outside_dvc_yaml() -> None:
    """Folders of outputs are named in dvc.yaml alone; the library and the stages take them as arguments."""
    for path in structure.modules().values():
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not re.search(
            r"[\"'](data/(compiled|shots|generated|relabeled|train|predictions)|models/students)", text
        ), path
