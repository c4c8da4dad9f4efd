"""Repositories that share: one that has run a small pipeline, a little one without models, and fresh clones of both."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from promptmix.llm.store.database import Store
from tests.support.copies import Copy
from tests.support.stored import entry
from tests.support.structure import ROOT

KEY = f"sk-{'planted' * 3}"  # built here, so that this file itself does not hold it
RIGHT = "right\n" * 300_000

SMALL: dict[str, Any] = {
    "seeds": [0],
    "arms": ["relabeled"],
    "llm.endpoint": "openai",
    "llm.model": "stub",
    "generate.per_class": 1,
    "generate.max_prompts_per_class": 1,
    "generate.json_schema": False,
    "relabel.method": "answer",
    "teacher.test_texts": 2,
    "distill.student": "linear_probe",
    "report.max_points": 10,
}


class Owner(Copy):
    """A repository that publishes its commits, with a key and a server to send requests to."""

    everyones: Sequence[str] = ()
    """Blocks of the recipe that each person runs."""

    def __init__(self, folder: Path, url: str = "http://127.0.0.1:1") -> None:
        self.environment = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_KEY": KEY}
        self.fill(folder)
        self.ok("git", "init", "-q", "--bare", str(self.origin))
        self.ok("git", "remote", "add", "origin", f"../{self.origin.name}")  # so that both can be copied together
        self.publish()

    def fill(self, folder: Path) -> None:
        """Fill the folder with this repository."""
        super().__init__(folder)
        self.params(**SMALL)

    @property
    def origin(self) -> Path:
        """The repository that its commits are pushed to."""
        return self.folder.with_name(self.folder.name + ".git")

    @property
    def store(self) -> Store:
        """Its response store."""
        return Store(self.folder / ".cache/llm/answers.sqlite")

    def publish(self) -> None:
        """Commit all and push it."""
        self.commit()
        self.ok("git", "push", "-q", "origin", "HEAD:main")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return super().run(*command, **(self.environment | environment))


class Little(Owner):
    """A pipeline of one copied file, and one answer: enough to share, and quick."""

    def fill(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "promptmix", folder / "promptmix", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "dvc.yaml").write_text("stages: {copy: {cmd: cp in.txt out.txt, deps: [in.txt], outs: [out.txt]}}\n")
        (folder / ".gitignore").write_text("/.cache/\n__pycache__/\n/out.txt\n")
        (folder / "in.txt").write_text(RIGHT)
        for command in ("git init -q", "git config user.email t@example.org", "git config user.name t", "dvc init -q"):
            self.ok(*command.split())
        self.ok("dvc", "repro", "-q")
        self.store.put([entry("question")])


class Colleague(Owner):
    """A fresh clone: no key, no answers, no models, no cache."""

    def __init__(self, owner: Owner, folder: Path) -> None:
        self.folder, self.environment = folder, {}
        subprocess.run(["git", "clone", "-q", "-b", "main", str(owner.origin), str(folder)], check=True)
        for command in ("git config user.email b@example.org", "git config user.name b"):
            self.run(*command.split())


def recipe(heading: str, blanks: Mapping[str, str]) -> list[str]:
    """Return the blocks of one section of docs/sharing.md, with placeholders for places and names filled in."""
    text = (ROOT / "docs/sharing.md").read_text(encoding="utf-8")
    section = re.split(r"^##+ ", text.partition(f"# {heading}")[2], flags=re.MULTILINE)[0]
    blocks = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert blocks, f"docs/sharing.md has no recipe {heading!r}"
    for blank, value in blanks.items():
        assert any(blank in block for block in blocks), f"the recipe {heading!r} does not say {blank!r}"
        blocks = [block.replace(blank, value) for block in blocks]
    return blocks


def name_remote(owner: Owner, heading: str, blanks: Mapping[str, str]) -> list[str]:
    """Add the remote as a recipe says and publish that; returns the blocks that are for everyone."""
    first, *everyones = recipe(heading, blanks)
    for block in (first, *everyones):
        owner.ok("bash", "-ec", block)
    owner.publish()
    return everyones


def share_through(owner: Owner, heading: str, blanks: Mapping[str, str]) -> list[str]:
    """Add the remote and share; returns the blocks that are for everyone."""
    everyones = name_remote(owner, heading, blanks)
    owner.promptmix("share")
    return everyones


def copied(original: Path, folder: Path) -> Little:
    """Return a copy of a little repository and of everything next to it."""
    shutil.copytree(original, folder, symlinks=True, dirs_exist_ok=True)
    copy = Little.__new__(Little)
    copy.folder, copy.environment = folder / "a", {}
    return copy


def clone(owner: Little, name: str = "b") -> Colleague:
    return Colleague(owner, owner.folder.with_name(name))


def reused(colleague: Colleague) -> str:
    said = colleague.promptmix("reuse")
    assert "Running stage" not in said
    assert (colleague.folder / "out.txt").read_text() == RIGHT
    return said
