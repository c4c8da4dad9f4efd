"""The DVC repository of the current folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.core.errors import DataError

if TYPE_CHECKING:
    from dvc.repo import Repo


def require_root() -> None:
    """Raise where the current folder is not the root of a repository with a pipeline.

    Raises:
        DataError: it is not.
    """
    if not Path("dvc.yaml").exists() or not Path(".git").exists():
        raise DataError(f"{Path.cwd()}: no dvc.yaml and .git here; run this in the repository's root")


def require_store() -> None:
    """Raise where the response store would be made in a folder that is no repository's root.

    Raises:
        DataError: it is none, and ``PROMPTMIX_STORE`` names no store.
    """
    if not os.environ.get("PROMPTMIX_STORE"):
        require_root()


@contextmanager
def opened(failed: str) -> Iterator["Repo"]:
    """Open the repository, and turn what DVC refuses meanwhile into one line.

    Args:
        failed: What then cannot be done; the line begins with it.

    Raises:
        DataError: there is no repository, or DVC cannot read its configuration, dvc.yaml or dvc.lock.
    """
    from dvc.config import ConfigError
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo() as repo:
            yield repo
    except DvcException as error:
        places = "; see .dvc/config and .dvc/config.local" if isinstance(error, ConfigError) else ""
        raise DataError(f"{failed}: {' '.join(str(error).split())}{places}") from None
