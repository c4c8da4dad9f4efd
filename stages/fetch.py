"""Fetch the models that params.yaml names, and write down exactly which bytes they are."""

from pathlib import Path

from promptmix import params
from promptmix.core import command
from promptmix.models.pretrained import prepare, resolve


def main(writer: Path, relabeler: Path, encoder: Path, backbone: Path) -> None:
    """Resolve each model, fetch its files, write its manifest."""
    llm, encoding, distill = params.load("llm", "encoder", "distill")
    models = {
        writer: resolve(llm.model, llm.endpoint),
        relabeler: resolve(llm.relabel_model or llm.model, llm.relabel_endpoint or llm.endpoint),
        encoder: resolve(encoding.model, "none"),
        backbone: resolve(distill.backbone, "none"),
    }
    for path, model in models.items():
        prepare(model)
        model.save(path)


if __name__ == "__main__":
    command.run(main)
