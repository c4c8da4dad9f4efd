"""The rows behind the figures: accuracy by arm and seed, confusion, and how many texts relabeling moved."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptmix.core.records import Prediction
from promptmix.report.results import Results, Run
from promptmix.report.scores import PLACES, accuracy

CsvRow = dict[str, str | int | float]
"""One line of a CSV file, by column."""


class Moved(NamedTuple):
    """Of the texts generated for one target share, how many relabeling moved to another label."""

    dataset: str
    target_share: float
    moved: int
    texts: int
    share_moved: float
    low: float
    """Lower bound of ``share_moved``: 95 % Wilson score interval, as if texts were independent."""

    high: float


def moved_by_share(results: Results) -> list[Moved]:
    """Count moved texts by target share, lowest first, over all seeds; a text that lost its label has not moved."""
    from scipy.stats import binomtest

    every = [text for run in results.runs for text in run.relabeled]
    texts = Counter(text.target_share for text in every)
    moved = Counter(text.target_share for text in every if text.label not in (None, text.given))
    return [
        Moved(results.dataset, share, moved[share], n, moved[share] / n,
              *binomtest(moved[share], n).proportion_ci(method="wilson"))
        for share, n in sorted(texts.items())
    ]  # fmt: skip


def accuracy_rows(results: Sequence[Results]) -> Iterator[CsvRow]:
    """Yield accuracy by data set, arm (the teacher last), seed and split.

    Splits without texts are left out, and arms without a result.
    """
    for each in results:
        for arm in [*(arm for arm in each.arms if not each.why_no_result(arm)), "teacher"]:
            for run in each.runs:
                head: CsvRow = {"dataset": each.dataset, "arm": arm, "seed": run.seed}
                for split, predictions in _splits(run, arm).items():
                    if predictions:
                        yield head | {"split": split, "accuracy": round(accuracy(predictions), PLACES)}


def confusion_rows(results: Sequence[Results]) -> Iterator[CsvRow]:
    """Yield one row per test text, arm and seed, as DVC's confusion templates count them."""
    for each in results:
        for arm in each.measured():
            for p in each.tested(arm):
                yield {"dataset": each.dataset, "arm": arm, "actual": p.gold, "predicted": p.predicted or "(none)"}


def share_rows(results: Sequence[Results]) -> Iterator[CsvRow]:
    """Yield moved texts by data set and target share."""
    for each in results:
        for row in moved_by_share(each):
            yield {
                key: round(value, PLACES) if isinstance(value, float) else value for key, value in row._asdict().items()
            }


def _splits(run: Run, arm: str) -> dict[str, Sequence[Prediction]]:
    if arm == "teacher":
        return {"test": run.teacher}
    return {"validation": run.validation[arm], "test": run.test[arm]}
