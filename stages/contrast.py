"""Have the language model write texts of one class each, for the arm no_mixing alone: nothing is asked without it."""

from pathlib import Path

from promptmix import arms, command, generating, jsonl, params, writing
from promptmix.llm import asking
from promptmix.llm.progress import say
from promptmix.pretrained import Pretrained
from promptmix.records import ClassInfo, Example


def main(shots: Path, classes: Path, writer: Path, encoder: Path, dataset: str, seed: int, out: Path) -> None:
    """Read shots and classes, generate by the prompt's twin without mixing, write what ``generate`` writes."""
    settings = params.load()
    infos, harvest = jsonl.read(classes, ClassInfo), generating.Harvest()
    if arms.need("contrast", settings.arms):
        examples, wish = jsonl.read(shots, Example), writing.without_mixing(settings.generate)
        name = f"contrast {dataset}-{seed}"
        model = Pretrained.load(encoder)
        near = writing.near(wish.partner, infos, examples, model, settings.encoder.max_tokens)
        with asking.asker(name, Pretrained.load(writer), settings) as asker:
            harvest = writing.write(wish, infos, examples, ("contrast", dataset, seed), asker, near)
        say(f"{name}: {generating.summary(infos, writing.wanted(wish), harvest)}")
    writing.save(harvest, out)


if __name__ == "__main__":
    command.run(main)
