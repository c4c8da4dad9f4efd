"""The recipes of docs/sharing.md, run against real servers, and what people then have of each other.

The repository is little: one output and one answer.
"""

from pathlib import Path

import pytest

from tests.support import remotes
from tests.support.shared import Little, clone, recipe, reused, share_through
from tests.support.stored import entry
from tests.support.structure import ROOT

pytestmark = pytest.mark.slow

RECIPES = {
    "Shared folder": remotes.folder,
    "ssh": remotes.ssh,
    "s3, and what speaks its protocol": remotes.s3,
    "webdav": remotes.webdav,
}


def test_every_recipe_of_the_page_is_run_by_a_test() -> None:
    text = (ROOT / "docs/sharing.md").read_text(encoding="utf-8")
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    assert headings == [*RECIPES, "http, read-only", "One cache for several people of a machine"]


@pytest.mark.parametrize("heading", RECIPES)
def test_what_is_shared_is_reused_by_a_fresh_clone(alone: Little, tmp_path: Path, heading: str) -> None:
    with RECIPES[heading](tmp_path) as blanks:
        everyones = share_through(alone, heading, blanks)
        colleague = clone(alone)
        for block in everyones:
            colleague.ok("bash", "-ec", block)
        assert "1 new ones taken over" in reused(colleague)
    assert colleague.store.get(entry("question").key) == alone.store.get(entry("question").key)
    for repository in (alone, colleague):
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


def test_a_shared_cache_needs_no_copying_and_a_shared_store_no_asking(alone: Little, tmp_path: Path) -> None:
    blanks = {"/mnt/team/cache": str(tmp_path / "cache"), "/mnt/team/answers.sqlite": str(tmp_path / "all.sqlite")}
    (commands,) = recipe("One cache for several people of a machine", blanks)
    alone.ok(
        "bash",
        "-ec",
        f"{commands}\ndvc repro --force && python -m promptmix answers merge .cache/llm/answers.sqlite",
    )
    alone.publish()
    neighbor = clone(alone)
    said = neighbor.ok("bash", "-ec", f"{commands}\ndvc checkout && dvc repro && python -m promptmix answers show")
    assert "Running stage" not in said
    assert "1 answers of m" in said


def test_answers_of_two_people_merge_without_loss(sharing: Little) -> None:
    colleague = clone(sharing)
    colleague.store.put([entry("of the colleague")])
    sharing.store.put([entry("of the owner")])
    for one in (colleague, sharing, colleague):
        one.ok("python", "-m", "promptmix", "share")
    for one in (colleague, sharing):
        for text in ("question", "of the colleague", "of the owner"):
            assert one.store.get(entry(text).key) is not None, (one.folder, text)


def test_making_room_keeps_what_commits_and_experiments_need(sharing: Little) -> None:
    sharing.ok("dvc", "exp", "run", "-n", "kept", "--force")
    sharing.ok("bash", "-ec", recipe("Making room", {})[0])
    assert "up to date" in sharing.ok("dvc", "repro")
    assert "all whole" in sharing.ok("python", "-m", "promptmix", "answers", "verify")


def test_without_a_remote_one_line_says_how_to_name_one(alone: Little) -> None:
    done = alone.run("python", "-m", "promptmix", "share")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no remote to share with; `dvc remote add --default store PLACE")


def test_a_remote_that_does_not_answer_ends_in_one_line(sharing: Little) -> None:
    sharing.ok("dvc", "remote", "modify", "store", "url", "webdav://127.0.0.1:1/nothing")
    done = sharing.run("python", "-m", "promptmix", "share")
    assert done.returncode == 1
    assert "error: remote 'store' cannot be used: " in done.stderr
    assert "Traceback" not in done.stderr
