"""Where an experiment runs: a copy of the repository as it was when the sweep began, with the main one's cache.

DVC's own ways were tried first (docs/sweeps.md). Its queue shows an experiment as running for ever when the worker is
killed, and ``dvc exp run --temp`` sets the working tree aside and back at every start, also while its user edits it.
"""

import configparser
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ruamel.yaml import YAML

from promptmix.cli import git, pipeline
from promptmix.cli.repository import opened, require_root
from promptmix.cli.sweep.plan import Experiment
from promptmix.core.command import end_with_parent
from promptmix.core.errors import DataError

CODE = ("dvc.yaml", "promptmix", "stages")  # with params.yaml and the original data, what decides the result


class Workspaces:
    """Copies of one repository, all of the same commit and the same uncommitted changes."""

    def __init__(self) -> None:
        """Take a picture of the repository in the current folder, without touching it.

        Raises:
            DataError: this is not the root of a repository with a pipeline and a commit, git has no name for you, or
                DVC cannot read its configuration.
        """
        require_root()
        self.root = Path.cwd()
        self.head = git.commit("HEAD")
        git.git("status")  # sets git's index right, without which `stash create` may fail
        self.picture = git.git("stash", "create") or self.head
        self.author = _author()
        with opened("DVC's cache cannot be found") as repo:
            self.cache = str(Path(repo.cache.local_cache_dir).resolve())
        self.raw = pipeline.raw().as_posix()
        self.folder = Path(".dvc/tmp/sweep").absolute()
        self.folder.mkdir(parents=True, exist_ok=True)

    def clear(self) -> None:
        """Remove the copies that a killed sweep has left."""
        shutil.rmtree(self.folder / "running", ignore_errors=True)
        (self.folder / "running").mkdir(exist_ok=True)

    def baseline(self) -> str:
        """Return the commit that the experiments belong to, by the name that it has now."""
        return "HEAD" if git.commit("HEAD") == self.head else self.head[:9]

    def log(self, name: str) -> Path:
        """Return a new, empty log for an experiment."""
        log = self.folder / f"{name}.log"
        log.write_bytes(b"")
        return log

    def name(self, experiment: Experiment) -> tuple[str, bool]:
        """Return the name under which an experiment is kept or will be, and whether it is finished already.

        A name that is taken by other inputs (the code was edited meanwhile) is left alone and gets a number behind it.
        """
        there = git.experiments(self.head)
        names = [experiment.name, *(f"{experiment.name}-{n}" for n in range(2, len(there) + 3))]
        for name in names:
            if name not in there or self._same(there[name], experiment):
                return name, name in there
        raise AssertionError("there are more names than experiments")

    def start(self, experiment: Experiment, name: str, log: Path, jobs: int) -> tuple["subprocess.Popen[bytes]", Path]:
        """Start an experiment in a new copy, in a process group of its own; returns the process and the copy.

        Where several ``jobs`` run at a time, its training takes an equal share of the cores.
        """
        folder = Path(tempfile.mkdtemp(prefix=f"{name[:40]}.", dir=self.folder / "running"))
        self._copy(folder)
        words = [word for override in experiment.overrides for word in ("-S", override)]
        command = [sys.executable, "-m", "dvc", "exp", "run", "--name", name, *words]
        with log.open("ab") as said:
            process = subprocess.Popen(
                command, cwd=folder, env=self._environment(jobs), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, preexec_fn=end_with_parent,
            )  # fmt: skip
        return process, folder

    def fetch(self, folder: Path, name: str) -> None:
        """Take a finished experiment over from the copy that it ran in."""
        reference = git.reference(self.head, name)
        git.git("fetch", "--quiet", "--no-auto-gc", folder, f"{reference}:{reference}")

    def untracked(self) -> list[str]:
        """Return the files that git would take but does not have, so that no experiment has them."""
        return git.git("ls-files", "--others", "--exclude-standard", "--", ".", f":(exclude){self.raw}").splitlines()

    def _same(self, revision: str, experiment: Experiment) -> bool:
        changed = git.git("diff", "--name-only", self.picture, revision, "--", *CODE, self.raw).splitlines()
        if not all(_is_at(revision, name) for name in changed):
            return False
        values = YAML(typ="safe", pure=True).load(git.text(revision, "params.yaml") or "")
        return bool(values == experiment.settings.model_dump())

    def _copy(self, folder: Path) -> None:
        git.git("clone", "--quiet", "--shared", "--no-checkout", *self.author, self.root, folder)
        git.git("-C", folder, "checkout", "--quiet", "--detach", self.head)
        if self.picture != self.head:
            git.git("-C", folder, "restore", f"--source={self.picture}", "--staged", "--worktree", ".")
        for name in git.git("ls-files", "--others", "--", self.raw).splitlines():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(name, folder / name)
        self._configure(folder / ".dvc" / "config.local")

    def _configure(self, file: Path) -> None:
        """Share the main repository's cache; links spare a copy of every model."""
        config = configparser.ConfigParser(interpolation=None)
        config.read(self.root / ".dvc" / "config.local", encoding="utf-8")
        if not config.has_section("cache"):
            config.add_section("cache")
        config["cache"].update(dir=self.cache, type="reflink,hardlink,symlink,copy")
        with file.open("w", encoding="utf-8") as written:
            config.write(written)

    def _environment(self, jobs: int) -> dict[str, str]:
        """Return an environment in which ``python`` is this interpreter, and answers and models are the main ones."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        given = {"PATH": path, "PROMPTMIX_ROOT": str(self.root), "PYTHONUNBUFFERED": "1"}
        return share_of_cores(jobs) | os.environ | given


def share_of_cores(jobs: int) -> dict[str, str]:
    """Return the variable that holds torch to its share of the cores, where more than one job runs at a time.

    Threads of torch that outnumber the cores wait in a loop: two trainings of two threads each took 10 to 20 times as
    long on two cores as one after the other.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {"OMP_NUM_THREADS": str(max(1, cores // jobs))} if jobs > 1 else {}


def _is_at(revision: str, name: str) -> bool:
    """Whether a file is now what it is at a revision; DVC commits raw data that git did not have to an experiment."""
    try:
        return git.git("hash-object", name) == git.git("rev-parse", f"{revision}:{name}")
    except DataError:  # one of the two has no such file
        return False


def _author() -> list[str]:
    """Return the options that tell a copy of this repository whose commits it makes."""
    try:
        return [f"--config={key}={git.git('config', key)}" for key in ("user.name", "user.email")]
    except DataError:
        raise DataError("git has no name for your commits: `git config user.name NAME`, and user.email") from None
