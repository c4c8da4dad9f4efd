"""Data sets of the Hugging Face hub, through ``datasets``: a folder in data/raw/ that holds a ``hub.yaml``.

::

    repo: SetFit/subj           # or a local folder that `datasets` can load
    revision: 0123456789abcdef0123456789abcdef01234567
    text: text                  # columns
    label: label_text
    train: train                # splits
    test: test

``datasets`` says which files a split has, and how numbered classes are called. The files are read like a user's own,
because it would read CSV with the guesses of pandas: "NA" as nothing, 0012 as 12, a first column as row names.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml
from promptmix.corpora.base import FileRecord, Splits, Table, first_few
from promptmix.corpora.class_names import with_class_names
from promptmix.corpora.columns import choose_columns
from promptmix.corpora.local import NAMES, checked_splits
from promptmix.corpora.readers import READERS, reader
from promptmix.corpora.settings import ColumnChoices, DataSettings


class HubSource(BaseModel):
    """The content of a hub.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    repo: str
    revision: str = ""
    """Commit, 40 hexadecimal digits, so that the same bytes come back next year; nothing for a local folder."""

    config: str | None = None
    """Which part of a data set that has several."""

    text: str
    label: str
    """A column of names, or of numbers that the data set itself names (``ClassLabel``)."""

    train: str
    test: str | None = None
    validation: str | None = None
    unlabeled: str | None = None

    def columns(self) -> ColumnChoices:
        """Return the columns as dataset.yaml would name them."""
        return ColumnChoices(text=self.text, label=self.label)


def read_hub(path: Path, settings: DataSettings) -> Splits:
    """Load a data set as hub.yaml describes it; its rows are checked as those of a user's own files.

    Args:
        path: The hub.yaml.
        settings: Those of dataset.yaml; the columns of hub.yaml go before its own.

    Raises:
        DataError: hub.yaml or a row cannot be used, or the data set cannot be loaded or lacks a split or column.
    """
    source = _source(path)
    settings = settings.model_copy(update={"columns": source.columns()})
    tables = _Files(path, source, settings, _builder(path, source)).tables()
    return checked_splits(tables, settings.columns)


def pinned(repo: str, revision: str | None, config: str | None, choose: Callable[[Table], ColumnChoices]) -> HubSource:
    """Return the hub.yaml of a data set as it is now, or at a branch, tag or commit: its splits by the usual names.

    Args:
        repo: OWNER/NAME.
        revision: None for the newest commit.
        config: Which part of a data set that has several; None for the only one.
        choose: Says which columns of train are text and label.

    Raises:
        DataError: the data set cannot be reached or loaded, or has no train split.
    """
    place = Path(repo)  # what messages begin with
    source = HubSource(repo=repo, revision=_commit(repo, revision), config=config, text="", label="", train="train")
    files = _Files(place, source, DataSettings(), _builder(place, source))
    there = {str(name) for name in files.builder.config.data_files or {}}
    names = {split: next((stem for stem in stems if stem in there), None) for split, stems in NAMES.items()}
    (train,) = with_class_names([files.read(files.of_split(names["train"] or "train")[0])], files.features())
    chosen = choose_columns(train, choose(train))
    text, label = (chosen.header.names[at] for at in (chosen.text, chosen.label or 0))
    return source.model_copy(update={**names, "text": text, "label": label})


def _commit(repo: str, revision: str | None) -> str:
    from huggingface_hub import HfApi

    try:
        return str(HfApi().dataset_info(repo, revision=revision, timeout=30).sha)
    except Exception as error:  # no network, no such data set, one that wants a token: all in the words of the package
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"{repo}: not found on the Hugging Face hub ({type(error).__name__}: {reason})") from None


def _source(path: Path) -> HubSource:
    try:
        source = HubSource.model_validate(read_yaml(path, DataError))
    except ValidationError as error:
        fault = error.errors()[0]
        raise DataError(f"{path}: {'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}") from None
    if not Path(source.repo).is_dir() and not re.fullmatch("[0-9a-f]{40}", source.revision):
        raise DataError(f"{path}: revision: {source.revision!r} is not a commit of 40 hexadecimal digits; see the hub")
    return source


def _builder(path: Path, source: HubSource) -> Any:
    import datasets  # here, because it takes a second and most data sets do not need it

    datasets.disable_progress_bars()
    try:
        return datasets.load_dataset_builder(source.repo, source.config, revision=source.revision or None)
    except Exception as error:  # whatever a package finds wrong with a folder or a repository that is not ours
        raise _not_loaded(path, source, error) from None


def _not_loaded(path: Path, source: HubSource, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200]
    return DataError(f"{path}: {source.repo} cannot be loaded ({type(error).__name__}: {reason})")


@dataclass(frozen=True)
class _Files:
    """The files of a data set, by split."""

    path: Path
    """The hub.yaml."""

    source: HubSource
    settings: DataSettings
    builder: Any

    def tables(self) -> dict[str, Table | None]:
        """Return all records of each split, from one file or from several; None where hub.yaml names none."""
        source = self.source
        names = {
            "train": source.train,
            "test": source.test,
            "validation": source.validation,
            "unlabeled": source.unlabeled,
        }
        files = {split: self.of_split(name) if name else [] for split, name in names.items()}
        named = iter(with_class_names([self.read(file) for each in files.values() for file in each], self.features()))
        shards = {split: [next(named) for _ in each] for split, each in files.items()}
        return {split: self._joined(each, split) if each else None for split, each in shards.items()}

    def features(self) -> dict[str, Any]:
        """Return the types of the columns, as far as the data set says them."""
        return dict(self.builder.info.features.to_dict()) if self.builder.info.features else {}

    def of_split(self, split: str) -> list[str]:
        """Return the files of a split.

        Raises:
            DataError: there is no such split.
        """
        files = {str(name): each for name, each in (self.builder.config.data_files or {}).items()}
        if split not in files:
            there = first_few(sorted(files)) or "none"
            raise DataError(f"{self.path}: {self.source.repo} has no split {split!r}, it has {there}")
        return list(files[split])

    def _joined(self, tables: Sequence[Table], split: str) -> Table:
        """Return the records of several tables in the columns of the first, which the others may order otherwise."""
        for table in tables:
            wanted = [self.source.text, *([self.source.label] if split != "unlabeled" else [])]
            self._check_columns(table.name, table.columns or (), wanted)
        records = [record for table in tables for record in _in_columns(table, tables[0].columns or ())]
        return tables[0]._replace(records=records)

    def _check_columns(self, name: str, columns: Sequence[str], wanted: Sequence[str]) -> None:
        if missing := set(wanted) - set(columns):
            found = first_few(columns, 12) or "none"
            raise DataError(f"{self.path}: {name} has no column {first_few(sorted(missing))}, it has {found}")
        for each in wanted:
            if columns.count(each) > 1:
                raise DataError(f"{self.path}: {name} has two columns {each!r}; rename one of them")

    def read(self, file: str) -> Table:
        """Read one file; a header becomes the names of its columns."""
        place, read = _place(self.source, file), reader(file)
        if read is None:
            known = ", ".join(READERS)
            raise DataError(f"{self.path}: {place} is none of {known}; convert it, and put it into {self.path.parent}")
        try:
            data = _local(self.source, file).read_bytes()
        except (OSError, ValueError) as error:
            raise _not_loaded(self.path, self.source, error) from None
        table = read(place, data, self.settings)
        if table.columns is None and table.records:
            header, *records = table.records
            return table._replace(columns=tuple(str(name).strip() for name in header.values), records=records)
        return table


def _in_columns(table: Table, columns: Sequence[str]) -> Sequence[FileRecord]:
    """Return the records of a table in other columns; a record that is too short or too long for its own stays so."""
    own = table.columns or ()
    if tuple(columns) == own:
        return table.records
    at = [own.index(name) if name in own else None for name in columns]
    records = []
    for place, values in table.records:
        whole = [*values, *[None] * (len(own) - len(values))]
        moved = [None if each is None else whole[each] for each in at] + whole[len(own) :]
        records.append(FileRecord(place, moved if len(values) >= len(own) else moved[: len(columns) - 1]))
    return records


def _place(source: HubSource, file: str) -> str:
    """Return what messages call a file: its path in the repository of the hub, or on disk."""
    path = inside(file)
    return f"{source.repo}/{path}" if path else os.path.relpath(file)


def _local(source: HubSource, file: str) -> Path:
    """Return where a file is on disk; one of the hub is downloaded once."""
    from huggingface_hub import hf_hub_download

    path = inside(file)
    if path is None:
        return Path(file)
    return Path(hf_hub_download(source.repo, path, revision=source.revision, repo_type="dataset"))


def inside(file: str) -> str | None:
    """Return the path in the repository of a file such as ``hf://datasets/OWNER/NAME@COMMIT/PATH``."""
    found = re.fullmatch(r"hf://datasets/[^@]+@[^/]+/(?P<path>.+)", file)
    return found["path"] if found else None
