"""The results as Markdown tables, made from the numbers of metrics/summary.json alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promptmix.core.errors import DataError
from promptmix.report.details import PLACES
from promptmix.report.differences import excludes_zero
from promptmix.report.results import MadeWith
from promptmix.report.summary import MADE_WITH, Summary

MARKERS = "<!-- results -->", "<!-- /results -->"
HOW_TO_READ = (
    " Mean ± sample standard deviation over seeds; in brackets where a difference lies, by the spread over seeds and"
    " test texts; in bold where its sign is beyond doubt."
)
NOTES = {"human": ", as many real texts", "prototypes": ", the encoder's nearest class, untrained"}
COLUMNS = [
    "data set",
    "trained on",
    "test accuracy",
    "difference to `few_shot` [95 %]",
    "difference to `relabeled` [95 %]",
    "test macro F1",
    "calibration error",
    "validation accuracy",
    "training texts",
    "test texts",
    "seeds",
]


def table(numbers: Summary) -> str:
    """Return the results as a Markdown table under one line that says what they were made with."""
    head = numbers[MADE_WITH]
    made_with = MadeWith(**head | {"seeds": tuple(map(int, head["seeds"].split()))})
    rows = [
        _row(dataset, name, part)
        for dataset, section in numbers.items()
        if dataset != MADE_WITH
        for name, part in section.items()
        if name != "generation"
    ]
    head_line = f"{made_with}{HOW_TO_READ if len(made_with.seeds) > 1 else ''}"
    return f"{head_line}\n\n{markdown([COLUMNS, *rows], words=2)}"


def markdown(lines: Sequence[Iterable[str]], words: int) -> str:
    """Lay out a head and rows as a Markdown table: the first ``words`` columns to the left, the others to the right."""
    head, *rows = [list(line) for line in lines]
    align = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, align, *rows])


def plus_minus(mean: float, std: float | None) -> str:
    """Return ``0.712 ± 0.018``, alike from exact numbers and from those of metrics/summary.json; std may be None."""
    return " ± ".join(f"{round(number, PLACES):.3f}" for number in (mean, std) if number is not None)


def update_between_markers(text: str, table: str, markers: tuple[str, str] = MARKERS) -> str:
    """Return ``text`` with ``table`` in place of whatever stands between two markers.

    Raises:
        DataError: ``text`` does not hold both markers, once and in order.
    """
    start, end = markers
    if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
        raise DataError(f"the results table has no place: write {start} and {end} once each, on lines of their own")
    return text[: text.index(start) + len(start)] + f"\n\n{table}\n\n" + text[text.index(end) :]


def difference(part: Mapping[str, float], name: str = "gain") -> str:
    """Return ``+0.138 [+0.056, +0.219]``, in bold where the interval does not hold 0; a dash where there is none."""
    if name not in part:
        return "–"
    if f"{name}_low" not in part:
        return f"{part[name]:+.3f}"
    text = f"{part[name]:+.3f} [{part[f'{name}_low']:+.3f}, {part[f'{name}_high']:+.3f}]"
    return f"**{text}**" if beyond_doubt(part, name) else text


def beyond_doubt(part: Mapping[str, float], name: str = "gain") -> bool:
    """Tell whether the interval of a difference, which must have one, leaves no doubt about the sign."""
    return excludes_zero(part[f"{name}_low"], part[f"{name}_high"])


def cell(part: Mapping[str, float], key: str) -> str:
    """Return a number of a part of the summary with its standard deviation; a dash where there is none."""
    return plus_minus(part[key], part.get(f"{key}_std")) if key in part else "–"


def _row(dataset: str, name: str, part: Mapping[str, Any]) -> list[str]:
    title = f"`{name}`{NOTES.get(name, '')}"
    return [
        dataset,
        f"the LLM itself, as teacher ({part['test_texts']} test texts, compared on these)"
        if name == "teacher"
        else title,
        cell(part, "accuracy"),
        *(difference(part, reference) for reference in ("gain", "to_relabeled")),
        *(cell(part, key) for key in ("macro_f1", "calibration_error", "validation_accuracy")),
        _count(part["train_texts"]) if "train_texts" in part else "–",
        f"{part['test_texts']}",
        f"{part['seeds']}",
    ]


def _count(mean: float) -> str:
    """Return a mean of counts: ``60``, or ``36.3`` where it is not whole."""
    return f"{mean:.0f}" if float(mean).is_integer() else f"{mean:.1f}"
