"""The response store is shown, checked, merged and pruned."""

from pathlib import Path

import pytest

from promptmix.cli.answers.commands import merge_answers, prune_answers, show_answers, verify_answers
from promptmix.core.errors import LLMError
from promptmix.llm.store.database import Store
from tests.support.stored import damage, entry


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "mine.sqlite"))
    store = Store(tmp_path / "mine.sqlite")
    store.put([entry("a"), entry("b", "other")])
    return store


def test_the_store_is_shown_by_model(store: Store) -> None:
    said = show_answers()
    assert "1 answers of m" in said
    assert "paid: other: 1 answers, 3 tokens in (0 cached), 5 out, $0.0000" in said


def test_damaged_answers_are_told_and_replaced_by_whole_ones_of_a_colleague(store: Store, tmp_path: Path) -> None:
    assert "2 answers, all whole" in verify_answers()
    Store(tmp_path / "theirs.sqlite").put([entry("a"), entry("c")])
    damage(tmp_path / "mine.sqlite", "a")
    with pytest.raises(LLMError, match=r"1 answers are damaged, the first is [0-9a-f]{12}…; they are never served"):
        verify_answers()
    assert "2 new answers" in merge_answers([tmp_path / "theirs.sqlite"])
    assert "3 answers, all whole" in verify_answers()


def test_pruned_answers_can_be_brought_back(store: Store, tmp_path: Path) -> None:
    damage(tmp_path / "mine.sqlite", "b")
    assert "1 whole and 1 damaged answers removed" in prune_answers("m")
    assert (store.get(entry("a").key), store.get("b")) == (None, None)
    (pack,) = tmp_path.glob("pruned-*.jsonl.gz")
    assert "1 new answers" in merge_answers([pack])
    assert store.get(entry("a").key) is not None


def test_a_file_that_is_not_there_cannot_be_merged(store: Store) -> None:
    with pytest.raises(LLMError, match=r"nowhere\.sqlite: no such file"):
        merge_answers([Path("nowhere.sqlite")])


def test_refusals_can_be_removed_so_that_the_prompts_are_sent_again(store: Store) -> None:
    refused = entry("c")
    store.put([refused._replace(answer=refused.answer | {"finish": "refused"})])
    assert "1 whole and 0 damaged answers removed" in prune_answers(None, refused=True)
    assert (store.get(refused.key), store.get(entry("a").key) is not None) == (None, True)
