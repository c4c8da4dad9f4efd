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
from typing import Any, Protocol

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from promptmix.core import files
from promptmix.core.errors import DataError
from promptmix.corpora import hub


class Source(Protocol):
    """One original file: its name, and for a public one where it is published and what its bytes must be."""

    @property
    def name(self) -> str:
        """File name in the data set's folder."""

    @property
    def url(self) -> str | None:
        """Address; None for a file of the user's own, which may be absent."""

    @property
    def sha256(self) -> str | None:
        """Digest; None for a file of the user's own."""


def read_files(folder: Path, sources: Iterable[Source]) -> dict[str, bytes]:
    """Read the original files of one data set, by file name; a public file that is nowhere on disk is downloaded.

    Files of the user's own are returned where they exist; which of them are needed is for the parser to say.

    Raises:
        DataError: a file has another digest than it must have, cannot be downloaded, or none of the files is there.
    """
    sources = tuple(sources)
    if not any(source.url for source in sources) and (described := _on_disk(folder, "hub.yaml")):
        return hub.read_files(described)
    found = {source.name: path for source in sources if (path := _path(folder, source, sources))}
    if not found:
        names = ", ".join(source.name for source in sources)
        raise DataError(f"{folder}: none of {names} is here; put the files there, or correct `datasets` in params.yaml")
    return {source.name: _bytes(found[source.name], source.sha256) for source in sources if source.name in found}


def read_descriptions(folder: Path) -> dict[str, str] | None:
    """Read ``classes.yaml``, one ``label: description`` a line, in file order; None where there is no such file.

    Raises:
        DataError: it is not YAML, not such a mapping, or a description is not one line of text.
    """
    path = _on_disk(folder, "classes.yaml")
    if path is None:
        return None
    classes = _yaml(path)
    if not isinstance(classes, dict) or not classes:
        raise DataError(f"{path}: not a list of classes; each line is `label: description`")
    for label, description in classes.items():
        _check_class(path, label, description)
    return {label: description.strip() for label, description in classes.items()}


def _path(folder: Path, source: Source, sources: tuple[Source, ...]) -> Path | None:
    return _on_disk(folder, source.name) or (_download(folder, source, sources) if source.url else None)


def _on_disk(folder: Path, name: str) -> Path | None:
    # DVC runs queued experiments in a copy without what git ignores; what it ignores here is pinned by digest.
    homes = (folder, files.root() / folder)
    places = (place / name for home in homes for place in (home, home / "raw"))
    return next((place for place in places if place.is_file()), None)


def _download(folder: Path, source: Source, sources: tuple[Source, ...]) -> Path:
    """Download a public file unless the cache has it; the cache never holds a file with another digest."""
    import pooch  # here, because most runs download nothing

    cache = files.root() / ".cache" / "raw" / folder.name
    try:
        return Path(pooch.retrieve(source.url, f"sha256:{source.sha256}", source.name, cache))
    except OSError as error:  # all that requests raises, and a full or read-only disk
        names = ", ".join(each.name for each in sources)
        raise DataError(
            f"{source.url}: no download: {_cause(error)}; without a network, put {names} into {folder}"
        ) from None
    except ValueError:  # pooch's word for another digest
        reason = f"what came has not the sha256 {source.sha256}"
        raise DataError(f"{source.url}: {reason}; try again, or put the right {source.name} into {folder}") from None


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


def _yaml(path: Path) -> Any:
    try:
        return YAML(typ="safe", pure=True).load(path)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise DataError(f'{path}:{line}: not YAML: {error.problem}; put "..." around labels and descriptions') from None


def _check_class(path: Path, label: object, description: object) -> None:
    if not isinstance(label, str):
        raise DataError(f'{path}: label {label!r} is not a string; write it as "{label}"')
    if not isinstance(description, str) or len(description.strip().splitlines()) != 1:
        raise DataError(f"{path}: description of {label!r} is {description!r}; it is one line of text")
