"""Packs the answers behind the present outputs, one pack a data set and seed, for ``promptmix run --replay``."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import typer

from promptmix import params
from promptmix.cli import pipeline
from promptmix.core import jsonl
from promptmix.core.records import Completion
from promptmix.llm.client import PACKS
from promptmix.llm.store.database import Store, store_path
from promptmix.llm.store.packs import write_pack

NAME = "completions.jsonl"


def record_answers() -> None:
    """Write the packs of every data set and seed that params.yaml names; packs of others are removed.

    Raises:
        LLMError: the store lacks an answer; the packs stay as they are.
    """
    keys: dict[Path, list[str]] = defaultdict(list)
    for stage in pipeline.stages(params.load_all()):
        for file in _completions(stage):
            pack = PACKS / f"{_name(stage)}.jsonl.gz"
            keys[pack] += [completion.key for completion in jsonl.read(file, Completion)]
    wanted = {pack: found for pack, found in keys.items() if found}
    store = Store(store_path())
    records = {pack: store.records(found) for pack, found in wanted.items()}
    for pack, found in records.items():  # only now, when nothing is missing
        write_pack(pack, found)
        typer.echo(f"{pack}: {len(found)} answers, {pack.stat().st_size // 1000} kB")
    for pack in set(PACKS.glob("*.jsonl.gz")) - records.keys():
        pack.unlink()


def _name(stage: pipeline.Stage) -> str:
    """Return the data set and seed of a stage; ``models`` for the questions that found out what a model can do."""
    return f"{stage.item['dataset']}-{stage.item['seed']}" if stage.item else "models"


def _completions(stage: pipeline.Stage) -> Iterator[Path]:
    """Yield the files of completions that a stage wrote, as an output or in a folder that is one."""
    for out in stage.outs:
        if out.name == NAME:
            yield out
        elif (out / NAME).exists():
            yield out / NAME
