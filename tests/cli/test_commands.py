"""The small commands beside the pipeline."""

import json
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from promptmix.cli import git, preset, same, table
from promptmix.cli.answers import commands
from promptmix.cli.sweep.workspace import share_of_cores
from promptmix.core.errors import DataError, LLMError
from promptmix.llm.store.database import Store
from promptmix.params import Params
from tests.support.stored import entry, spoil
from tests.support.structure import ROOT


@pytest.mark.parametrize("name", YAML(typ="safe").load(ROOT / "presets.yaml"))
def test_every_preset_gives_params_that_are_accepted(name: str) -> None:
    values = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    options = preset.options(name, ROOT / "presets.yaml")
    assert options[::2] == ["-S"] * (len(options) // 2)
    for option in options[1::2]:
        key, _, value = option.partition("=")
        section, _, last = key.rpartition(".")
        assert last in values[section], f"{key} is no key of params.yaml"
        values[section][last] = YAML(typ="safe", pure=True).load(value)
    Params.model_validate(values)


def test_an_unknown_preset_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(DataError, match=r"no preset 'fast' in .*presets\.yaml; there are quick, paper"):
        preset.options("fast", ROOT / "presets.yaml")


@pytest.fixture
def committed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one committed metrics file."""
    monkeypatch.chdir(tmp_path)
    write(0.5)
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@example.org commit -qm x"):
        subprocess.run(["git", *command.split()], check=True)
    return tmp_path


def write(accuracy: float) -> None:
    Path("metrics").mkdir(exist_ok=True)
    Path("metrics/summary.json").write_text(json.dumps({"demo": {"mixed": {"accuracy": accuracy}}, "made-with": "x"}))


@pytest.mark.parametrize(
    ("now", "code", "said"),
    [
        (0.5, 0, "byte for byte"),
        (0.55, 0, "0 numbers by over 0.1"),
        (0.65, 1, "demo.mixed.accuracy: 0.5 -> 0.65"),
    ],
)
def test_metrics_are_compared_with_the_committed_ones(
    committed: Path, capsys: pytest.CaptureFixture[str], now: float, code: int, said: str
) -> None:
    write(now)
    assert same.main() == code
    assert said in capsys.readouterr().out


def test_a_number_that_is_gone_counts_as_different(committed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("metrics/summary.json").write_text("{}")
    assert same.main() == 1


def test_metrics_that_git_does_not_have_cannot_be_compared(committed: Path) -> None:
    said = r"^metrics/summary\.json is not there, or not in git: `dvc repro`, then commit it$"
    Path("metrics/summary.json").unlink()
    with pytest.raises(DataError, match=said):
        same.main()
    write(0.5)
    subprocess.run(["git", "rm", "-q", "--cached", "metrics/summary.json"], check=True)
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x"], check=True)
    with pytest.raises(DataError, match=said):
        same.main()


@pytest.mark.parametrize("words", ["one line", "one line\n", "an empty one below\n\n", "Größe\n"])
def test_a_file_comes_out_of_git_as_it_went_in(committed: Path, words: str) -> None:
    Path("file.txt").write_text(words, encoding="utf-8")
    for command in ("add -A", "-c user.name=t -c user.email=t@example.org commit -qm x"):
        subprocess.run(["git", *command.split()], check=True)
    assert git.text("HEAD", "file.txt") == words
    assert git.text("HEAD", "another.txt") is None


def test_a_remote_is_known_by_its_name(committed: Path) -> None:
    subprocess.run(["git", "remote", "add", "origin", "../elsewhere"], check=True)
    assert (git.has_remote("origin"), git.has_remote("orig")) == (True, False)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "mine.sqlite"))
    store = Store(tmp_path / "mine.sqlite")
    store.put([entry("a"), entry("b", "other")])
    return store


def test_the_store_is_shown_by_model(store: Store) -> None:
    said = commands.main(["show"])
    assert "1 answers of m" in said
    assert "paid: other: 1 answers, 3 tokens in (0 cached), 5 out, $0.0000" in said


def test_damaged_answers_are_told_and_replaced_by_whole_ones_of_a_colleague(store: Store, tmp_path: Path) -> None:
    assert "2 answers, all whole" in commands.main(["verify"])
    Store(tmp_path / "theirs.sqlite").put([entry("a"), entry("c")])
    spoil(tmp_path / "mine.sqlite", "a")
    with pytest.raises(LLMError, match=r"1 answers are damaged, the first is [0-9a-f]{12}…; they are never served"):
        commands.main(["verify"])
    assert "2 new answers" in commands.main(["merge", str(tmp_path / "theirs.sqlite")])
    assert "3 answers, all whole" in commands.main(["verify"])


def test_pruned_answers_can_be_brought_back(store: Store, tmp_path: Path) -> None:
    spoil(tmp_path / "mine.sqlite", "b")
    assert "1 whole and 1 damaged answers removed" in commands.main(["prune", "--model", "m"])
    assert (store.get(entry("a").key), store.get("b")) == (None, None)
    (pack,) = tmp_path.glob("pruned-*.jsonl.gz")
    assert "1 new answers" in commands.main(["merge", str(pack)])
    assert store.get(entry("a").key) is not None


def test_a_file_that_is_not_there_cannot_be_merged(store: Store) -> None:
    with pytest.raises(LLMError, match=r"nowhere\.sqlite: no such file"):
        commands.main(["merge", "nowhere.sqlite"])


def test_the_table_of_a_tag_is_the_one_of_that_time(committed: Path) -> None:
    Path("metrics/summary.json").write_text((ROOT / "metrics/summary.json").read_text(encoding="utf-8"))
    for command in ("add -A", "-c user.name=t -c user.email=t@example.org commit -qm x", "tag v1"):
        subprocess.run(["git", *command.split()], check=True)
    now = table.main(["--metrics", "metrics/summary.json"])
    write(0.9)
    said = table.main(["--metrics", "metrics/summary.json", "--tag", "v1"])
    assert said.startswith("Results of v1 (")
    assert said.endswith(now)


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("v9", r"^git knows no revision 'v9'; `git tag` and `dvc exp list` name those that there are$"),
        ("HEAD", r"^HEAD has metrics/summary\.json in another form; `git show HEAD:README\.md` has its table$"),
        ("none", r"^none has no metrics/summary\.json: nothing was reported there$"),
    ],
)
def test_a_tag_without_a_table_is_said_in_one_line(committed: Path, tag: str, said: str) -> None:
    Path("metrics/summary.json").unlink()
    for command in ("add -A", "-c user.name=t -c user.email=t@example.org commit -qm x", "tag none"):
        subprocess.run(["git", *command.split()], check=True)
    subprocess.run(["git", "reset", "-q", "--hard", "HEAD~1"], check=True)
    with pytest.raises(DataError, match=said):
        table.main(["--metrics", "metrics/summary.json", "--tag", tag])


def test_jobs_that_run_together_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    shares = [share_of_cores(jobs) for jobs in (1, 2, 3, 20)]
    assert shares == [{}, {"OMP_NUM_THREADS": "4"}, {"OMP_NUM_THREADS": "2"}, {"OMP_NUM_THREADS": "1"}]
