"""Two people, one remote over ssh: what the one paid for and trained, the other has with no key, answer or model."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptmix.llm.store import packs
from promptmix.models.pretrained import Pretrained
from tests.support import remotes
from tests.support.llm_server import Behavior, running
from tests.support.shared import KEY, Colleague, Owner, name_remote
from tests.support.structure import ROOT

pytestmark = pytest.mark.slow

SWEEP = ["-S", "distill.C=0.1,10"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def owner(place: Path, small_encoder: Pretrained) -> Iterator[Owner]:
    """Somebody who ran the pipeline and a sweep of 2, and shared over ssh; the server of answers is gone by then."""
    with remotes.ssh(place) as blanks:
        (place / "a").mkdir()
        with running(Behavior(label="late_parcel")) as url:
            owner = Owner(place / "a", url)
            owner.everyones = name_remote(owner, "ssh", blanks)
            owner.repro()
            owner.publish()
            owner.ok("dvc", "exp", "run", "--queue", *SWEEP)
            owner.ok("dvc", "exp", "run", "--run-all", "-j", "2", OMP_NUM_THREADS="1")
        owner.ok("python", "-m", "promptmix", "share")
        yield owner


def experiments(repository: Owner) -> dict[str, str]:
    """Return name and metrics file, byte for byte, of all experiments."""
    refs = repository.ok("git", "for-each-ref", "--format=%(objectname) %(refname)", "refs/exps")
    rows = re.findall(r"(\S+) refs/exps/\w\w/\w+/(\S+)", refs)
    return {name: repository.ok("git", "show", f"{commit}:metrics/summary.json") for commit, name in rows}


@pytest.fixture(scope="module")
def colleague(owner: Owner, place: Path) -> Colleague:
    colleague = Colleague(owner, place / "b")
    for block in owner.everyones:
        colleague.ok("bash", "-ec", block)
    return colleague


def test_a_colleague_has_the_table_and_all_experiments_with_nothing_asked_or_trained(
    owner: Owner, colleague: Colleague
) -> None:
    began = time.monotonic()
    said = colleague.ok("python", "-m", "promptmix", "reuse")
    assert time.monotonic() - began < 60
    assert "Running stage" not in said
    assert "15 new ones taken over" in said
    assert colleague.asked() == (0, 0)
    assert colleague.changed() == set()
    assert colleague.metrics() == owner.metrics()
    assert len(experiments(owner)) == 2
    assert experiments(colleague) == experiments(owner)
    assert not (colleague.folder / "models/pretrained").exists()


def test_a_colleague_turns_to_any_experiment_with_nothing_asked_or_trained(colleague: Colleague) -> None:
    name, metrics = next(iter(experiments(colleague).items()))
    colleague.ok("dvc", "exp", "apply", name)
    said = colleague.ok("dvc", "repro", "--pull", "--allow-missing")
    assert "Running stage" not in said
    assert (colleague.folder / "metrics/summary.json").read_text() == metrics


def test_what_the_owner_has_run_is_restored_for_a_colleague_who_types_the_same_params(colleague: Colleague) -> None:
    """The report alone runs, because the README's table is its work; it takes the encoder for its map."""
    colleague.ok("git", "checkout", "-q", ".")
    (colleague.folder / "models/pretrained").symlink_to(ROOT / "models/pretrained")
    colleague.params(**{"distill.C": 10})
    said = colleague.run("dvc", "repro", "--pull", "--allow-missing").stdout
    assert re.findall(r"Running stage '(\S+)'", said) == ["report"]


def test_the_key_is_nowhere(owner: Owner, colleague: Colleague, place: Path) -> None:
    """Not in trees, caches, stores, logs, DVC's files or the remote; packs and commits are compressed, so unpacked."""
    assert KEY in owner.environment.values()
    for file in (path for path in place.rglob("*") if path.is_file()):
        assert KEY.encode() not in file.read_bytes(), file
    for pack in (path for path in (place / "remote/answers").rglob("*") if path.is_file()):
        assert KEY not in str(list(packs.read_pack(pack)))
    for repository in (owner, colleague):
        assert KEY not in repository.ok("git", "log", "-p", "--all")
