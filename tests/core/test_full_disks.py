"""A disk that is full or read-only ends sharing in a message, and the next run finishes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.shared import Little, clone, recipe, reused, share_through

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("full", ["remote", "b/.dvc/cache"])
def test_a_full_disk_ends_in_a_message_and_the_next_run_finishes(alone: Little, tmp_path: Path, full: str) -> None:
    with mounted(tmp_path / full if full == "remote" else tmp_path / "small", "size=1m") as place:
        blanks = {"/mnt/team/promptmix": str(tmp_path / "remote")}
        if full == "remote":
            alone.ok("bash", "-ec", recipe("Shared folder", blanks)[0])
            alone.publish()
            fails(alone, "share")
            grow(place)
            alone.ok("python", "-m", "promptmix", "share")
            reused(clone(alone))
        else:
            share_through(alone, "Shared folder", blanks)
            colleague = clone(alone)
            colleague.ok("dvc", "cache", "dir", "--local", str(place))
            fails(colleague, "reuse")
            grow(place)
            reused(colleague)


def test_a_read_only_cache_ends_in_a_message_and_the_next_run_finishes(sharing: Little, tmp_path: Path) -> None:
    colleague = clone(sharing)
    with mounted(tmp_path / "small", "size=9m") as place:
        colleague.ok("dvc", "cache", "dir", "--local", str(place))
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        assert "Read-only file system" in fails(colleague, "reuse")
        subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        reused(colleague)


def fails(repository: Any, verb: str) -> str:
    """Run a verb that ends in one line of ours, behind DVC's own words."""
    done = repository.run("python", "-m", "promptmix", verb)
    said: str = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert done.stderr.splitlines()[-1].startswith("error: "), said
    assert "Traceback" not in said
    return said


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A small disk of its own."""
    place.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=False).returncode:
        pytest.skip("mount is not permitted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def grow(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=30m", str(place)], check=True)
