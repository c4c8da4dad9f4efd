"""A package of files, one thing each."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptmix.core.registry import Registry

PACKAGE = "registry_of_a_test"


@pytest.fixture
def animals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[str]]:
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").touch()
    for name in ("dog", "cat"):
        (tmp_path / PACKAGE / f"{name}.py").write_text(f"SOUND = 'the sound of a {name}'\n")
    (tmp_path / PACKAGE / "broken.py").write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield Registry(PACKAGE, "SOUND")
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_names_are_those_of_the_files_in_alphabetical_order_and_none_is_imported(animals: Registry[str]) -> None:
    assert (list(animals), len(animals)) == (["broken", "cat", "dog"], 3)
    assert "broken" in animals
    assert f"{PACKAGE}.broken" not in sys.modules


def test_a_thing_is_what_its_file_defines(animals: Registry[str]) -> None:
    assert animals["cat"] == "the sound of a cat"
    assert f"{PACKAGE}.dog" not in sys.modules


def test_a_name_without_a_file_is_not_there(animals: Registry[str]) -> None:
    assert "bird" not in animals
    assert animals.get("bird") is None
    with pytest.raises(KeyError, match="'bird' is none of broken, cat, dog"):
        animals["bird"]
