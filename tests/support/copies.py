"""A copy of this repository to run commands in, as its user would."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.support.structure import ROOT


class Copy:
    """A copy of the repository, committed, with commands to run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        names = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in names.stdout.splitlines():
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        (folder / "dvc.lock").unlink(missing_ok=True)
        (folder / "models").mkdir()
        (folder / "models" / "pretrained").symlink_to(ROOT / "models" / "pretrained")
        for command in ("git init -q", "git config user.email t@example.org", "git config user.name t"):
            self.run(*command.split())

    @classmethod
    def there(cls, folder: Path) -> "Copy":
        """Return the copy that is in a folder already."""
        copy = cls.__new__(cls)
        copy.folder = folder
        return copy

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        env = clean() | {"PATH": path, "HF_HUB_OFFLINE": "1", "COLUMNS": "200", "OMP_NUM_THREADS": "1"} | environment
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env=env)

    def ok(self, *command: str, **environment: str) -> str:
        done = self.run(*command, **environment)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    def commit(self) -> None:
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "as it is")

    def params(self, **changes: Any) -> None:
        """Change values of params.yaml, by dotted key."""
        self._edit("params.yaml", changes)

    def pace(self, **changes: Any) -> None:
        """Change values of asking.yaml."""
        self._edit("asking.yaml", changes)

    def _edit(self, file: str, changes: Mapping[str, Any]) -> None:
        yaml = YAML()
        values = yaml.load(self.folder / file)
        for key, value in changes.items():
            section, _, name = key.rpartition(".")
            (values[section] if section else values)[name] = value
        yaml.dump(values, self.folder / file)

    def repro(self, *options: str, **environment: str) -> str:
        """Run the pipeline and return its output; :meth:`asked` then counts what this run requested."""
        self._usage.unlink(missing_ok=True)
        return self.ok("dvc", "repro", *options, **environment)

    def asked(self) -> tuple[int, int]:
        """Return how many answers were requested since the last :meth:`repro`, and how many were stored before."""
        lines = self._usage.read_text().splitlines() if self._usage.exists() else []
        counts = [json.loads(line) for line in lines]
        return sum(each["asked"] for each in counts), sum(each["recorded"] for each in counts)

    @property
    def _usage(self) -> Path:
        return self.folder / ".cache/llm/tally.jsonl"

    def promptmix(self, *words: str, **environment: str) -> str:
        """Run a verb with the copy's own code."""
        return self.ok("python", "-m", "promptmix", *words, **environment)

    def metrics(self) -> Any:
        return json.loads((self.folder / "metrics/summary.json").read_text())

    def details(self) -> Any:
        return json.loads((self.folder / "metrics/details.json").read_text())

    def lines(self, file: str) -> list[dict[str, Any]]:
        """Return the lines of a JSONL file."""
        return [json.loads(line) for line in (self.folder / file).read_text().splitlines()]

    def set_back(self) -> None:
        """Restore the last commit."""
        if self.changed():
            self.run("git", "clean", "-qfd")
            self.run("git", "checkout", "-q", ".")
            self.ok("dvc", "checkout", "--quiet", "--force")

    def changed(self) -> set[str]:
        """Return the top-level names that git shows as changed."""
        lines = self.run("git", "status", "--porcelain").stdout.splitlines()
        return {line[3:].split("/")[0] for line in lines}


def clean() -> dict[str, str]:
    """Return this environment without the variables that would affect a copy."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "PROMPTMIX_", "OPENAI_", "OMP_"))}
