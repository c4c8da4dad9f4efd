"""Have the language model write texts that mix classes, where an arm needs them, and keep every usable line."""

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
    """Read shots and classes, generate, write prompts, completions, generated and rejected lines."""
    settings, harvest = params.read(), generate.Harvest()
    name = f"generate {dataset}-{seed}"
    if assemble.need("generate", settings.arms):
        infos, examples = jsonl.read(classes, ClassInfo), jsonl.read(shots, Example)
        model = Pretrained.load(encoder)
        near = writing.near(settings.generate.partner, infos, examples, model, settings.encoder.max_tokens)
        with client.asker(name, Pretrained.load(writer), settings) as asker:
            harvest = writing.write(settings.generate, infos, examples, ("mix", dataset, seed), asker, near)
        say(f"{name}: {generate.summary(infos, writing.wanted(settings.generate), harvest)}")
    else:
        say(f"{name}: nothing is asked, no arm that is listed needs written texts")
    writing.save(harvest, out)


if __name__ == "__main__":
    command.run(main)
