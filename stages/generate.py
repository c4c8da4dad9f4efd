"""Have the language model write texts that mix classes, where an arm needs them, and keep every usable line."""

from pathlib import Path

from promptmix import arms, command, generating, jsonl, params, writing
from promptmix.llm import asking
from promptmix.llm.progress import say
from promptmix.pretrained import Pretrained
from promptmix.records import ClassInfo, Example


def main(shots: Path, classes: Path, writer: Path, encoder: Path, dataset: str, seed: int, out: Path) -> None:
    """Read shots and classes, generate, write prompts, completions, generated and rejected lines."""
    settings, harvest = params.load(), generating.Harvest()
    name = f"generate {dataset}-{seed}"
    if arms.need("generate", settings.arms):
        infos, examples = jsonl.read(classes, ClassInfo), jsonl.read(shots, Example)
        model = Pretrained.load(encoder)
        near = writing.near(settings.generate.partner, infos, examples, model, settings.encoder.max_tokens)
        with asking.asker(name, Pretrained.load(writer), settings) as asker:
            harvest = writing.write(settings.generate, infos, examples, ("mix", dataset, seed), asker, near)
        say(f"{name}: {generating.summary(infos, writing.wanted(settings.generate), harvest)}")
    else:
        say(f"{name}: nothing is asked, no arm that is listed needs written texts")
    writing.save(harvest, out)


if __name__ == "__main__":
    command.run(main)
