"""The recipes of docs/sharing.md, run against real servers, and what happens when something is damaged or full.

The repository is little: one output and one answer.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import remotes
from tests.shared import Colleague, Little, recipe, share_through
from tests.stored import entry, spoil
from tests.structure import ROOT

pytestmark = pytest.mark.slow

RECIPES = {
    "Shared folder": remotes.folder,
    "ssh": remotes.ssh,
    "s3, and what speaks its protocol": remotes.s3,
    "webdav": remotes.webdav,
}
RIGHT = "right\n" * 300_000
GARBAGE = "wrong\n" * 300_000


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A little repository with no remote, and the same shared through a folder."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("alone", "sharing")}
    (folders["alone"] / "a").mkdir()
    Little(folders["alone"] / "a")
    share_through(copied(folders["alone"], folders["sharing"]), "Shared folder", {"/mnt/team/promptmix": "../remote"})
    return folders


def copied(original: Path, folder: Path) -> Little:
    """Return a copy of a little repository with all beside it."""
    shutil.copytree(original, folder, symlinks=True, dirs_exist_ok=True)
    copy = Little.__new__(Little)
    copy.folder, copy.environment = folder / "a", {}
    return copy


@pytest.fixture
def owner(originals: dict[str, Path], tmp_path: Path) -> Little:
    """A little repository with no remote yet."""
    return copied(originals["alone"], tmp_path)


@pytest.fixture
def sharing(originals: dict[str, Path], tmp_path: Path) -> Little:
    """A little repository that was shared through a folder beside it."""
    return copied(originals["sharing"], tmp_path)


def clone(owner: Little, name: str = "b") -> Colleague:
    return Colleague(owner, owner.folder.with_name(name))


def reused(colleague: Colleague) -> str:
    said = colleague.ok("python", "-m", "tools.reuse")
    assert "Running stage" not in said
    assert (colleague.folder / "out.txt").read_text() == RIGHT
    return said


def test_every_recipe_of_the_page_is_run_by_a_test() -> None:
    text = (ROOT / "docs/sharing.md").read_text(encoding="utf-8")
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    assert headings == [*RECIPES, "http, read-only", "One cache for several people of a machine"]


@pytest.mark.parametrize("heading", RECIPES)
def test_what_is_shared_is_reused_by_a_fresh_clone(owner: Little, tmp_path: Path, heading: str) -> None:
    with RECIPES[heading](tmp_path) as blanks:
        everyones = share_through(owner, heading, blanks)
        colleague = clone(owner)
        for block in everyones:
            colleague.ok("bash", "-ec", block)
        assert "1 new ones taken over" in reused(colleague)
    assert colleague.store.get(entry("question").key) == owner.store.get(entry("question").key)
    for repository in (owner, colleague):
        assert planted(repository.folder) <= {repository.folder / ".dvc/config.local"}


def planted(folder: Path) -> set[Path]:
    """Return the files that hold the remote's password."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path for path in files if remotes.PASSWORD.encode() in path.read_bytes()}


def test_a_read_only_mirror_gives_strangers_the_outputs(sharing: Little, tmp_path: Path) -> None:
    with remotes.http(tmp_path) as blanks:
        stranger = clone(sharing)
        (stranger.folder / ".dvc/config").write_text("")
        stranger.ok("bash", "-ec", recipe("http, read-only", blanks)[0])
        assert "cannot list" in reused(stranger)


def test_a_shared_cache_needs_no_copying_and_a_shared_store_no_asking(owner: Little, tmp_path: Path) -> None:
    blanks = {"/mnt/team/cache": str(tmp_path / "cache"), "/mnt/team/answers.sqlite": str(tmp_path / "all.sqlite")}
    (commands,) = recipe("One cache for several people of a machine", blanks)
    owner.ok("bash", "-ec", f"{commands}\ndvc repro --force && python -m tools.answers merge .cache/llm/answers.sqlite")
    owner.publish()
    neighbour = clone(owner)
    said = neighbour.ok("bash", "-ec", f"{commands}\ndvc checkout && dvc repro && python -m tools.answers show")
    assert "Running stage" not in said
    assert "1 answers of m" in said


def test_answers_of_two_people_merge_without_loss(sharing: Little) -> None:
    colleague = clone(sharing)
    colleague.store.put([entry("of the colleague")])
    sharing.store.put([entry("of the owner")])
    for one in (colleague, sharing, colleague):
        one.ok("python", "-m", "tools.share")
    for one in (colleague, sharing):
        for text in ("question", "of the colleague", "of the owner"):
            assert one.store.get(entry(text).key) is not None, (one.folder, text)


def test_making_room_keeps_what_commits_and_experiments_need(sharing: Little) -> None:
    sharing.ok("dvc", "exp", "run", "-n", "kept", "--force")
    sharing.ok("bash", "-ec", recipe("Making room", {})[0])
    assert "up to date" in sharing.ok("dvc", "repro")
    assert "all whole" in sharing.ok("python", "-m", "tools.answers", "verify")


def test_without_a_remote_one_line_says_how_to_name_one(owner: Little) -> None:
    done = owner.run("python", "-m", "tools.share")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no remote to share with; `dvc remote add --default store PLACE")


def test_a_remote_that_would_not_notice_damage_is_refused(sharing: Little) -> None:
    sharing.ok("dvc", "remote", "modify", "store", "verify", "false")
    done = sharing.run("python", "-m", "tools.reuse")
    assert done.returncode == 1
    assert "dvc remote modify store verify true" in done.stderr


def test_a_remote_that_does_not_answer_ends_in_one_line(sharing: Little) -> None:
    sharing.ok("dvc", "remote", "modify", "store", "url", "webdav://127.0.0.1:1/nothing")
    done = sharing.run("python", "-m", "tools.share")
    assert done.returncode == 1
    assert "error: remote 'store' cannot be used: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_object_of_the_remote_is_refused_and_put_back_by_who_has_it(sharing: Little, tmp_path: Path) -> None:
    (blob,) = [path for path in (tmp_path / "remote/files").rglob("*") if path.is_file()]
    damage(blob)
    colleague = clone(sharing)
    done = colleague.run("python", "-m", "tools.reuse")
    assert done.returncode == 1
    assert "what is damaged there, `python -m tools.verify --remote` names" in done.stderr
    assert not (colleague.folder / "out.txt").exists()
    told = sharing.run("python", "-m", "tools.verify", "--remote")
    assert (told.returncode, str(blob) in told.stdout) == (1, True)
    assert sharing.run("python", "-m", "tools.verify", "--remote", "--mend").returncode == 1
    sharing.ok("python", "-m", "tools.share")
    reused(colleague)
    sharing.ok("python", "-m", "tools.verify", "--remote")


def test_a_damaged_pack_of_the_remote_is_refused_and_put_back(sharing: Little, tmp_path: Path) -> None:
    (pack,) = [path for path in (tmp_path / "remote/answers").rglob("*") if path.is_file()]
    damage(pack)
    colleague = clone(sharing)
    done = colleague.run("python", "-m", "tools.reuse")
    assert done.returncode == 1
    assert "1 packs on remote 'store' are damaged" in done.stderr
    sharing.run("python", "-m", "tools.verify", "--remote", "--mend")
    sharing.ok("python", "-m", "tools.share")
    assert "1 new ones taken over" in reused(colleague)


def test_a_damaged_object_of_the_cache_is_found_and_comes_back_with_its_copy(sharing: Little) -> None:
    (blob,) = [path for path in (sharing.folder / ".dvc/cache/files").rglob("*") if path.is_file()]
    damage(blob)
    (sharing.folder / "out.txt").unlink()
    sharing.ok("dvc", "checkout")
    assert (sharing.folder / "out.txt").read_text() == GARBAGE  # DVC trusts its cache
    told = sharing.run("python", "-m", "tools.verify")
    assert told.returncode == 1
    assert f"damaged: {blob}" in told.stdout
    assert "`dvc repro --pull` fetches them again, or makes them anew" in told.stderr
    sharing.run("python", "-m", "tools.verify", "--mend")
    sharing.ok("dvc", "repro", "--pull")
    assert (sharing.folder / "out.txt").read_text() == RIGHT
    sharing.ok("python", "-m", "tools.verify")


def test_a_damaged_answer_is_never_served_and_comes_back_from_a_pack(sharing: Little) -> None:
    spoil(sharing.folder / ".cache/llm/answers.sqlite", "question")
    assert sharing.store.get(entry("question").key) is None
    told = sharing.run("python", "-m", "tools.verify")
    assert told.returncode == 1
    assert "1 answers, 1 damaged" in told.stdout
    assert "`make reuse` brings them back" in told.stderr
    sharing.ok("python", "-m", "tools.reuse")
    assert sharing.store.get(entry("question").key) == entry("question").answer
    sharing.ok("python", "-m", "tools.verify")


@pytest.mark.parametrize("full", ["remote", "b/.dvc/cache"])
def test_a_full_disk_ends_in_a_message_and_the_next_run_finishes(owner: Little, tmp_path: Path, full: str) -> None:
    with mounted(tmp_path / full if full == "remote" else tmp_path / "small", "size=1m") as place:
        blanks = {"/mnt/team/promptmix": str(tmp_path / "remote")}
        if full == "remote":
            owner.ok("bash", "-ec", recipe("Shared folder", blanks)[0])
            owner.publish()
            fails(owner, "share")
            grow(place)
            owner.ok("python", "-m", "tools.share")
            reused(clone(owner))
        else:
            share_through(owner, "Shared folder", blanks)
            colleague = clone(owner)
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


def fails(repository: Any, tool: str) -> str:
    """Run a tool that ends in one line of ours, behind DVC's own words."""
    done = repository.run("python", "-m", f"tools.{tool}")
    said: str = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert done.stderr.splitlines()[-1].startswith("error: "), said
    assert "Traceback" not in said
    return said


def damage(file: Path) -> None:
    """Change a file's bytes and leave its mode, by which DVC takes it for whole."""
    mode = file.stat().st_mode
    file.chmod(0o644)
    file.write_text(GARBAGE)
    file.chmod(mode)


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
