"""Pack the answers behind the present outputs into data/answers/, one pack a data set and seed, for ``make replay``."""

from pathlib import Path

from promptmix import params
from promptmix.cli.running import run, say
from promptmix.core import jsonl
from promptmix.core.records import Completion
from promptmix.llm.store import packs
from promptmix.llm.store.database import Store, path


def main(folder: Path) -> None:
    """Write the packs of every data set and seed that params.yaml names; packs of others are removed.

    Raises:
        LLMError: the store lacks an answer; the packs stay as they are.
    """
    settings = params.read()
    store = Store(path())
    records = {
        folder / f"{dataset}-{seed}.jsonl.gz": store.records(_keys(dataset, seed))
        for dataset in settings.datasets
        for seed in settings.seeds
    }
    for pack, answers in records.items():  # only now, when nothing is missing
        packs.write(pack, answers)
        say(f"{pack}: {len(answers)} answers, {pack.stat().st_size // 1000} kB")
    for pack in set(folder.glob("*.jsonl.gz")) - records.keys():
        pack.unlink()


def _keys(dataset: str, seed: int) -> list[str]:
    parts = ("generated", "{}"), ("relabeled", "{}"), ("contrast", "{}"), ("predictions", "{}/teacher")
    files = [Path("data") / top / dataset / rest.format(seed) / "completions.jsonl" for top, rest in parts]
    return [completion.key for file in files for completion in jsonl.read(file, Completion)]


if __name__ == "__main__":
    run(main, Path("data/answers"))
