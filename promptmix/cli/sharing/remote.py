"""The default DVC remote, as ``promptmix share``, ``reuse`` and ``verify`` use it (docs/sharing.md)."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import typer

from promptmix.cli.repository import opened
from promptmix.core.errors import PromptMixError

if TYPE_CHECKING:
    from dvc_data.hashfile.db import HashFileDB

ADD = "dvc remote add --default store PLACE && dvc remote modify store verify true"


class RemoteError(PromptMixError):
    """The remote is not there, cannot be used, or holds what is damaged."""


class Remote(NamedTuple):
    """One DVC remote: two folders of files that are named by their md5."""

    name: str
    objects: "HashFileDB"
    """Outputs, as ``dvc push`` leaves them."""

    answers: "HashFileDB"
    """Packs of answers; in a folder of their own, so that no ``dvc gc`` takes them for unused."""


def open_remote() -> Remote:
    """Return the default remote of this repository; it is not contacted yet.

    Raises:
        RemoteError: there is none, its plug-in is not installed, or it would take damaged files for whole ones.
        DataError: DVC cannot read its configuration, or names the remote but does not know it.
    """
    from dvc_data.hashfile.db import get_odb
    from dvc_objects.fs.base import RemoteMissingDepsError

    with opened("the remote cannot be opened") as repo:
        if not repo.config["core"].get("remote"):
            raise RemoteError(f"no remote to share with; `{ADD}` names one (docs/sharing.md)")
        try:
            found = repo.cloud.get_remote()
        except RemoteMissingDepsError as error:
            words = f"{error.protocol}: its plug-in is not installed: pip install -r requirements.txt"
            raise RemoteError(words) from None
    if not found.config.get("verify"):
        raise RemoteError(
            f"remote {found.name!r} would take damaged files for whole ones;"
            f" first: dvc remote modify {found.name} verify true"
        )
    answers = get_odb(found.fs, found.fs.join(found.path, "answers"), hash_name="md5")
    return Remote(found.name, found.odb, answers)


@contextmanager
def using(remote: Remote) -> Iterator[None]:
    """Turn whatever goes wrong with a remote into one line."""
    try:
        yield
    except PromptMixError:
        raise
    except Exception as error:  # every plug-in has errors of its own
        words = " ".join(str(error).split()) or type(error).__name__
        raise RemoteError(f"remote {remote.name!r} cannot be used: {words}") from None


def call_dvc(*arguments: str, advice: str) -> None:
    """Run a command of DVC, which speaks for itself.

    Raises:
        RemoteError: it failed; ends with the advice.
    """
    typer.echo(f"$ dvc {' '.join(arguments)}")
    if subprocess.run([sys.executable, "-m", "dvc", *arguments], check=False).returncode:
        raise RemoteError(f"`dvc {' '.join(arguments)}` failed, its words are above; {advice}")
