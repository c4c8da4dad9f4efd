"""Look after the response store.

``python -m promptmix.cli.answers.commands show`` says what is in it and what was paid; ``verify`` checks every answer by its digest;
``merge FILE...`` takes over the answers of other stores (.sqlite) and packs (.jsonl.gz); ``prune`` removes damaged
answers, and with ``--model NAME`` all answers of one model. What is removed is packed beside the store first.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from promptmix.cli.answers.maintenance import Archive
from promptmix.cli.running import run
from promptmix.core.errors import LLMError
from promptmix.llm.store import packs
from promptmix.llm.store.database import path


def show(store: Archive) -> str:
    """Return a table of models: answers kept, and what was paid through this store."""
    lines = [f"{path()}"]
    lines += [f"  {count:8,} answers of {model}" for model, count in store.models().items()]
    lines += [f"  paid: {model}: {row}" for model, row in store.paid().items()]
    return "\n".join(lines)


def checked(store: Archive) -> tuple[list[str], str]:
    """Compare every answer with its digest; returns the keys of damaged ones, and a line that says how many."""
    damaged = list(store.damaged())
    state = f"{len(damaged)} damaged" if damaged else "all whole"
    return damaged, f"{path()}: {sum(store.models().values()):,} answers, {state}"


def verify(store: Archive) -> str:
    """Say that every answer is whole.

    Raises:
        LLMError: some are not; they are never served, and asked again when they are needed.
    """
    damaged, words = checked(store)
    if damaged:
        raise LLMError(
            f"{path()}: {len(damaged)} answers are damaged, the first is {damaged[0][:12]}…; they are never served and"
            " asked again when needed; `python -m promptmix.cli.answers.commands prune` removes them, `merge` takes over whole ones"
        )
    return words


def merge(store: Archive, files: list[Path]) -> str:
    """Take over answers that are not here yet."""
    lines = []
    for file in files:
        if not file.exists():
            raise LLMError(f"{file}: no such file")
        lines.append(f"{file}: {store.add(_records(file)):,} new answers")
    return "\n".join(lines)


def prune(store: Archive, model: str | None) -> str:
    """Remove damaged answers and those of a model; whole ones are packed first."""
    keys = store.keys(model) if model else []
    pack = path().with_name(f"pruned-{datetime.now(UTC):%Y%m%d-%H%M%S}.jsonl.gz")
    damaged = set(store.damaged())
    if whole := [key for key in keys if key not in damaged]:
        packs.write(pack, store.records(whole))
    store.remove([*damaged, *whole])
    kept = f"; {pack} holds the whole ones, `merge` brings them back" if whole else ""
    return f"{len(whole)} whole and {len(damaged)} damaged answers removed{kept}"


def _records(file: Path) -> Iterator[Mapping[str, Any]]:
    if file.name.endswith(".jsonl.gz"):
        yield from packs.read(file)
        return
    other = Archive(file)
    damaged = set(other.damaged())
    whole = (key for key in other.keys() if key not in damaged)  # noqa: SIM118  # no dict
    yield from (record for key in whole for record in other.records([key]))


def main(arguments: list[str]) -> str:
    """Do what the command line says and return what to print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("show")
    verbs.add_parser("verify")
    verbs.add_parser("merge").add_argument("files", nargs="+", type=Path)
    verbs.add_parser("prune").add_argument("--model")
    options = parser.parse_args(arguments)
    store = Archive(path())
    if options.verb == "merge":
        return merge(store, options.files)
    if options.verb == "prune":
        return prune(store, options.model)
    return verify(store) if options.verb == "verify" else show(store)


if __name__ == "__main__":
    run(main, sys.argv[1:])
