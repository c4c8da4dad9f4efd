"""What benchmarks report besides seconds: equal rounds, equal results, and no unexplained difference."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import distilling, originals, relabeling, timing
from benchmarks.relabeling import Prepared
from promptmix.core.records import ClassInfo
from promptmix.models.encoder import SentenceEncoder
from promptmix.models.pretrained import Pretrained
from tests.support.colors import COLORS, EXAMPLES, SETTINGS
from tests.support.structure import ROOT

AGAINST_THE_AUTHORS = ["writing", "distilling", "relabeling"]


def test_every_way_runs_once_per_round_and_gets_its_number() -> None:
    seen: list[str] = []

    def way(name: str, number: int) -> str:
        seen.append(f"{name}{number}")
        return seen[-1]

    seconds, results = timing.in_turns({"a": partial(way, "a"), "b": partial(way, "b")})
    assert seen == ["a0", "b0", "a1", "b1", "a2", "b2"]
    assert results == {"a": ["a0", "a1", "a2"], "b": ["b0", "b1", "b2"]}
    assert all(len(each) == 3 and min(each) >= 0 for each in seconds.values())


def test_seconds_are_printed_as_median_and_range_and_ratios_by_round() -> None:
    """Round by round 10/2, 12/3 and 30/5 are 5, 4 and 6 times; the ratio of the medians would be 12/3 = 4."""
    assert timing.spread([3.0, 1.0, 2.0], " s") == "2 s (1 to 3)"
    assert timing.ratios([10, 12, 30], [2, 3, 5]) == "5 times (4 to 6)"


@pytest.mark.parametrize(
    ("values", "sign", "said"),
    [
        ([0.5, 0.6, 0.7], "", "0.600 ± 0.100 (n = 3)"),
        ([0.1], "", "0.100 (n = 1)"),
        ([0.0, 0.02], "+", "+0.010 ± 0.014 (n = 2)"),
    ],
)
def test_accuracies_are_printed_as_mean_sample_deviation_and_number(values: list[float], sign: str, said: str) -> None:
    assert timing.mean_std(values, sign) == said


def prepared(candidates: set[int], label: int | None, named: bool = False) -> Prepared:
    return Prepared(frozenset(candidates), label, named)


@pytest.mark.parametrize(
    ("theirs", "mine", "said", "mismatches"),
    [
        (prepared({0, 1}, 0), prepared({0, 1}, 0, True), "labels are the same for 1 of 1", 0),
        (prepared({0, 1}, 0), prepared({0, 1}, 1, True), "1 of them: ours goes by the words", 0),
        (prepared({0, 1}, 2), prepared({0, 1}, 1), "1 of them: theirs is not among the candidates", 0),
        (prepared({0, 1}, 0), prepared({0, 1}, None), "1 of them: ours accepts no class below a similarity of 0.5", 0),
        (prepared({0, 1}, 0), prepared({0, 1}, 1), "0 of 1 texts (0.000); 0 differ on purpose, 1 do not match", 1),
        (prepared({0, 1}, 0), prepared({0, 2}, 0), "1 differ by rounding alone, 0 do not match", 0),
        (prepared({0, 1}, 0), prepared({0, 3}, 0), "0 differ by rounding alone, 1 do not match", 1),
    ],
)  # fmt: skip
def test_two_preparations_are_compared_and_an_unexplained_difference_is_a_mismatch(
    theirs: Prepared, mine: Prepared, said: str, mismatches: int
) -> None:
    """Classes 1 and 2 are equally near to the text within rounding (5e-6 apart); class 3 is farther."""
    lines, found = relabeling.agreement([theirs], [mine], lambda _: np.array([0.9, 0.5, 0.500005, 0.4], np.float32))
    assert said in "\n".join(lines)
    assert found == mismatches


def test_both_ways_prepare_the_same_with_real_vectors(small_encoder: Pretrained) -> None:
    """8 texts and 6 classes of the demo data; then one way gets the texts in another order."""
    data, folder = originals.compiled("demo"), small_encoder.folder()
    texts = [example.text for example in data.train[::8]]
    names = relabeling.spoken([info for info in data.classes for e in data.train[::8] if e.label == info.label])
    material = relabeling.Material(texts, names, data.classes)
    model = relabeling.Model(folder)
    classes = model.encode(relabeling.spoken(data.classes))
    theirs = relabeling.authors(model, material, classes, 0)

    def compare(of: relabeling.Material) -> int:
        mine = relabeling.ours(SentenceEncoder(folder, 128).encode, of, 0)
        return relabeling.agreement(theirs, mine, lambda n: (model.encode([texts[n]]) @ classes.T)[0])[1]

    assert compare(material) == 0
    assert compare(material._replace(texts=texts[::-1])) > 0


def test_a_small_data_set_is_repeated_with_numbers_so_that_all_texts_and_classes_differ() -> None:
    data = originals.compiled("demo")
    made = relabeling.material(data, lambda texts: np.ones((len(texts), 2), np.float32))
    assert (len(set(made.texts)), len({info.label for info in made.classes})) == (7700, 77)
    assert {example.text for example in data.train} < set(made.texts)
    assert len(made.answers) == 7700


@pytest.mark.slow
def test_every_side_trains_with_the_seed_of_its_round(tiny_backbone: Path, tmp_path: Path) -> None:
    """Equal seeds give equal students, different seeds different ones."""
    task = distilling.Task(tiny_backbone, list(COLORS), EXAMPLES[::4], tmp_path / "one")
    again = replace(task, out=tmp_path / "two")

    def weights(folder: Path) -> bytes:
        return (folder / "model.safetensors").read_bytes()

    first = weights(distilling.authors(task, 0))
    assert weights(distilling.authors(again, 0)) == first
    assert weights(distilling.authors(again, 1)) != first
    assert weights(distilling.ours(task, True, 0)) != weights(distilling.ours(task, True, 1))


@pytest.mark.slow
def test_all_sides_are_timed_and_tested_on_the_same_texts(
    tiny_backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distilling.measure(distilling.Task(tiny_backbone, list(COLORS), EXAMPLES[::4], tmp_path), EXAMPLES)
    said = capsys.readouterr().out.splitlines()
    assert [re.match(r"[a-z, ]+?(?= *\d| is )", line)[0] for line in said] == [  # type: ignore[index]  # None fails
        "authors", "ours", "ours, all weights", "ours", "ours, all weights",
    ]  # fmt: skip
    assert all("(n = 3)" in line for line in said)
    assert all("27 texts" in line for line in said[:3])


@pytest.mark.slow
def test_the_default_student_is_timed_against_the_defaults_of_setfit_on_the_same_texts(
    tiny_backbone: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    task = distilling.Task(tiny_backbone, list(COLORS), EXAMPLES[::4], tmp_path)
    distilling.measure_setfit(task, EXAMPLES, SETTINGS)
    said = capsys.readouterr().out.splitlines()
    lines = [line for line in said if re.match("setfit  |default ", line)]
    assert [line.split()[0] for line in lines] == ["setfit", "default", "default"]
    assert all("(n = 3)" in line for line in lines)
    assert all("27 texts" in line for line in lines[:2])
    assert "as fast as SetFit; accuracy minus theirs" in lines[2]


def test_a_data_set_is_compiled_as_the_pipeline_compiles_it() -> None:
    """By the README of data/raw/demo: 6 classes, 120 training texts, half of them for validation, 240 for test."""
    data = originals.compiled("demo")
    assert [len(part) for part in data[:4]] == [60, 60, 240, 6]
    assert all(isinstance(info, ClassInfo) for info in data.classes)


def test_every_benchmark_is_in_the_table_and_every_row_is_a_benchmark() -> None:
    files = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text(encoding="utf-8")}
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)", page, re.M)) == files


def test_make_bench_runs_the_three_against_the_authors_way() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"^bench:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert recipe.count("\n") == 1
    assert re.findall(r"python -m benchmarks\.(\w+)", recipe) == AGAINST_THE_AUTHORS
