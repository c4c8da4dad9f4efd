"""Fetch the models that params.yaml names, write down which bytes they are, and find out what hosted ones can do."""

from pathlib import Path

from promptmix import params
from promptmix.core import command, jsonl
from promptmix.core.records import Completion
from promptmix.llm.client import open_client
from promptmix.llm.engine.progress import log
from promptmix.llm.greeting import Greeter, writing
from promptmix.models.pretrained import describe_scoring, prepare, resolve


def main(writer: Path, relabeler: Path, encoder: Path, backbone: Path, completions: Path) -> None:
    """Resolve each model, fetch its files, write its manifest; greet hosted language models before anything is paid."""
    llm, encoding, distill, generate, relabel = params.load("llm", "encoder", "distill", "generate", "relabel")
    models = {
        writer: resolve(llm.model, llm.endpoint),
        relabeler: resolve(llm.relabel_model or llm.model, llm.relabel_endpoint or llm.endpoint),
        encoder: resolve(encoding.model, "none"),
        backbone: resolve(distill.backbone, "none"),
    }
    asked: list[Completion] = []
    for path, model in models.items():
        prepare(model)
        if model.is_hosted:
            name = f"fetch {path.stem}"
            with open_client(name, model, llm.model_copy(update={"batch_api": False}), params.asking()) as client:
                greeter = Greeter(client)
                if path != relabeler or model != models[writer]:
                    greeter.greet(writing(generate))
                if path == relabeler and relabel.method != "answer":
                    found = greeter.scoring(relabel.top_logprobs, relabel.max_tokens)
                    models[path] = model.model_copy(update={"scoring": found})
                    log(f"{name}: {describe_scoring(models[path])}")
            asked += greeter.completions
        models[path].save(path)
    jsonl.write(completions, asked)


if __name__ == "__main__":
    command.run(main)
