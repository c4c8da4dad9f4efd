"""The data sets of this repository, compiled."""

from pathlib import Path

import pytest

from promptmix.core import seeds
from promptmix.corpora import compile, sources
from promptmix.corpora.compile import Compiled, Cut
from tests.support.structure import ROOT

SHARED = ROOT.parent / "shared" / "data"


def compiled_files(name: str, folder: Path) -> Compiled:
    """Compile one data set as the stage does."""
    splits = sources.read_data(name, folder).splits
    descriptions = sources.read_descriptions(ROOT / "data" / "raw" / name)
    return compile.compile_splits(name, splits, descriptions, Cut(0.1, 500, 2), seeds.rng("compile", name))


def test_the_demo_compiles_without_a_note() -> None:
    result = compiled_files("demo", ROOT / "data" / "raw" / "demo")
    assert result.notes == []
    assert len(result.classes) == len({each.label for each in result.train}) == 6


@pytest.mark.parametrize(
    ("name", "repeats", "in_test", "kept", "classes"),
    [
        ("banking77", 4, 7, 10003 - 4 - 7, 77),
        ("subj", 0, 0, 8000, 2),
        ("trec6", 71, 11, 5452 - 71 - 11, 6),
        ("twitter_complaints", 0, 0, 50, 2),
    ],
)
def test_real_data_sets_compile_with_the_known_oddities_counted(
    name: str, repeats: int, in_test: int, kept: int, classes: int
) -> None:
    """The counts are those of the table of oddities that comes with the shared files."""
    if not (SHARED / name).is_dir():
        pytest.skip(f"the original files of {name} are not on this machine: no {SHARED / name}")
    result = compiled_files(name, SHARED / name / "raw")
    assert result.notes == [
        *([f"{name}: {repeats} train row(s) dropped: same text and label as an earlier row"] if repeats else []),
        *([f"{name}: {in_test} train row(s) dropped: the text is in test too"] if in_test else []),
    ]
    assert len(result.train) + len(result.validation) == kept
    assert {each.label for each in result.train} == {each.label for each in result.classes}
    assert len(result.classes) == classes


@pytest.mark.parametrize("name", ["banking77", "demo", "subj", "trec6", "twitter_complaints"])
def test_descriptions_complete_a_sentence_and_tell_classes_apart(name: str) -> None:
    """They follow "NAME, which is about", so they begin small and end without a stop; no two are alike."""
    descriptions = list((sources.read_descriptions(ROOT / "data" / "raw" / name) or {}).values())
    assert len(set(descriptions)) == len(descriptions) > 1
    assert all(each[0].islower() and not each.endswith(".") for each in descriptions)
