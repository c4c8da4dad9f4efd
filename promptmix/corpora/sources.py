"""Finds the original files of a data set, on disk or at their published address, and the descriptions of its classes.

Each public file has one source: an address that names a fixed commit, checked by sha256. The Hugging Face hub is not a
second one, because no revision of its copies could be checked against these bytes when this was written; other data
sets of the hub are named by a ``hub.yaml`` (see :mod:`promptmix.corpora.hub`).

Where files are on disk says :mod:`promptmix.corpora.places`. Downloads are kept in the main repository's ``.cache``.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from promptmix.core import files
from promptmix.core.errors import DataError
from promptmix.core.records import DataInfo
from promptmix.core.yaml_files import read_yaml
from promptmix.corpora import hub, local, places
from promptmix.corpora.base import Corpus, File, Splits, first_few
from promptmix.corpora.public import PUBLIC
from promptmix.corpora.readers import READERS
from promptmix.corpora.settings import read_settings


class DataSet(NamedTuple):
    """What a folder of data says."""

    splits: Splits
    descriptions: dict[str, str] | None
    """Of each class, in the order of classes.yaml; None where there is no such file."""


def read_data(name: str, folder: Path) -> DataSet:
    """Read a data set: the user's own files or hub.yaml where the folder has them, else the public one of that name.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    descriptions = read_descriptions(folder)
    public = PUBLIC.get(name)
    if public is None:
        return DataSet(read_own(folder), descriptions)
    own = _own_file(folder, public)
    if own is None:
        return DataSet(_read_public(name, folder, public), descriptions)
    splits = read_own(folder, public)
    notes = [f"{own} is used, not the public data set of that name"]
    if descriptions and not set(descriptions) & {row.label for row in splits.train}:
        descriptions = None
        notes.append("classes.yaml describes the public data set, and is not used")
    return DataSet(splits._replace(notes=(*notes, *splits.notes)), descriptions)


def read_own(folder: Path, public: Corpus | None = None) -> Splits:
    """Read the rows of a data set of the user's own, from its files or as its hub.yaml says.

    Args:
        folder: Has the files.
        public: The data set of that name, whose files are not the user's own.

    Raises:
        DataError: the files cannot be had, or cannot be used.
    """
    settings = read_settings(places.find_yaml(folder, "dataset"))
    if path := places.find_yaml(folder, "hub"):
        splits = hub.read_hub(path, settings)
        rows = (*splits.train, *splits.test, *(splits.validation or ()))
        known = {Path(row.place.rpartition(":")[0]) for row in rows}
    else:
        corpus = local.corpus(settings)
        found = find_files(folder, corpus.files, public.files if public else ())
        splits = corpus.parse({name: places.content_of(path) for name, path in found.items()})
        known = set(found.values())
    published = {path for file in public.files if (path := _path(folder, file))} if public else set()
    others = places.not_read(folder, {*known, *published, *_yaml_files(folder)})
    note = [f"not read: {first_few(others)}; see docs/data.md for the names of files"] if others else []
    return splits._replace(notes=(*splits.notes, *note))


def _read_public(name: str, folder: Path, public: Corpus) -> Splits:
    found = find_files(folder, public.files)
    splits = public.parse(_contents(public.files, found))
    stems = ["classes", *(["dataset"] if read_info(folder) else [])]
    read = [path for stem in stems if (path := places.find_yaml(folder, stem))]
    others = places.not_read(folder, {*found.values(), *read}, public=True)
    used = f"the public data set {name} is used until a train file or a hub.yaml of your own is here"
    return splits._replace(notes=(*splits.notes, *([f"not read: {first_few(others)}; {used}"] if others else [])))


def _yaml_files(folder: Path) -> list[Path]:
    return [path for stem in ("dataset", "hub", "classes") if (path := places.find_yaml(folder, stem))]


def read_files(folder: Path, wanted: Iterable[File]) -> dict[str, bytes]:
    """Read the original files of one data set, by file name, as :func:`find_files` finds them.

    Raises:
        DataError: a file has another digest than it must have, cannot be downloaded, or none of the files is there.
    """
    wanted = tuple(wanted)
    return _contents(wanted, find_files(folder, wanted))


def find_files(folder: Path, wanted: Iterable[File], published: Iterable[File] = ()) -> dict[str, Path]:
    """Find the original files of one data set, by file name; a public file that is nowhere on disk is downloaded.

    A user's own files are returned where they exist; which of them are needed is for the parser to say.

    Args:
        folder: Where they are looked for first.
        wanted: The files.
        published: Files that are not the user's own.

    Raises:
        DataError: two files serve one name, one cannot be downloaded, or none of the files is there.
    """
    wanted, digests = tuple(wanted), {file.sha256 for file in published}
    found = {
        file.name: path for file in wanted if (path := _path(folder, file, digests) or _download(folder, file, wanted))
    }
    if not found:
        there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        names = first_few([file.name for file in wanted], len(READERS))
        raise DataError(
            f"{folder}: none of {names} is here, found {first_few(there) or 'nothing'}; "
            "put the files there, or correct `datasets` in params.yaml"
        )
    return found


def _contents(wanted: Iterable[File], found: Mapping[str, Path]) -> dict[str, bytes]:
    return {file.name: _bytes(found[file.name], file.sha256) for file in wanted if file.name in found}


def read_descriptions(folder: Path) -> dict[str, str] | None:
    """Read ``classes.yaml``, one ``label: description`` a line, in file order; None where there is no such line.

    Labels and descriptions are the text that is written: ``1``, ``true`` and ``null`` are names like others.

    Raises:
        DataError: it is not YAML, not such a mapping, or a description is not one line of text.
    """
    path = places.find_yaml(folder, "classes")
    if path is None:
        return None
    classes = read_yaml(path, DataError, 'put "..." around labels and descriptions', literal=True)
    if classes is None and places.content_of(path).strip():  # all commented out, as `promptmix new` writes it
        return None
    if not isinstance(classes, dict) or not classes:
        raise DataError(f"{path}: not a list of classes; each line is `label: description`")
    for label, description in classes.items():
        if not isinstance(description, str) or len(description.strip().splitlines()) != 1:
            raise DataError(f"{path}: description of {label!r} is {description!r}; it is one line of text")
    return {label: description.strip() for label, description in classes.items()}


def read_info(folder: Path) -> DataInfo | None:
    """Read what dataset.yaml says of the texts, for prompts; None where it says nothing.

    Raises:
        DataError: it is not YAML, or a value cannot be used.
    """
    return read_settings(places.find_yaml(folder, "dataset")).info()


def _own_file(folder: Path, public: Corpus) -> Path | None:
    """Return a file by which a user has data of their own in a folder that is called like a public data set."""
    digests = {file.sha256 for file in public.files}
    for name in ("hub.yaml", "hub.yml", *local.file_names("train")):
        if path := places.find(folder, name, digests):
            return path
    return None


def _path(folder: Path, file: File, published: Collection[str | None] = ()) -> Path | None:
    if file.sha256 is None:
        return places.find(folder, file.name, published)
    return places.find_published(folder, file.name, file.sha256)


def _download(folder: Path, file: File, wanted: tuple[File, ...]) -> Path | None:
    """Download a public file unless the cache has it; the cache never holds a file with another digest."""
    if file.url is None:
        return None
    import pooch  # here, because most runs download nothing

    cache = files.root() / ".cache" / "raw" / folder.name
    try:
        return Path(pooch.retrieve(file.url, f"sha256:{file.sha256}", file.name, cache))
    except OSError as error:  # all that requests raises, and a full or read-only disk
        names = ", ".join(each.name for each in wanted)
        raise DataError(
            f"{file.url}: no download: {_cause(error)}; without a network, put {names} into {folder}"
        ) from None
    except ValueError:  # what pooch raises for another digest
        reason = f"what came has not the sha256 {file.sha256}"
        raise DataError(f"{file.url}: {reason}; try again, or put the right {file.name} into {folder}") from None


def _cause(error: BaseException) -> str:
    """Return the system's own reason at the bottom of a chain of errors, on one line."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return " ".join(str(error).split()) or type(error).__name__


def _bytes(path: Path, sha256: str | None) -> bytes:
    data = places.content_of(path)
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256:
        raise DataError(f"{path}: sha256 is {found}, must be {sha256}; delete the file and it is downloaded again")
    return data
