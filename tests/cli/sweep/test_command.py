"""Sweeps for real: real DVC and git, a counting language model over HTTP, and processes that are killed."""

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from promptmix.cli.sweep.plan import planned
from promptmix.cli.sweep.workspace import Workspaces, share_of_cores
from tests.llm.test_faults import stats
from tests.support.swept import Swept, kill, swept, until

pytestmark = pytest.mark.slow


FOUR = ("-j", "2", "-S", "generate.per_class=1,2", "-S", "distill.C=1.0,2.0")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swept]:
    if not Path("/proc/self/cwd").exists():
        pytest.skip("needs /proc to see which processes run")
    with swept(tmp_path_factory.mktemp("repository"), latency=0.15) as repository:
        yield repository


def asked(repository: Swept) -> tuple[int, int]:
    """How many questions the server got, and how many distinct ones."""
    seen = stats(repository.url)
    return seen["requests"], len(seen["answered"])


def test_four_experiments_two_at_a_time_ask_each_question_once(repository: Swept) -> None:
    """With neither dvc nor this python on the PATH."""
    before = asked(repository)
    status, table, said = repository.sweep(*FOUR)
    assert status == 0, said
    names = {f"per_class-{n}-C-{c}" for n in (1, 2) for c in ("1.0", "2.0")}
    assert repository.experiments() == names
    requests, distinct = (now - then for now, then in zip(asked(repository), before, strict=True))
    assert requests == distinct
    assert distinct == 12, "2 prompts for each of 6 classes, whichever experiment asks"
    rows = [line.split() for line in table.splitlines() if line.startswith("per_class")]
    assert {row[0] for row in rows} == names
    assert [row[-1] for row in rows] == sorted((row[-1] for row in rows), reverse=True)
    assert all(len(line) <= 100 for line in table.splitlines()[:6])


def test_experiments_that_run_together_share_the_cores(repository: Swept) -> None:
    log = (repository.folder / ".dvc/tmp/sweep/per_class-1-C-1.0.log").read_text()
    assert f"threads: {share_of_cores(2)['OMP_NUM_THREADS']}\n" in log


def test_a_sweep_leaves_the_working_tree_alone_and_nothing_behind(repository: Swept) -> None:
    assert repository.changed() == set()
    assert repository.ok("git", "stash", "list") == ""
    assert list((repository.folder / ".dvc/tmp/sweep/running").iterdir()) == []


def test_what_has_finished_is_not_run_again_and_keeps_its_name(repository: Swept) -> None:
    before = asked(repository)
    status, table, said = repository.sweep(*FOUR)
    assert status == 0
    assert said.count("finished before") == 4
    assert "started" not in said
    assert "per_class-2-C-2.0" in table
    assert asked(repository) == before


def test_a_failing_experiment_is_tried_twice_explained_and_no_result(repository: Swept) -> None:
    status, table, said = repository.sweep("-S", "encoder.model=nowhere")
    assert status == 1
    assert said.count("model 'nowhere' is unknown") == 2, "its last lines, at each try"
    assert said.endswith("error: 1 of 1 experiments failed: model-nowhere\n")
    assert "Traceback" not in said
    assert "per_class-2" in table
    assert "model-nowhere" not in table
    assert "model-nowhere" not in repository.experiments()


def test_a_worker_or_a_stage_that_dies_is_seen_and_its_work_is_finished(repository: Swept) -> None:
    """At the same time, each of one of two experiments."""
    before = asked(repository)
    process = repository.start("-j", "2", "-S", "generate.temperature=0.5,0.6")
    asking: dict[str, list[int]] = {}
    for name in ("temperature-0.5", "temperature-0.6"):
        until(partial(repository.processes, "-m stages.generate", name))
        asking[name] = repository.processes("-m stages.generate", name)
    kill(repository.processes("-m dvc", "temperature-0.5") + asking["temperature-0.6"])
    until(lambda: not set(asking["temperature-0.5"]) & set(repository.processes("")), 10)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "temperature-0.5: dvc was killed by SIGKILL; it is started again" in said
    assert "temperature-0.6: dvc ended with status 255; it is started again" in said
    assert "exited with -9" in said
    requests, distinct = asked(repository)
    assert distinct - before[1] == 2 * (1 + 12), "a greeting at each temperature, and the prompts"
    assert requests - before[0] <= 2 * (1 + 12 + 2), "at most those in flight were asked again"


def test_a_sweep_that_is_stopped_or_killed_leaves_nothing_running_and_the_next_goes_on(repository: Swept) -> None:
    option = "generate.temperature=0.7"
    before = asked(repository)
    for ending in (signal.SIGINT, signal.SIGKILL):
        seen = asked(repository)
        process = repository.start("-S", option)
        until(lambda: asked(repository) > seen)  # noqa: B023  # called at once
        process.send_signal(ending)
        _, said = process.communicate(timeout=30)
        until(lambda: not repository.processes(""), 10)
        assert process.returncode == (130 if ending == signal.SIGINT else -ending)
        assert "temperature-0.7" not in repository.experiments()
        if ending == signal.SIGINT:
            assert said.endswith("all answers are kept, run the same command again\n")
    status, _, said = repository.sweep("-S", option)
    assert status == 0, said
    requests, distinct = asked(repository)
    assert distinct - before[1] == 1 + 12
    assert requests - before[0] <= 1 + 12 + 2 * 2


def test_a_second_sweep_at_the_same_time_is_refused(repository: Swept) -> None:
    process = repository.start("-S", "generate.temperature=0.9")
    until(lambda: repository.processes("-m dvc"))
    status, _, said = repository.sweep("-S", "generate.temperature=0.95")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert status == 1
    assert said == "error: another sweep runs in this repository; wait for its end, or stop it\n"


def test_data_that_git_does_not_have_is_there_and_edited_inputs_get_another_name(
    repository: Swept, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = repository.folder / "data/raw/mine"
    mine.mkdir()
    rows = [f"text {n} of {label},{label}" for label in ("red", "blue") for n in range(6)]
    for split in ("train", "test"):
        (mine / f"{split}.csv").write_text("\n".join(["text,label", *(f"{split} {row}" for row in rows)]) + "\n")
    status, _, said = repository.sweep("-S", "datasets=[mine]")
    assert status == 0, said
    monkeypatch.chdir(repository.folder)
    (experiment,) = planned(None, ["datasets=[mine]"])
    assert Workspaces().name(experiment) == ("datasets-mine", True)
    for edited in (mine / "train.csv", repository.folder / "stages/generate.py"):
        before = edited.read_text()
        edited.write_text(before + "# more,red\n")
        assert Workspaces().name(experiment) == ("datasets-mine-2", False)
        edited.write_text(before)
    assert Workspaces().name(experiment) == ("datasets-mine", True)
