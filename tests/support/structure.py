"""Reads the structure of this repository from its source: who imports whom, what dvc.yaml declares.

``python -m tests.support.structure`` rewrites the code dependencies in dvc.yaml; test_structure.py fails where
they are not exact.
"""

import ast
import io
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedSeq

ROOT = Path(__file__).parents[2]


def modules() -> dict[str, Path]:
    """Return all modules of ours, dotted name to path relative to the root."""
    paths = sorted(p.relative_to(ROOT) for folder in ("promptmix", "stages") for p in (ROOT / folder).rglob("*.py"))
    return {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in paths}


def imports(path: Path) -> set[str]:
    """Return the dotted names that one file imports, of ours and of others; packages on the way count too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name for alias in node.names for name in _parents(alias.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {name for alias in node.names for name in _parents(f"{node.module}.{alias.name}")}
    return found


def closure(path: Path) -> set[Path]:
    """Return a file, all of ours that it imports, directly or not, and the data files that they read."""
    known, todo, seen = modules(), [path], set[Path]()
    while todo:
        if (one := todo.pop()) not in seen:
            seen.add(one)
            todo += [known[name] for name in imports(one) if name in known]
    texts = {
        "promptmix/prompts/render.py": "promptmix/prompts/templates",
        "promptmix/models/pretrained.py": "promptmix/models/pretrained.yaml",
    }
    return seen | {Path(data) for module, data in texts.items() if Path(module) in seen}


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


def sections_read(stage: dict[str, Any], sections: set[str]) -> set[str]:
    """Return the sections of params.yaml that a stage's code reads.

    By convention all of params.yaml is called ``settings`` (or ``params.read()``), and a section has another name.
    """
    read: set[str] = set()
    for path in closure(stage_module(stage)):
        if path.suffix == ".py" and path.stem != "params":
            text = (ROOT / path).read_text(encoding="utf-8")
            read |= set(re.findall(r"(?:\bsettings|_settings|params\.load\(\))\.(\w+)", text))
    return read & sections


def _parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:n]) for n in range(1, len(parts) + 1))


def _rewrite() -> None:
    """Put exactly the import closure of each stage into its deps, behind the data."""
    yaml = YAML()
    yaml.width, yaml.preserve_quotes = 110, True
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(ROOT / "dvc.yaml")
    for stage in document["stages"].values():
        data = [dep for dep in stage.get("deps", []) if not dep.startswith(("promptmix", "stages"))]
        stage["deps"] = CommentedSeq(data + sorted(map(str, closure(stage_module(stage)))))
        stage["deps"].fa.set_flow_style()
    text = io.StringIO()
    yaml.dump(document, text)
    (ROOT / "dvc.yaml").write_text(re.sub(r" {4}deps: \[(.*?)\]", _wrapped, text.getvalue(), flags=re.DOTALL))


def _wrapped(deps: re.Match[str]) -> str:
    """Lay a list of dependencies out in lines of equal length."""
    words = " ".join(deps[1].split())
    return (
        textwrap.fill(
            words,
            118,
            initial_indent="    deps: [",
            subsequent_indent=" " * 6,
            break_long_words=False,
            break_on_hyphens=False,
        )
        + "]"
    )


if __name__ == "__main__":
    _rewrite()
