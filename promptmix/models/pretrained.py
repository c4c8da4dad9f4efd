"""Weights that others trained: named in params.yaml, pinned in pretrained.yaml, fetched once, checked by sha256.

The files are in ``models/pretrained/NAME/`` of the main repository, outside DVC's cache: they are public, immutable and
large. DVC tracks small manifests with their digests instead (``models/*.json``).
"""

import fnmatch
import json
import os
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from promptmix.core.errors import ModelError
from promptmix.core.files import replacing, root
from promptmix.models.fetching import ENCODER_FILES, ListedModel, fetch_model, sha256

EndpointKind = Literal["bundled", "openai", "azure", "none"]
HOSTED = "openai", "azure"


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
            fetch_model(self.name, table(), self.folder())
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
        fetch_model(name, table(), unpinned.folder())
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
