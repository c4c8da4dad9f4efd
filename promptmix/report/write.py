"""Writes the report: numbers, the table of the README, figures, and the rows behind them."""

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promptmix.core.errors import DataError
from promptmix.core.files import replacing
from promptmix.report import csv_rows, embedding_map, figures, style, tables
from promptmix.report.details import Details
from promptmix.report.results import MadeWith, Results

BY_DATASET = ("confusion", "map")  # figures that are drawn once per data set, as KIND_DATASET


def write_numbers(path: Path, numbers: Mapping[str, Any]) -> None:
    """Write metrics/summary.json or metrics/details.json."""
    with replacing(path) as file:
        file.write(json.dumps(numbers, indent=1, ensure_ascii=False) + "\n")


def read_details(path: Path) -> Details:
    """Read metrics/details.json.

    Raises:
        DataError: it is missing or not JSON.
    """
    try:
        numbers: Details = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; `dvc repro` makes it") from None
    except ValueError:
        raise DataError(f"{path}: not JSON (an unfinished merge?); `dvc repro --force report` makes it") from None
    return numbers


def update_readme(path: Path, table: str) -> None:
    """Put the table between the markers of a README; everything outside them stays as it is.

    Raises:
        DataError: there is no such file, or no place for the table in it.
    """
    try:
        text = tables.update_between_markers(path.read_text(encoding="utf-8"), table)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file; the results table goes there") from None
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    with replacing(path) as file:
        file.write(text)


def draw_figures(
    folder: Path,
    results: Sequence[Results],
    made_with: MadeWith,
    most: int,
    encode: Callable[[Sequence[str]], NDArray[np.float32]],
) -> None:
    """Draw all figures, as PNG and SVG, and delete those of data sets that are not among the results.

    Args:
        folder: Where they go.
        results: One per data set.
        made_with: Named in every figure.
        most: Texts shown in an embedding map, at most.
        encode: The encoder of the embedding maps: n texts to vectors of shape (n, d).
    """
    style.save_figure(figures.accuracy_figure(results, made_with), folder / "accuracy")
    style.save_figure(figures.shares_figure(results, made_with), folder / "shares")
    for each in results:
        points = embedding_map.project(each, most, encode)
        style.save_figure(figures.confusion_figure(each, made_with), folder / f"confusion_{each.dataset}")
        style.save_figure(figures.map_figure(points, made_with), folder / f"map_{each.dataset}")
    _delete_stale(folder, [each.dataset for each in results])


def write_rows(folder: Path, results: Sequence[Results]) -> None:
    """Write the rows behind the figures as CSV files, for ``dvc plots`` and for notebooks."""
    _write_csv(
        folder / "accuracy.csv", ["dataset", "arm", "seed", "split", "accuracy"], csv_rows.accuracy_rows(results)
    )
    _write_csv(folder / "confusion.csv", ["dataset", "arm", "actual", "predicted"], csv_rows.confusion_rows(results))
    _write_csv(folder / "shares.csv", list(csv_rows.Moved._fields), csv_rows.share_rows(results))


def _write_csv(path: Path, columns: list[str], rows: Iterable[csv_rows.CsvRow]) -> None:
    with replacing(path) as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _delete_stale(folder: Path, datasets: Sequence[str]) -> None:
    wanted = {f"{kind}_{dataset}" for kind in BY_DATASET for dataset in datasets}
    for kind in BY_DATASET:
        for path in [*folder.glob(f"{kind}_*.png"), *folder.glob(f"{kind}_*.svg")]:
            if path.stem not in wanted:
                path.unlink()
