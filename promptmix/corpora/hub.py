"""Data sets of the Hugging Face hub, through ``datasets``: a folder in data/raw/ that holds a ``hub.yaml``.

::

    repo: SetFit/subj           # or a local folder that `datasets` can load
    revision: 0123456789abcdef0123456789abcdef01234567
    text: text                  # columns
    label: label_text
    train: train                # splits
    test: test
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml
from promptmix.corpora.base import Splits
from promptmix.corpora.local import Table, checked_splits


class HubSource(BaseModel):
    """The content of a hub.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    repo: str
    revision: str
    """Commit, 40 hexadecimal digits, so that the same bytes come back next year; nothing for a local folder."""

    text: str
    label: str
    """A column of names, or of numbers that the data set itself names (``ClassLabel``)."""

    train: str
    test: str


def read_hub(path: Path) -> Splits:
    """Load a data set as hub.yaml describes it; its rows are checked as those of a user's own files.

    Raises:
        DataError: hub.yaml or a row cannot be used, or the data set cannot be loaded or lacks a split or column.
    """
    source = _source(path)
    return checked_splits(*(_table(path, source, split) for split in (source.train, source.test)))


def _source(path: Path) -> HubSource:
    try:
        source = HubSource.model_validate(read_yaml(path, DataError))
    except ValidationError as error:
        fault = error.errors()[0]
        raise DataError(f"{path}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    if not Path(source.repo).is_dir() and not re.fullmatch("[0-9a-f]{40}", source.revision):
        raise DataError(f"{path}: revision: {source.revision!r} is not a commit of 40 hexadecimal digits; see the hub")
    return source


def _table(path: Path, source: HubSource, split: str) -> Table:
    rows = _load(path, source, split)
    if missing := {source.text, source.label} - set(rows.column_names):
        raise DataError(f"{path}: {source.repo} has no column {sorted(missing)}, it has {rows.column_names}")
    class_name = getattr(rows.features[source.label], "int2str", str)
    try:
        labels = [class_name(label) for label in rows[source.label]]
    except ValueError:
        raise DataError(f"{path}: split {split} of {source.repo} has texts without a label") from None
    name = f"{source.repo}/{split}"
    return Table(name, _records(name, rows[source.text], labels))


def _records(name: str, texts: Any, labels: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1):
        yield f"{name}:{number}", {"text": text, "label": label}


def _load(path: Path, source: HubSource, split: str) -> Any:
    import datasets  # here, because it takes a second and most data sets do not need it

    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset(source.repo, revision=source.revision or None, split=split)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{path}: {source.repo} cannot be loaded ({type(error).__name__}: {reason})") from None
