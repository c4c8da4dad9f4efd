"""The GitHub workflow for a fork; `make lint` checks it against GitHub's schema."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.structure import ROOT

WORKFLOW: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / ".github/workflows/ci.yml")


def test_every_action_is_pinned_and_only_the_comment_has_write_permission() -> None:
    steps = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]
    assert all(re.search(r"@v\d+\.\d+\.\d+$", step["uses"]) for step in steps if "uses" in step)
    assert WORKFLOW["permissions"] == {"contents": "read"}
    writes = [job for job in WORKFLOW["jobs"].values() if "write" in job.get("permissions", {}).values()]
    assert [job["permissions"] for job in writes] == [{"contents": "read", "pull-requests": "write"}]


def test_the_comment_shows_how_metrics_differ(tmp_path: Path) -> None:
    """The step's own script, run by bash on two commits of one metrics file."""
    for command in ("git init -q", "dvc init -q"):
        run(command, tmp_path)
    (tmp_path / "metrics").mkdir()
    (tmp_path / "dvc.yaml").write_text("metrics: [metrics/summary.json]\n")
    for accuracy in (0.5, 0.75):
        (tmp_path / "metrics/summary.json").write_text(f'{{"accuracy": {accuracy}}}\n')
        run("git add -A", tmp_path)
        run("git -c user.name=t -c user.email=t@example.org commit -qm x", tmp_path)
    step = next(step for step in WORKFLOW["jobs"]["metrics"]["steps"] if "Compare" in step.get("name", ""))
    run(step["run"], tmp_path, BASE="HEAD~1", HEAD="HEAD", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    for page in ("comment.md", "summary.md"):
        assert re.search(r"\| accuracy \| 0\.5 +\| 0\.75 +\| 0\.25", (tmp_path / page).read_text())


def run(command: str, folder: Path, **environment: str) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(["bash", "-ec", command], cwd=folder, check=True, env=os.environ | {"PATH": path} | environment)
