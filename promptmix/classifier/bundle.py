"""The folder that a released classifier is: its files, what classifier.json says of them, written and read whole.

``model.onnx`` (float32) and ``model.int8.onnx`` take ``input_ids`` and ``attention_mask``, int64 of shape (batch,
tokens), and return ``probabilities``, float32 of shape (batch, classes). ``tokenizer.json`` is of the library
``tokenizers``. README.md is for people, and may be changed.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from promptmix.core.errors import ClassifierError

FORMAT: Literal[1] = 1
NAME = "classifier.json"
TOKENIZER = "tokenizer.json"
MODELS = {"fp32": "model.onnx", "int8": "model.int8.onnx"}
FILES = (*MODELS.values(), TOKENIZER)

Precision = Literal["fp32", "int8"]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Threshold(BaseModel):
    """How sure the classifier must be for its label to be the language model's this often."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    agreement: Share
    """The share of equal labels that was proven."""

    confidence: Share | None
    """The smallest confidence from which it was proven; None where there is none."""

    coverage: Share
    """Share of the held-out texts with at least this confidence; 0 where there is none."""

    texts: Annotated[int, Field(ge=0)]
    """Held-out texts in all."""


class Bundle(BaseModel):
    """What classifier.json says, and where it stands."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    format: Literal[1] = FORMAT
    labels: Annotated[list[str], Field(min_length=1)]
    """Class names in the order of the output."""

    max_tokens: Annotated[int, Field(ge=2)]
    """Longer texts are cut to this many tokens, those for start and end included."""

    pad_id: Annotated[int, Field(ge=0)]
    """Token that fills rows up to the longest of their batch."""

    kind: str
    """Kind of student: ``fine_tuned``, ``setfit`` …"""

    backbone: str
    files: dict[str, Digest]
    """File name to sha256."""

    thresholds: list[Threshold] = []
    thresholds_note: str | None = None
    """Why there are none, or what they hold for."""

    made_of: dict[str, Any] = {}
    """Number of training texts by where they are from."""

    measured: dict[str, Any] = {}
    """What was measured, by name."""

    folder: Path = Field(exclude=True)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("labels names a class twice")
        if missing := [name for name in FILES if name not in self.files]:
            raise ValueError(f"files does not name {missing[0]}")
        if outside := [name for name in self.files if name != Path(name).name]:
            raise ValueError(f"files names {outside[0]!r}, which is not a file of this folder")
        return self

    @property
    def tokenizer(self) -> Path:
        """Path of the tokenizer, a file of the library ``tokenizers``."""
        return self.folder / TOKENIZER

    def model(self, precision: Precision) -> Path:
        """Return the path of the ONNX model of this precision."""
        return self.folder / MODELS[precision]

    def verify(self, *names: str) -> None:
        """Compare files with their digests, all of them where none is named.

        Raises:
            ClassifierError: a file is missing, cannot be read, or is not the one that was released.
        """
        for name in names or self.files:
            path = self.folder / name
            try:
                with path.open("rb") as file:
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            except FileNotFoundError:
                raise _unusable(self.folder, f"{name} is missing") from None
            except OSError as error:
                raise _unusable(self.folder, f"{name} cannot be read ({error.strerror})") from None
            if found != self.files[name]:
                raise _unusable(self.folder, f"{name} has sha256 {found[:12]}…, expected {self.files[name][:12]}…")


def load_bundle(folder: Path, *, check: bool = True) -> Bundle:
    """Read a released classifier.

    Args:
        folder: As :func:`writing_bundle` wrote it.
        check: Compare every file with its digest (0.1 to 1 s); otherwise :meth:`Bundle.verify` what is used.

    Raises:
        ClassifierError: the folder is missing, half-written, damaged, or of a newer format.
    """
    bundle = _read(folder)
    if missing := [name for name in bundle.files if not (folder / name).is_file()]:
        raise _unusable(folder, f"{missing[0]} is missing")
    if check:
        bundle.verify()
    return bundle


@contextmanager
def writing_bundle(folder: Path) -> Iterator[Path]:
    """Make a folder that takes its name, and the place of an older one, only when the block ends without an error.

    Raises:
        ClassifierError: the disk is full or cannot be written to; nothing is left, and an older folder stays.
    """
    part = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.", suffix=".part"))
        part.chmod(0o755)
        made = part / "new"
        made.mkdir()
        yield made
        if folder.exists():
            folder.replace(part / "old")
        made.replace(folder)
    except OSError as error:
        raise ClassifierError(f"{folder} cannot be written: {error.strerror or error}") from error
    finally:
        if part:
            shutil.rmtree(part, ignore_errors=True)


def save_bundle(bundle: Bundle) -> None:
    """Write classifier.json to the bundle's folder; its other files are there already."""
    text = json.dumps(bundle.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"
    (bundle.folder / NAME).write_text(text, encoding="utf-8", newline="\n")


def digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of the files that every classifier has."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def _read(folder: Path) -> Bundle:
    path = folder / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if folder.exists():
            raise _unusable(folder, f"{NAME} is missing, so this is no released classifier, or a part of one") from None
        raise ClassifierError(f"{folder}: no such folder; `dvc repro` makes one, `dvc get` fetches one") from None
    except OSError as error:
        raise _unusable(folder, f"{NAME} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise _unusable(folder, f"{NAME} is not JSON ({str(error)[:60]})") from None
    if isinstance(found, dict) and isinstance(made := found.get("format"), int) and made > FORMAT:
        raise ClassifierError(f"{folder}: format {made}, this promptmix reads {FORMAT}; install a newer promptmix")
    try:
        return Bundle.model_validate({**found, "folder": folder} if isinstance(found, dict) else found)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise _unusable(folder, f"{NAME}: {where}{': ' if where else ''}{fault['msg']}") from None


def _unusable(folder: Path, why: str) -> ClassifierError:
    return ClassifierError(f"{folder}: {why}; fetch or make it again")
