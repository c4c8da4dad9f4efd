"""Check every file that DVC's cache and the response store hold against its digest, and say what to do.

``--remote`` also reads all of the default remote, which means to download it. ``--mend`` removes what is damaged: files
of the cache with their copies in the workspace, answers, packs; whole ones then come back from elsewhere or are made
again, as the last line says. Without it nothing is changed.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from promptmix.cli.answers.commands import damaged_answers
from promptmix.cli.answers.maintenance import Archive
from promptmix.cli.repository import opened
from promptmix.cli.sharing.answer_packs import listed, local
from promptmix.cli.sharing.remote import RemoteError, open_remote, using
from promptmix.llm.store.database import store_path

if TYPE_CHECKING:
    from dvc_data.hashfile.db import HashFileDB

Damaged = dict[str, str]
"""Name of a damaged file (the md5 that it should have) to the md5 that it has."""


def damaged(objects: "HashFileDB") -> Damaged:
    """Return the files that are not what their name says; prints how many there are."""
    from dvc_data.hashfile.hash import file_md5

    names = sorted(listed(objects))
    found = {name: file_md5(objects.oid_to_path(name), objects.fs) for name in names}
    wrong = {name: md5 for name, md5 in found.items() if md5 != name.partition(".")[0]}
    typer.echo(f"{objects.path}: {len(names):,} files, {len(wrong)} damaged")
    for name in wrong:
        typer.echo(f"  damaged: {objects.oid_to_path(name)}")
    return wrong


def verify_cache(mend: bool) -> str:
    """Check DVC's cache; returns what to do, empty where all is well."""
    with opened("DVC's cache cannot be checked") as repo:
        wrong = damaged(repo.cache.local)
        if wrong and mend:
            remove(repo.cache.local, wrong)
            remove_copies([Path(out.fs_path) for out in repo.index.outs], set(wrong.values()))
    return "`dvc repro --pull` fetches them again, or makes them anew" if wrong else ""


def verify_store(mend: bool) -> str:
    """Check the response store and the packs beside it; returns what to do, empty where all is well."""
    store = Archive(store_path())
    packs, (wrong, words) = damaged(local()), damaged_answers(store)
    typer.echo(words)
    if mend:
        store.forget(wrong)
        remove(local(), packs)
    if wrong or packs:
        return "`promptmix reuse` brings them back where a colleague has them; else they are requested again"
    return ""


def verify_remote(mend: bool) -> str:
    """Check all of the default remote; returns what to do, empty where all is well."""
    remote = open_remote()
    with using(remote):
        found = {objects: damaged(objects) for objects in (remote.objects, remote.answers)}
        if mend:
            for objects, wrong in found.items():
                remove(objects, wrong)
    return "`promptmix share` of whoever has them whole puts them back" if any(found.values()) else ""


def remove(objects: "HashFileDB", names: Iterable[str]) -> None:
    """Delete files from a cache or a remote."""
    for name in names:
        objects.delete(name)


def remove_copies(places: Iterable[Path], md5s: set[str]) -> None:
    """Delete the workspace's copies of damaged files: DVC takes a copy for whole that it made itself."""
    import hashlib

    for place in places:
        for file in [place] if place.is_file() else [*place.rglob("*")]:
            if file.is_file() and hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() in md5s:
                file.unlink()


def verify_all(remote: bool, mend: bool) -> None:
    """Check DVC's cache and the response store, and the remote where that is wanted.

    Raises:
        RemoteError: something is damaged; says what to do.
    """
    checks = [verify_cache, verify_store, *([verify_remote] if remote else [])]
    advice = [words for words in [check(mend) for check in checks] if words]
    if advice and mend:
        raise RemoteError(f"damaged files were removed: {'; '.join(advice)}")
    if advice:
        again = f"`promptmix verify{' --remote' if remote else ''} --mend` removes them; then "
        raise RemoteError(f"damaged files were found: {again}{'; '.join(advice)}")
