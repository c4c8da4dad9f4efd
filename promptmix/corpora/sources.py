"""Finds the original files of a data set, on disk or at their published address, and the descriptions of its classes.

Each public file has one source: an address that names a fixed commit, checked by sha256. The Hugging Face hub is not a
second one, because no revision of its copies could be checked against these bytes when this was written; other data
sets of the hub are named by a ``hub.yaml`` (see :mod:`promptmix.corpora.hub`).

A folder ``data/raw/NAME`` is looked up in the working tree first and then in the main repository, because DVC runs
queued experiments in temporary copies without the files that git ignores. Downloads are kept in the main repository's
``.cache``.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from promptmix.core import files
from promptmix.core.errors import DataError
from promptmix.core.yaml_files import read_yaml
from promptmix.corpora import hub
from promptmix.corpora.base import Corpus, File, Splits


def read_splits(folder: Path, corpus: Corpus) -> Splits:
    """Read the rows of a data set: from its original files, or from the hub where the user's folder has a hub.yaml.

    Raises:
        DataError: the original files cannot be had, or cannot be used.
    """
    own = not any(file.url for file in corpus.files)
    if own and (path := _on_disk(folder, "hub.yaml")):
        return hub.read_hub(path)
    return corpus.parse(read_files(folder, corpus.files))


def read_files(folder: Path, wanted: Iterable[File]) -> dict[str, bytes]:
    """Read the original files of one data set, by file name; a public file that is nowhere on disk is downloaded.

    A user's own files are returned where they exist; which of them are needed is for the parser to say.

    Raises:
        DataError: a file has another digest than it must have, cannot be downloaded, or none of the files is there.
    """
    wanted = tuple(wanted)
    found = {file.name: path for file in wanted if (path := _path(folder, file, wanted))}
    if not found:
        names = ", ".join(file.name for file in wanted)
        raise DataError(f"{folder}: none of {names} is here; put the files there, or correct `datasets` in params.yaml")
    return {file.name: _bytes(found[file.name], file.sha256) for file in wanted if file.name in found}


def read_descriptions(folder: Path) -> dict[str, str] | None:
    """Read ``classes.yaml``, one ``label: description`` a line, in file order; None where there is no such file.

    Raises:
        DataError: it is not YAML, not such a mapping, or a description is not one line of text.
    """
    path = _on_disk(folder, "classes.yaml")
    if path is None:
        return None
    classes = read_yaml(path, DataError, 'put "..." around labels and descriptions')
    if not isinstance(classes, dict) or not classes:
        raise DataError(f"{path}: not a list of classes; each line is `label: description`")
    for label, description in classes.items():
        _check_class(path, label, description)
    return {label: description.strip() for label, description in classes.items()}


def _path(folder: Path, file: File, wanted: tuple[File, ...]) -> Path | None:
    return _on_disk(folder, file.name) or (_download(folder, file, wanted) if file.url else None)


def _on_disk(folder: Path, name: str) -> Path | None:
    # DVC runs queued experiments in a copy without what git ignores; what it ignores here is pinned by digest.
    homes = (folder, files.root() / folder)
    places = (place / name for home in homes for place in (home, home / "raw"))
    return next((place for place in places if place.is_file()), None)


def _download(folder: Path, file: File, wanted: tuple[File, ...]) -> Path:
    """Download a public file unless the cache has it; the cache never holds a file with another digest."""
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
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256:
        raise DataError(f"{path}: sha256 is {found}, must be {sha256}; delete the file and it is downloaded again")
    return data


def _check_class(path: Path, label: object, description: object) -> None:
    if not isinstance(label, str):
        raise DataError(f'{path}: label {label!r} is not a string; write it as "{label}"')
    if not isinstance(description, str) or len(description.strip().splitlines()) != 1:
        raise DataError(f"{path}: description of {label!r} is {description!r}; it is one line of text")
