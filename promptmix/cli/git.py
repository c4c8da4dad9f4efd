"""What the command line reads of git, in the repository of the current folder."""

import subprocess
from pathlib import Path

from promptmix.core.errors import DataError


def git(*arguments: str | Path) -> str:
    """Run git and return what it printed, without the last line break.

    Raises:
        DataError: git refused; the message is git's last line.
    """
    return _printed(*arguments).removesuffix("\n")


def commit(revision: str) -> str:
    """Return the full hash of the commit that a tag, branch or experiment names.

    Raises:
        DataError: there is no such revision.
    """
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except DataError:
        raise DataError(
            f"git knows no revision {revision!r}; `git tag` and `dvc exp list` name those that there are"
        ) from None


def text(revision: str, path: str) -> str | None:
    """Return a file as it was at a revision, to the last line break; None where there was no such file."""
    try:
        return _printed("show", f"{revision}:{path}")
    except DataError:
        return None


def has_remote(name: str) -> bool:
    """Tell whether git knows a remote by this name."""
    try:
        git("remote", "get-url", name)
    except DataError:
        return False
    return True


def experiments(baseline: str) -> dict[str, str]:
    """Return the finished experiments of one commit, name to revision; DVC keeps no other ones under these refs."""
    folder = f"refs/exps/{baseline[:2]}/{baseline[2:]}/"
    lines = git("for-each-ref", "--format=%(refname) %(objectname)", folder).splitlines()
    return {ref.removeprefix(folder): revision for ref, revision in (line.split() for line in lines)}


def reference(baseline: str, name: str) -> str:
    """Return the ref under which DVC keeps an experiment of a commit."""
    return f"refs/exps/{baseline[:2]}/{baseline[2:]}/{name}"


def _printed(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise DataError(f"git {arguments[0]}: {said[-1]}")
    return done.stdout
