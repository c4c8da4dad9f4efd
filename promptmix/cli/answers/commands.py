"""What `promptmix answers` does to the response store."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promptmix.cli.answers.maintenance import Archive
from promptmix.cli.repository import require_store
from promptmix.core.errors import LLMError
from promptmix.llm.store.database import store_path
from promptmix.llm.store.packs import read_pack, write_pack


def show_answers() -> str:
    """Return a table of models: answers kept, and what was paid through this store."""
    store = _archive()
    lines = [f"{store_path()}"]
    lines += [f"  {count:8,} answers of {model}" for model, count in store.models().items()]
    lines += [f"  paid: {model}: {row}" for model, row in store.paid().items()]
    return "\n".join(lines)


def damaged_answers(store: Archive) -> tuple[list[str], str]:
    """Compare every answer with its digest; returns the keys of damaged ones, and a line that says how many."""
    damaged = list(store.damaged())
    state = f"{len(damaged)} damaged" if damaged else "all whole"
    return damaged, f"{store_path()}: {sum(store.models().values()):,} answers, {state}"


def verify_answers() -> str:
    """Say that every answer is whole.

    Raises:
        LLMError: some are not; they are never served; a run requests them again.
    """
    damaged, words = damaged_answers(_archive())
    if damaged:
        raise LLMError(
            f"{store_path()}: {len(damaged)} answers are damaged, the first is {damaged[0][:12]}…; they are never"
            " served; `promptmix answers prune` removes them, `merge` adds whole ones, a run requests them again"
        )
    return words


def merge_answers(files: Sequence[Path]) -> str:
    """Take over answers that are not here yet."""
    store, lines = _archive(), []
    for file in files:
        if not file.exists():
            raise LLMError(f"{file}: no such file")
        lines.append(f"{file}: {store.add(_records(file)):,} new answers")
    return "\n".join(lines)


def prune_answers(model: str | None, *, refused: bool = False) -> str:
    """Remove damaged answers, those of a model, and what was refused; whole ones are packed first."""
    store = _archive()
    keys = {*(store.keys(model) if model else ()), *(store.refused() if refused else ())}
    pack = store_path().with_name(f"pruned-{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl.gz")
    damaged = set(store.damaged())
    if whole := [key for key in keys if key not in damaged]:
        write_pack(pack, store.records(whole))
    store.forget([*damaged, *whole])
    kept = f"; {pack} holds the whole ones, `merge` brings them back" if whole else ""
    return f"{len(whole)} whole and {len(damaged)} damaged answers removed{kept}"


def _archive() -> Archive:
    require_store()
    return Archive(store_path())


def _records(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.name.endswith(".jsonl.gz"):
        yield from read_pack(file)
        return
    other = Archive(file)
    damaged = set(other.damaged())
    whole = (key for key in other.keys() if key not in damaged)  # noqa: SIM118  # no dict
    yield from (record for key in whole for record in other.records([key]))
