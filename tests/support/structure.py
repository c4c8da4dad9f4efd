"""Reads the structure of this repository from its source: what imports what, and what dvc.yaml declares."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PARAMS = Path("promptmix/params.py")
"""Checks values and never changes one, so no stage depends on it; ``params:`` in dvc.yaml tracks the values."""


def modules() -> dict[str, Path]:
    """Return all our modules, dotted name to path relative to the root."""
    paths = sorted(p.relative_to(ROOT) for folder in ("promptmix", "stages") for p in (ROOT / folder).rglob("*.py"))
    return {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def tree(path: Path) -> ast.Module:
    """Return the syntax tree of one file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imports(path: Path) -> set[str]:
    """Return the dotted names that one file imports when it runs, ours and others; parent packages count too."""
    found: set[str] = set()
    for node in _executed(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name for alias in node.names for name in _parents(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {name for alias in node.names for name in _parents(f"{node.module}.{alias.name}")}
    return found


def closure(path: Path) -> set[Path]:
    """Return a file and all our files that it imports, directly or not, except params.py and what only that needs."""
    known, todo, seen = modules(), [path], set[Path]()
    while todo:
        if (one := todo.pop()) not in seen and one != PARAMS:
            seen.add(one)
            todo += [known[name] for name in imports(one) if name in known]
    return seen


def packages(paths: set[Path]) -> set[str]:
    """Return the packages that files are in: ``promptmix/core``, ``stages/report.py`` …, as dvc.yaml names them."""
    return {str(Path(*path.parts[:2])) for path in paths if path.name != "__init__.py" or len(path.parts) > 2}


def stages() -> dict[str, Any]:
    """Return the stages of dvc.yaml."""
    found: dict[str, Any] = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    return found


def stage_module(stage: dict[str, Any]) -> Path:
    """Return the script that a stage runs."""
    match = re.match(r"python -m (stages\.\w+) ", stage["cmd"])
    assert match, f"every stage runs `python -m stages.NAME`, found {stage['cmd']!r}"
    return modules()[match[1]]


def code_deps(stage: dict[str, Any]) -> set[str]:
    """Return the dependencies of a stage that are code, as dvc.yaml lists them."""
    return {dep for dep in stage.get("deps", []) if dep.startswith(("promptmix", "stages"))}


def sections_loaded(path: Path) -> list[str]:
    """Return the sections of params.yaml that a stage script loads, by its one call of ``params.load``."""
    calls = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    loads = [call for call in calls if ast.unparse(call.func) == "params.load"]
    assert len(loads) <= 1, f"{path} calls params.load {len(loads)} times"
    found = [argument.value for call in loads for argument in call.args if isinstance(argument, ast.Constant)]
    assert len(found) == sum(len(call.args) for call in loads), f"{path}: params.load takes literal names"
    return [str(name) for name in found]


def outputs() -> Iterator[str]:
    """Yield the path of every output that dvc.yaml declares, with ``${item.seed}`` and the like unchanged."""
    for stage in stages().values():
        for out in stage.get("outs", []) + stage.get("metrics", []) + stage.get("plots", []):
            yield from [out] if isinstance(out, str) else out


def literals(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Yield every string of a file that is no docstring: its line, the string, and whether it is a part of a path."""
    module = tree(path)
    documentation = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    parts = {
        id(part)
        for node in ast.walk(module)
        for part in (
            [node.left, node.right]
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
            else node.args
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("Path", "joinpath"))
            else []
        )
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value, id(node) in parts


def _executed(module: ast.Module) -> Iterator[ast.AST]:
    """Yield all nodes except those under ``if TYPE_CHECKING:``, which no run imports."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        yield node
        skipped = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        todo += node.orelse if skipped else ast.iter_child_nodes(node)  # type: ignore[attr-defined]


def _parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))
