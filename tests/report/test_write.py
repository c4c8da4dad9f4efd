"""What the report leaves on disk after data sets, seeds and arms came and went."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix.report import tables, write
from promptmix.report.details import collect_details
from promptmix.report.results import Results, Run
from promptmix.report.summary import summarize
from tests.support.made_up import MADE_WITH, first_seed_only, results


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([[len(text), ord(text[-1])] for text in texts], dtype=np.float32)


def report(folder: Path, every: Sequence[Results]) -> dict[str, bytes]:
    """Report into a folder and return all that lies in it."""
    (folder / "README.md").touch()
    if not (folder / "README.md").read_text():
        (folder / "README.md").write_text("\n".join(tables.MARKERS))
    made_with = replace(MADE_WITH, seeds=[run.seed for run in every[0].runs])
    numbers = collect_details(every, made_with)
    write.write_numbers(folder / "summary.json", summarize(numbers))
    write.write_numbers(folder / "details.json", numbers)
    write.write_rows(folder / "plots", every)
    write.draw_figures(folder / "plots", every, made_with, 50, encode)
    write.update_readme(folder / "README.md", tables.results_table(numbers))
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def one_arm(run: Run) -> Run:
    parts = {part: {"relabeled": getattr(run, part)["relabeled"]} for part in ("train", "validation", "test")}
    return replace(run, **parts)  # type: ignore[arg-type]  # three fields of one type


@pytest.mark.slow
def test_what_shrank_and_grew_leaves_what_a_fresh_report_would_and_nothing_else(tmp_path: Path) -> None:
    """Two data sets, two seeds and two arms, then one of each, then all of them again."""
    for name in ("used", "fresh"):
        (tmp_path / name).mkdir()
    full = [results(), replace(results(), dataset="shapes")]
    small = first_seed_only(replace(results(), runs=[one_arm(run) for run in results().runs]))
    before = report(tmp_path / "used", full)
    shrunk = report(tmp_path / "used", [small])
    assert shrunk == report(tmp_path / "fresh", [small])
    assert not [name for name in shrunk if "shapes" in name]
    assert not [name for name in ("summary.json", "details.json") if b'"few_shot"' in shrunk[name]]
    assert b"few_shot" not in shrunk["plots/accuracy.csv"]
    assert b"| `few_shot`" not in shrunk["README.md"]
    assert report(tmp_path / "used", full) == before
