"""A folder that passes for the root of a repository, with the pipeline's files and one small data set."""

from pathlib import Path

import pytest

from tests.support.structure import ROOT

TRAIN = "text,label\n" + "".join(
    f"{text},{label}\n"
    for text, label in [
        ("where is my parcel", "late"),
        ("it should have come on monday", "late"),
        ("the box is wet", "damaged"),
        ("my vase came in pieces", "damaged"),
        ("i want my money back", "refund"),
        ("please pay me back", "refund"),
    ]
)


def make_workplace(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the folder the current one, with ``data/raw/mail/train.csv``, and return it."""
    for name in ("dvc.yaml", "params.yaml", "asking.yaml"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".git").mkdir()
    mail = folder / "data/raw/mail"
    mail.mkdir(parents=True)
    (mail / "train.csv").write_text(TRAIN, encoding="utf-8")
    monkeypatch.chdir(folder)
    for variable in ("DVC_ROOT", "PROMPTMIX_ROOT", "PROMPTMIX_REPLAY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PROMPTMIX_STORE", str(folder / "store"))
    return folder
