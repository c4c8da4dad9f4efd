"""What is damaged on a remote, in the cache or in the store is found, never served, and comes back from elsewhere."""

from pathlib import Path

import pytest

from tests.support.shared import RIGHT, Colleague, Little, clone, reused
from tests.support.stored import damage, entry

pytestmark = pytest.mark.slow

GARBAGE = "wrong\n" * 300_000


def test_a_remote_that_would_not_notice_damage_is_refused(sharing: Little) -> None:
    sharing.ok("dvc", "remote", "modify", "store", "verify", "false")
    done = sharing.run("python", "-m", "promptmix", "reuse")
    assert done.returncode == 1
    assert "dvc remote modify store verify true" in done.stderr


def test_a_damaged_object_of_the_remote_is_refused_and_put_back_by_who_has_it(sharing: Little, tmp_path: Path) -> None:
    blob = damaged(tmp_path / "remote/files")
    colleague, said = refused(sharing)
    assert "what is damaged there, `promptmix verify --remote` names" in said
    assert not (colleague.folder / "out.txt").exists()
    told = sharing.run("python", "-m", "promptmix", "verify", "--remote")
    assert (told.returncode, str(blob) in told.stdout) == (1, True)
    assert sharing.run("python", "-m", "promptmix", "verify", "--remote", "--mend").returncode == 1
    sharing.ok("python", "-m", "promptmix", "share")
    reused(colleague)
    sharing.ok("python", "-m", "promptmix", "verify", "--remote")


def test_a_damaged_pack_of_the_remote_is_refused_and_put_back(sharing: Little, tmp_path: Path) -> None:
    damaged(tmp_path / "remote/answers")
    colleague, said = refused(sharing)
    assert "1 packs on remote 'store' are damaged" in said
    sharing.run("python", "-m", "promptmix", "verify", "--remote", "--mend")
    sharing.ok("python", "-m", "promptmix", "share")
    assert "1 new ones taken over" in reused(colleague)


def test_a_damaged_object_of_the_cache_is_found_and_comes_back_with_its_copy(sharing: Little) -> None:
    blob = damaged(sharing.folder / ".dvc/cache/files")
    (sharing.folder / "out.txt").unlink()
    sharing.ok("dvc", "checkout")
    assert (sharing.folder / "out.txt").read_text() == GARBAGE  # DVC trusts its cache
    told = sharing.run("python", "-m", "promptmix", "verify")
    assert told.returncode == 1
    assert f"damaged: {blob}" in told.stdout
    assert "`dvc repro --pull` fetches them again, or makes them anew" in told.stderr
    sharing.run("python", "-m", "promptmix", "verify", "--mend")
    sharing.ok("dvc", "repro", "--pull")
    assert (sharing.folder / "out.txt").read_text() == RIGHT
    sharing.ok("python", "-m", "promptmix", "verify")


def test_a_damaged_answer_is_never_served_and_comes_back_from_a_pack(sharing: Little) -> None:
    damage(sharing.folder / ".cache/llm/answers.sqlite", "question")
    assert sharing.store.get(entry("question").key) is None
    told = sharing.run("python", "-m", "promptmix", "verify")
    assert told.returncode == 1
    assert "1 answers, 1 damaged" in told.stdout
    assert "`promptmix reuse` brings them back" in told.stderr
    sharing.ok("python", "-m", "promptmix", "reuse")
    assert sharing.store.get(entry("question").key) == entry("question").answer
    sharing.ok("python", "-m", "promptmix", "verify")


def refused(sharing: Little) -> tuple[Colleague, str]:
    """Return a new colleague whose reuse ended with an error, and what it said."""
    colleague = clone(sharing)
    done = colleague.run("python", "-m", "promptmix", "reuse")
    assert done.returncode == 1
    return colleague, done.stderr


def damaged(folder: Path) -> Path:
    """Return the one file of a folder, its bytes changed; its mode, by which DVC takes it for whole, is left."""
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    mode = file.stat().st_mode
    file.chmod(0o644)
    file.write_text(GARBAGE)
    file.chmod(mode)
    return file
