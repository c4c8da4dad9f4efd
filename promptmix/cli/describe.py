"""Has the language model draft classes.yaml from the names and shots of the classes, for a person to edit."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from promptmix import params
from promptmix.cli import drafts, pipeline
from promptmix.cli.overrides import overridden
from promptmix.cli.repository import require_root
from promptmix.core import seeds
from promptmix.core.errors import DataError, LLMError
from promptmix.core.files import replacing
from promptmix.core.records import Completion, Question, folded
from promptmix.corpora.compile import Compiled, compile_dataset
from promptmix.corpora.shots import draw_shots
from promptmix.llm.client import open_client
from promptmix.llm.context import open_context
from promptmix.llm.request import Sampling
from promptmix.models.pretrained import prepare, resolve
from promptmix.prompts.fit import Fitter
from promptmix.prompts.render import one_line

if TYPE_CHECKING:
    from promptmix.params import Params

MOST_WORDS = 40  # of a description; a reply with more is an essay
OPENING = re.compile(r"^.{0,80}?\bwhich (is|are) about\b[\s:]*", re.IGNORECASE)
MARKS = "\"'`*_“”‘’«»「」 \t-–—•:"


def describe_classes(name: str, overrides: Sequence[str]) -> str:
    """Draft the descriptions of a data set's classes, write them where none are lost, and return what was written.

    The file is classes.yaml where there is none, or only the one without a description that ``promptmix new`` wrote;
    else classes.draft.yaml beside it. A draft is never written over.

    Args:
        name: A folder of data/raw.
        overrides: ``key=value`` of params.yaml.

    Raises:
        DataError: there is no such data set, it cannot be used, or a draft is there already.
        LLMError: the model cannot be asked, or one of its replies is no description.
        ParamsError: an override cannot be used.
    """
    require_root()
    settings = overridden(overrides)
    pipeline.require_datasets(settings.model_copy(update={"datasets": [name]}))
    folder = pipeline.raw() / name
    compiled = compile_dataset(name, folder, settings.compile, settings.sample.shots)
    labels = [info.label for info in compiled.classes]
    path = _place(folder, drafts.empty_class_lines(labels))
    lines = drafts.class_lines(_described(name, compiled, settings), settings.llm.model)
    with replacing(path) as file:
        file.write(lines)
    return f"{path}:\n{lines}"


def _place(folder: Path, empty: str) -> Path:
    """Return the file to write, before anything is asked."""
    there = [path for path in (folder / "classes.yaml", folder / "classes.yml") if path.exists()]
    if not there or [path.read_text(encoding="utf-8", errors="replace") for path in there] == [empty]:
        return folder / drafts.CLASSES
    if (draft := folder / drafts.DRAFT).exists():
        raise DataError(f"{draft}: is there already, and so is {there[0].name}; rename or delete one of them")
    return draft


def _described(name: str, compiled: Compiled, settings: "Params") -> dict[str, str]:
    """Ask for the description of every class; shots are those of the first seed."""
    shots = draw_shots(compiled.train, settings.sample.shots, seeds.rng("sample", name, settings.seeds[0]))
    labels = [info.label for info in compiled.classes]
    llm = settings.llm.model_copy(update={"batch_api": False})  # a batch may take a day
    model, asking = resolve(llm.model, llm.endpoint), params.asking()
    prepare(model)
    how = Sampling("chat", 0.0, 1.0, settings.relabel.max_tokens)
    with open_context(model, llm, asking) as context, open_client(f"describe {name}", model, llm, asking) as client:
        fitter = Fitter(lambda text: context.fits(text, how), compiled.info)
        prompts = [fitter.draft_description(compiled.classes, shots, label) for label in labels]
        questions = [
            Question(id=f"describe/{label}", text=prompt.text, shared=prompt.shared, draw=0)
            for label, prompt in zip(labels, prompts, strict=True)
        ]
        completions = list(client.ask(questions, how))
    return _read(name, dict(zip(labels, completions, strict=True)))


def _read(name: str, completions: dict[str, Completion]) -> dict[str, str]:
    """Return the descriptions in the model's replies.

    Raises:
        LLMError: a reply holds none; the others are shown, so that they are not lost.
    """
    found = {label: description_in(completion, label) for label, completion in completions.items()}
    good = {label: words for label, (words, _) in found.items() if words}
    bad = [f"{label!r}: {why}" for label, (words, why) in found.items() if not words]
    if not bad:
        return good
    if good:
        typer.echo(drafts.yaml_lines(good), nl=False)
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    raise LLMError(
        f"describe {name}: {len(bad)} of {len(found)} replies are no description: {'; '.join(bad[:3])}{more}; nothing"
        " is written; try another model with -S llm.model=NAME, or write classes.yaml by hand"
    )


def description_in(completion: Completion, label: str) -> tuple[str, str]:
    """Return the description in a reply, without the words and marks around it; or "" and why there is none."""
    if completion.finish == "refused":
        return "", f"refused ({completion.reason or 'without a reason'})"
    lines = [line.strip(MARKS) for line in completion.text.splitlines() if line.strip(MARKS)]
    if lines and folded(lines[0]) == folded(label):
        lines = lines[1:]
    words = one_line(OPENING.sub("", lines[0])).strip(MARKS).rstrip(".。．।۔") if lines else ""
    words = re.sub(rf"^{re.escape(label)}\s*(:|is about\b)\s*", "", words, flags=re.IGNORECASE)
    if not any(character.isalnum() for character in words):
        return "", f"empty, got {completion.text[:60]!r}"
    if completion.finish == "length" and len(lines) == 1:
        return "", f"cut off, got {words[:60]!r} …"
    if len(words.split()) > MOST_WORDS:
        return "", f"{len(words.split())} words, got {words[:60]!r} …"
    if folded(words.replace("_", " ")) == folded(label.replace("_", " ")):
        return "", "only the name again"
    return words, ""
