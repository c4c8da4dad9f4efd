"""The verbs' options; a verb's module is imported when the verb runs."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

PREDICT, SERVE, PIPELINE = "requirements-predict.txt", "requirements-serve.txt", "requirements.txt"
NEEDS = {"predict": PREDICT, "evaluate": PREDICT, "push": PREDICT, "serve": SERVE}
"""What a verb needs beside the command line itself; the other verbs need the pipeline."""

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a released classifier.")]
Int8 = Annotated[bool, typer.Option("--int8", help="Use the smaller, faster model.")]
TextColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the texts, if it is not plain.")]


class Fallback(StrEnum):
    """Who labels the texts that the classifier is not sure of."""

    llm = "llm"


def predict_verb(
    model: Model,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A .csv, .tsv, .jsonl, .parquet or .txt file.")
    ] = None,
    text: TextColumn = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="FILE", help="Its suffix is the format.")] = None,
    min_confidence: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="X", help="Leave texts unlabeled below this confidence.")
    ] = 0.0,
    int8: Int8 = False,
    fallback: Annotated[
        Fallback | None, typer.Option(help="Have the language model label what is left; in the repository alone.")
    ] = None,
) -> int:
    """Label the texts of a file, or the lines of a pipe; adds the columns label and confidence."""
    from promptmix.cli.classifier.predict import Options, predict

    return predict(Options(model, file, text, out, min_confidence, int8, fallback is not None))


def evaluate_verb(
    model: Model,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Texts and their true labels.")],
    text: TextColumn = None,
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of the labels, if it is not plain.")
    ] = None,
    int8: Int8 = False,
) -> str:
    """Print accuracy with its interval, F1, scores by class, and accuracy against coverage."""
    from promptmix.cli.classifier.evaluate import evaluate

    return evaluate(model, file, text, label, int8=int8)


def serve_verb(
    model: Model,
    host: Annotated[str, typer.Option(help="Address to listen on; another than loopback needs a token.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any free one.")] = 8000,
    token: Annotated[
        str | None, typer.Option(envvar="PROMPTMIX_TOKEN", show_envvar=True, help="What clients must send.")
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, help="Requests a second and client.")] = 1_000.0,
    max_body: Annotated[int, typer.Option(min=1, metavar="BYTES", help="Largest request.")] = 1_000_000,
    int8: Int8 = False,
) -> None:
    """Serve a classifier over HTTP: POST /predict, GET /health and /metrics, a page to try a text."""
    from promptmix.classifier.guard import Limits
    from promptmix.cli.classifier.serve import serve_classifier

    serve_classifier(model, host, port, token, Limits(body=max_body, rate=rate), int8=int8)


def push_verb(
    model: Model,
    repository: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="Repository on the hub.")],
    private: Annotated[bool, typer.Option("--private", help="Make it so that only its owners see it.")] = False,
) -> str:
    """Upload a classifier to the Hugging Face hub, with the token of HF_TOKEN or `hf auth login`."""
    from promptmix.cli.classifier.push import push

    return push(model, repository, private=private)


def not_installed(error: ModuleNotFoundError, words: Sequence[str]) -> str:
    """Return the line that says what is to be installed.

    Args:
        error: Names the package; one of promptmix itself is a bug, and is raised again.
        words: The command line behind ``promptmix``.
    """
    if (error.name or "").partition(".")[0] in ("promptmix", "stages", ""):
        raise error
    needed = PIPELINE if "--fallback" in words else NEEDS.get(words[0] if words else "", PIPELINE)
    return f"error: {error.name} is not installed; `pip install -r {needed}`"


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("predict")(predict_verb)
    app.command("evaluate")(evaluate_verb)
    app.command("serve")(serve_verb)
    app.command("push")(push_verb)
