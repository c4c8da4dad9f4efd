"""Fetch the models that params.yaml names, and write down exactly which bytes they are."""

from pathlib import Path

from promptmix import params
from promptmix.core import command
from promptmix.models import pretrained


def main(writer: Path, relabeler: Path, encoder: Path, backbone: Path) -> None:
    """Resolve each model, fetch its files, write its manifest."""
    settings = params.read()
    llm = settings.llm
    relabel_model, relabel_endpoint = llm.relabel_model or llm.model, llm.relabel_endpoint or llm.endpoint
    models = {
        writer: pretrained.resolve(settings.llm.model, settings.llm.endpoint),
        relabeler: pretrained.resolve(relabel_model, relabel_endpoint),
        encoder: pretrained.resolve(settings.encoder.model, "none"),
        backbone: pretrained.resolve(settings.distill.backbone, "none"),
    }
    for path, model in models.items():
        pretrained.prepare(model)
        model.save(path)


if __name__ == "__main__":
    command.run(main)
