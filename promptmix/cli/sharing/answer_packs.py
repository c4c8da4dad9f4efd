"""Answers of the language model on a DVC remote: packs named by their content, so that nobody can overwrite anybody's.

A share adds one pack of those answers that no pack holds yet; a reuse takes over the answers of all packs. Two people
who share at the same moment leave two packs, and the next reuse of each has the answers of both.
"""

import hashlib
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from promptmix.cli.answers.maintenance import Archive
from promptmix.cli.sharing.remote import Remote, RemoteError, using
from promptmix.llm.store import packs
from promptmix.llm.store.database import store_path

if TYPE_CHECKING:
    from dvc_data.hashfile.db import HashFileDB


class Exchange:
    """The packs of a remote and their copies here, beside the response store."""

    def __init__(self, remote: Remote) -> None:
        """Open the response store; nothing is copied yet."""
        self._remote, self._store, self._here = remote, Archive(store_path()), local()

    def take_over(self) -> str:
        """Copy the packs that are not here yet, add their answers to the store, and say so.

        Answers of the store that are damaged are mended from the packs.

        Raises:
            RemoteError: a pack on the remote is damaged; the whole ones have been taken over.
        """
        with using(self._remote):
            if not self._remote.answers.fs.CAN_TRAVERSE:
                return "answers: this kind of remote cannot list them; those behind the results are not needed"
            wanted = listed(self._remote.answers) - listed(self._here)
            _copy(self._remote.answers, self._here, wanted)
        new = sum(self._store.add(packs.read_pack(pack)) for pack in self._packs())
        if damaged := wanted - listed(self._here):
            raise RemoteError(
                f"answers: {new:,} new ones taken over, but {len(damaged)} packs on remote {self._remote.name!r} are"
                f" damaged, the first is {min(damaged)}; `promptmix verify --remote --mend` removes them, and"
                " `promptmix share` of whoever has them brings them back"
            )
        return f"answers: {new:,} new ones taken over from {len(self._packs())} packs"

    def hand_over(self) -> str:
        """Pack the answers that no pack holds yet, copy packs that the remote lacks to it, and say so."""
        known = {record["key"] for pack in self._packs() for record in packs.read_pack(pack)}
        damaged = set(self._store.damaged())
        mine = sorted(set(self._store.keys()) - known - damaged)
        if mine:
            self._pack(mine)
        with using(self._remote):
            lacking = listed(self._here) - listed(self._remote.answers)
            _copy(self._here, self._remote.answers, lacking)
        return f"answers: {len(mine):,} new ones of yours packed, {len(lacking)} packs handed over"

    def _pack(self, keys: Iterable[str]) -> None:
        # In a folder of its own: two people with one store may pack at the same moment.
        with tempfile.TemporaryDirectory(dir=store_path().parent, prefix="packing.") as folder:
            file = Path(folder) / "pack.jsonl.gz"
            packs.write_pack(file, self._store.records(keys))
            digest = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
            self._here.add(str(file), self._here.fs, digest)

    def _packs(self) -> list[Path]:
        return [Path(self._here.oid_to_path(digest)) for digest in sorted(listed(self._here))]


def local() -> "HashFileDB":
    """Return the packs that are here; a copy that is not what its name says is never kept."""
    from dvc.fs import LocalFileSystem
    from dvc_data.hashfile.db import get_odb

    return get_odb(LocalFileSystem(), str(store_path().with_name("packs")), hash_name="md5", verify=True)


def listed(objects: "HashFileDB") -> set[str]:
    """Return the names of all files of a folder; none where there is no folder yet."""
    return set(objects.all()) if objects.fs.exists(objects.path) else set()


def _copy(source: "HashFileDB", target: "HashFileDB", names: Iterable[str]) -> None:
    for name in sorted(names):
        target.add(source.oid_to_path(name), source.fs, name)
