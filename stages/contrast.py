"""Have the language model write texts of one class each, for the arm no_mixing alone: nothing is asked without it."""

from pathlib import Path

from promptmix import params
from promptmix.arms import assemble
from promptmix.core import command, jsonl
from promptmix.core.records import ClassInfo, Example
from promptmix.generation import generate
from promptmix.generation import writer as writing
from promptmix.llm import client
from promptmix.llm.engine.progress import say
from promptmix.models.pretrained import Pretrained


def main(shots: Path, classes: Path, writer: Path, encoder: Path, dataset: str, seed: int, out: Path) -> None:
    """Read shots and classes, generate by the prompt's twin without mixing, write what ``generate`` writes."""
    settings = params.read()
    infos, harvest = jsonl.read(classes, ClassInfo), generate.Harvest()
    if assemble.need("contrast", settings.arms):
        examples, wish = jsonl.read(shots, Example), writing.without_mixing(settings.generate)
        name = f"contrast {dataset}-{seed}"
        model = Pretrained.load(encoder)
        near = writing.near(wish.partner, infos, examples, model, settings.encoder.max_tokens)
        with client.asker(name, Pretrained.load(writer), settings) as asker:
            harvest = writing.write(wish, infos, examples, ("contrast", dataset, seed), asker, near)
        say(f"{name}: {generate.summary(infos, writing.wanted(wish), harvest)}")
    writing.save(harvest, out)


if __name__ == "__main__":
    command.run(main)
