"""What the command line of ``promptmix new`` gives: files and what they are, columns, words on the texts."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from promptmix.core.errors import DataError
from promptmix.corpora.local import NAMES, file_names
from promptmix.corpora.readers import READERS, reader
from promptmix.corpora.settings import ColumnChoice, ColumnChoices, DataSettings

HUB = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+?)(@(?P<revision>[\w.-]+))?")


class Given(NamedTuple):
    """The options; None where one is not given."""

    text: str | None = None
    label: str | None = None
    about: str | None = None
    language: str | None = None
    test: Path | None = None
    validation: Path | None = None
    unlabeled: Path | None = None
    delimiter: str | None = None
    sheet: str | None = None
    config: str | None = None
    """Of a data set of the hub that has several."""

    def settings(self) -> DataSettings:
        """Return what dataset.yaml is to say.

        Raises:
            DataError: an option has no value, or more than a line of it.
        """
        for option in ("text", "label", "about", "language", "sheet", "config"):
            value = getattr(self, option)
            if value is not None and len(value.strip().splitlines()) != 1:
                raise DataError(f"--{option} {value!r}: must be one line of text")
        columns = ColumnChoices(text=_column(self.text), label=_column(self.label))
        delimiter = {"\\t": "\t", "tab": "\t"}.get(self.delimiter or "", self.delimiter)
        if delimiter is not None and len(delimiter) != 1:
            raise DataError(f"--delimiter {self.delimiter}: one character, or tab")
        return DataSettings(
            columns=columns, delimiter=delimiter, sheet=self.sheet, about=self.about, language=self.language
        )


def hub_name(sources: Sequence[str]) -> tuple[str, str | None] | None:
    """Return the repository and revision of the hub that is named in place of files; None where files are."""
    found = HUB.fullmatch(sources[0]) if len(sources) == 1 else None
    if found is None or Path(sources[0]).exists() or reader(sources[0]) is not None:
        return None
    return found["repo"], found["revision"]


def files_by_split(sources: Sequence[str], given: Given) -> dict[str, Path]:
    """Tell which file is which split: by the options, then by the words in the names; one file alone is train.

    Raises:
        DataError: a file is not there or in no known format, two are one split, or none is train.
    """
    options = {split: getattr(given, split) for split in NAMES if split != "train"}
    found: dict[str, Path] = {split: path for split, path in options.items() if path}
    paths, named = [Path(source) for source in sources], len(sources) > 1
    for path in paths:
        split = (_split_of(path) if named else None) or "train"
        if split in found:
            raise DataError(f"{found[split]} and {path} could each be {split}; {_remedy(split)}")
        found[split] = path
    if "train" not in found:
        raise DataError(f"{', '.join(sources)}: none of them is train; name a file of labeled texts train.*")
    for split, path in found.items():
        _check(split, path)
    return found


def _remedy(split: str) -> str:
    others = ", ".join(f"--{each} FILE" for each in NAMES if each != "train")
    return f"leave out one, or say what it is: {others}" if split == "train" else "leave out one of them"


def _split_of(path: Path) -> str | None:
    words = set(re.split(r"[\W_\d]+", path.stem.lower()))
    splits = [split for split, stems in NAMES.items() if words & {*stems}]
    return splits[0] if len(splits) == 1 else None


def _check(split: str, path: Path) -> None:
    if not path.is_file():
        found = "a folder; name the files in it" if path.is_dir() else "no such file"
        raise DataError(f"{path}: {found}")
    if copied_name(split, path) not in file_names(split):
        raise DataError(f"{path}: none of {', '.join(READERS)}; save it as one of them")


def copied_name(split: str, path: Path) -> str:
    """Return what a file is called in the folder of the data set."""
    return f"{split}{path.suffix.lower()}"


def _column(name: str | None) -> ColumnChoice | None:
    return int(name) if name and name.isdecimal() and int(name) else name


def renamed(words: str, names: Mapping[str, str]) -> str:
    """Return a message about copied files with the names of the files that they were copied from."""
    for copied, own in names.items():
        words = re.sub(rf"(?<![\w./-]){re.escape(copied)}(?![\w-])", own.replace("\\", r"\\"), words)
    return words
