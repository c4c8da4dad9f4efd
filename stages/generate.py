"""Have the language model write texts where an arm needs them: texts that mix classes, or for contrast of one class."""

from pathlib import Path
from typing import Literal

from promptmix import params
from promptmix.arms import need
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.generation.harvest import FIRST, Harvest, describe_harvest
from promptmix.generation.writer import fitter_for, neighbors_for, save_harvest, without_mixing, write_texts
from promptmix.llm.client import open_client
from promptmix.llm.context import open_context
from promptmix.llm.engine.progress import log
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained


def main(
    purpose: Literal["mix", "contrast"], dataset: str, seed: int,
    writer: Path, encoder: Path, compiled: Path, shots: Path, out: Path,
) -> None:  # fmt: skip
    """Read shots and classes, generate, write prompts, completions, generated and rejected lines."""
    arms, generate, encoding, llm = params.load("arms", "generate", "encoder", "llm")
    stage: Literal["generate", "contrast"] = "generate"
    if purpose == "contrast":
        stage, generate = "contrast", without_mixing(generate)
    name, harvest = f"{stage} {dataset}-{seed}", Harvest()
    if need(stage, arms):
        infos, examples = jsonl.read(compiled / "classes.jsonl", ClassInfo), jsonl.read(shots, Example)
        encode = SentenceEncoder(Pretrained.load(encoder), encoding.max_tokens).encode
        neighbors = neighbors_for(generate, encode, infos, examples)
        model, asking = Pretrained.load(writer), params.asking()
        info = jsonl.read_one(compiled / "dataset.json", DataInfo)
        first = 0 if llm.batch_api else FIRST  # a batch may take a day
        with open_context(model, llm, asking) as context, open_client(name, model, llm, asking) as client:
            fitter = fitter_for(generate, context, info)
            harvest = write_texts(generate, infos, examples, (purpose, dataset, seed), client, neighbors, fitter, first)
        if cut := fitter.describe():
            log(f"{name}: {cut}")
        log(f"{name}: {describe_harvest(generate, infos, harvest)}")
    else:
        log(f"{name}: no prompts sent, because no arm in params.yaml needs generated texts")
    save_harvest(harvest, out)


if __name__ == "__main__":
    command.run(main)
