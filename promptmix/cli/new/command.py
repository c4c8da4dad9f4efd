"""Makes a folder of data, compiles it in memory, and shows what was understood; all of it, or nothing is left."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pydantic

from promptmix.cli import drafts, pipeline
from promptmix.cli.new.columns import settled, with_options
from promptmix.cli.new.given import Given, copied_name, files_by_split, hub_name, renamed
from promptmix.cli.overrides import overridden
from promptmix.cli.repository import require_root
from promptmix.core.errors import DataError
from promptmix.core.names import RULE, FolderName
from promptmix.corpora import hub, places
from promptmix.corpora.base import visible
from promptmix.corpora.compile import Compiled, compile_dataset
from promptmix.corpora.readers import reader
from promptmix.corpora.settings import FILE, ColumnChoices, DataSettings

SHOWN = 60  # characters of a text
WIDEST = 24  # column of labels


def make_dataset(name: str, sources: Sequence[str], given: Given) -> str:
    """Make ``data/raw/NAME`` from files or a data set of the hub, and return what was understood, for the user.

    Args:
        name: Of the folder that is made; one that holds anything is never touched.
        sources: Files, or OWNER/NAME of the hub, with @REVISION or without.
        given: The options.

    Raises:
        DataError: there is such a folder, or the data cannot be had or used; nothing is left of the folder then.
    """
    require_root()
    folder, params = _free(name), overridden([])
    repo = hub_name(sources)
    files = {} if repo else files_by_split(sources, given)
    with _staged(folder) as stage:
        own = {copied_name(split, path): str(path) for split, path in files.items()} | {str(stage): str(folder)}
        try:
            _write_settings(stage, _from_hub(stage, repo, given) if repo else _from_files(stage, files, given))
            compiled = compile_dataset(name, stage, params.compile, params.sample.shots)
            labels = [info.label for info in compiled.classes]
            (stage / drafts.CLASSES).write_text(drafts.empty_class_lines(labels), encoding="utf-8")
        except DataError as error:
            raise DataError(renamed(str(with_options(error)), own)) from None
        notes = [renamed(note, own) for note in compiled.notes]
    return "\n".join([*_understood(folder, compiled), *notes, *_next(name)])


def _free(name: str) -> Path:
    """Return the folder to make.

    Raises:
        DataError: it cannot be called so, or is there and holds something.
    """
    try:
        pydantic.TypeAdapter(FolderName).validate_python(name)
    except pydantic.ValidationError:
        raise DataError(f"{name!r}: {RULE.partition(', and')[0]}; choose another name") from None
    folder = pipeline.raw() / name
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(f"{folder}: is there already, and nothing is written over; choose another name, or remove it")
    return folder


@contextmanager
def _staged(folder: Path) -> Iterator[Path]:
    """Yield a folder that takes its final name only when the block ends without an error.

    Raises:
        DataError: a file cannot be written.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        yield stage
        stage.chmod(0o755)
        stage.rename(folder)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror or error})") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _from_files(stage: Path, files: Mapping[str, Path], given: Given) -> DataSettings:
    """Copy the files, and return what dataset.yaml is to say."""
    settings = given.settings()
    train = files["train"]
    read = reader(train.name)
    assert read is not None  # files_by_split has seen to it
    table = read(train.name, places.content_of(train), settings)
    settings = settings.model_copy(update={"columns": settled(table, settings.columns)})
    for split, path in files.items():
        (stage / copied_name(split, path)).write_bytes(places.content_of(path))
    return settings


def _from_hub(stage: Path, repo: tuple[str, str | None], given: Given) -> DataSettings:
    """Write hub.yaml, and return what dataset.yaml is to say."""
    settings = given.settings()
    source = hub.pinned(*repo, given.config, lambda table: settled(table, settings.columns))
    values = source.model_dump(exclude_none=True)
    (stage / "hub.yaml").write_text(drafts.yaml_lines(values), encoding="utf-8")
    return settings.model_copy(update={"columns": ColumnChoices()})


def _write_settings(stage: Path, settings: DataSettings) -> None:
    if values := settings.model_dump(exclude_none=True, exclude_defaults=True):
        (stage / FILE).write_text(drafts.yaml_lines(values), encoding="utf-8")


def _understood(folder: Path, compiled: Compiled) -> Iterator[str]:
    """Yield a line on the splits, then one for each class: how many texts of train and validation, and the first."""
    splits = {"train": compiled.train, "validation": compiled.validation, "test": compiled.test}
    counts = [f"{len(examples)} {split}" for split, examples in splits.items()]
    pool = [] if compiled.pool is None else [f"{len(compiled.pool)} unlabeled"]
    yield f"{folder}: {', '.join([*counts, *pool])} text(s) of {len(compiled.classes)} classes"
    labeled = [*compiled.train, *compiled.validation]
    texts = Counter(example.label for example in labeled)
    first = {example.label: example.text for example in reversed(labeled)}
    width = min(max(len(label) for label in texts), WIDEST)
    for info in compiled.classes:
        yield f"  {visible(info.label):{width}} {texts[info.label]:6}  {_shown(first[info.label])}"


def _shown(text: str) -> str:
    line = visible(" ".join(text.split()))
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _next(name: str) -> list[str]:
    datasets = f"""\"datasets=['{name}']\"""" if name.isdecimal() else f"'datasets=[{name}]'"
    return [
        f"next: say in data/raw/{name}/classes.yaml what each class is about; `promptmix describe {name}` drafts it",
        f"then: git add data/raw/{name} && promptmix run -S {datasets}",
    ]
