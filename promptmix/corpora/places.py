"""Where the files of a data set are on disk, and which files beside them nothing reads.

A folder ``data/raw/NAME`` is looked up in the working tree first and then in the main repository, because DVC runs
queued experiments in temporary copies without the files that git ignores. What stands in ``raw`` under it counts as
standing in it.
"""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from promptmix.core import files
from promptmix.core.errors import DataError
from promptmix.corpora import local
from promptmix.corpora.readers import OTHER_NAMES, READERS

STEMS = {"dataset", "hub", "classes", *(stem for stems in local.NAMES.values() for stem in stems)}
"""Names of files that mean something, before their first dot."""

IGNORED = (".dvc", "~")
"""Ends of the names of files that nobody takes for data: of DVC, of editors."""


def find(folder: Path, name: str, published: Collection[str | None] = ()) -> Path | None:
    """Find a file of the user's own by its name, in any case, as Windows has it.

    Args:
        folder: Where it may be.
        name: As it should be written.
        published: Digests of files that are not the user's own.

    Raises:
        DataError: there are two of them that differ, or what is there is a link to nothing.
    """
    there = _named(folder, name)
    if len(there) < 2 and not published:
        return there[0] if there else None  # which may be large
    own = {path: found for path in there if (found := sha256_of(path)) not in published}
    first = next(iter(own), None)
    for other in own:
        if first and own[other] != own[first]:
            raise DataError(f"{first}: {other} is there too, with other content; keep one of them")
    return first


def find_published(folder: Path, name: str, sha256: str) -> Path | None:
    """Find a file by its name and digest; one with another digest only where there is none with it."""
    there = _named(folder, name)
    return next((path for path in there if sha256_of(path) == sha256), there[0] if there else None)


def find_yaml(folder: Path, stem: str) -> Path | None:
    """Find a YAML file, whose suffix may be .yaml or .yml.

    Raises:
        DataError: both are there.
    """
    found = [path for suffix in ("yaml", "yml") if (path := find(folder, f"{stem}.{suffix}"))]
    if len(found) > 1:
        raise DataError(f"{found[0]}: {found[1].name} is there too; keep one of them")
    return found[0] if found else None


def content_of(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        DataError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror})") from None


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal digits."""
    return hashlib.sha256(content_of(path)).hexdigest()


def not_read(folder: Path, known: Collection[Path], *, public: bool = False) -> list[str]:
    """Return the names of files that look as if they should be read, and are none of those that are.

    Args:
        folder: Where they may be.
        known: The files that are read.
        public: Only files with a name that means something are told of, because the others are the publisher's.
    """
    there = [(str(path.relative_to(home)), path) for home in _homes(folder) for path in _listed(home)]
    resolved = {each for path in known for each in (path.resolve(), *path.resolve().parents)}
    names = {name for name, path in there if path.resolve() in resolved}
    looks = {name for name, path in there if _looks_read(path, by_suffix=not public and path.parent.name != "raw")}
    return sorted(looks - names)


def _looks_read(path: Path, *, by_suffix: bool) -> bool:
    name = path.name.lower()
    if name.startswith((".", "~")) or name.endswith(IGNORED):
        return False
    suffixes = {*READERS, *OTHER_NAMES, "txt", "xls", "ods", "zip", "gz", "arrow"}
    return name.partition(".")[0] in STEMS or (by_suffix and name.rpartition(".")[2] in suffixes)


def _named(folder: Path, name: str) -> list[Path]:
    """Return the files of a name in the first place that has any; those in exactly its case go before others."""
    for home in _homes(folder):
        found = [path for path in _listed(home) if path.name.lower() == name.lower()]
        for path in found:
            if not path.exists():
                raise DataError(f"{path}: a link to a file that is not there; put the file there")
        if found:
            return sorted(found, key=lambda path: (path.parent != home, path.name != name, path))
    return []


def _homes(folder: Path) -> tuple[Path, Path]:
    # DVC runs queued experiments in a copy without what git ignores; what it ignores here is pinned by digest.
    return folder, files.root() / folder


def _listed(home: Path) -> Iterator[Path]:
    for place in (home, home / "raw"):
        try:
            yield from sorted(place.iterdir()) if place.is_dir() else ()
        except OSError as error:
            raise DataError(f"{place}: cannot be read ({error.strerror})") from None
