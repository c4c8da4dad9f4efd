"""The results as Markdown tables, made from the numbers of metrics/details.json alone."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from promptmix.arms import ARMS
from promptmix.core.errors import DataError
from promptmix.report.details import Details, classifiers, difference_between, lacking_texts
from promptmix.report.results import NO_TEST_TEXTS, MadeWith
from promptmix.report.scores import PLACES

MARKERS = "<!-- results -->", "<!-- /results -->"
HOW_TO_READ = (
    "Mean ± sample standard deviation over seeds [95 % interval over seeds and test texts]; bold: the 95 % interval"
    " excludes 0 (no correction for multiple comparisons)."
)
TEACHER = "the LLM itself, on its test texts"


def results_table(details: Details, references: Sequence[str] = ("few_shot",)) -> str:
    """Return one row per data set and arm, under a line that says what the numbers were made with.

    Below it is said which arms added no text for some classes.

    Args:
        details: Content of metrics/details.json.
        references: Arms with which all others are compared, a column each.
    """
    made_with = MadeWith(**details["made_with"])
    untested = any(not part["test_texts"] for each in details["datasets"].values() for part in each["arms"].values())
    rows = [
        _row(dataset, name, section, references, untested) | {"seeds": f"{len(made_with.seeds)}"}
        for dataset, section in details["datasets"].items()
        for name in classifiers(section)
    ]
    caption = f"{made_with} {HOW_TO_READ if len(made_with.seeds) > 1 else ''}".rstrip()
    table = markdown_table(rows[0], (row.values() for row in rows), words=2)
    return "\n\n".join([caption, table, *lacking_texts(details)])


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[str]], words: int) -> str:
    """Lay out a Markdown table: the first ``words`` columns are aligned left, the others right."""
    from tabulate import tabulate

    columns = list(head)
    align = ["left"] * words + ["right"] * (len(columns) - words)
    return str(tabulate(rows, columns, tablefmt="pipe", disable_numparse=True, colalign=align))


def plus_minus(mean: float, std: float | None) -> str:
    """Return ``0.712 ± 0.018``, alike for exact numbers and for those of metrics/details.json; std may be None."""
    return " ± ".join(f"{round(number, PLACES):.3f}" for number in (mean, std) if number is not None)


def mean_std_cell(numbers: Mapping[str, Any], key: str) -> str:
    """Return a number with its standard deviation; a dash where there is none."""
    return plus_minus(numbers[key], numbers.get(f"{key}_std")) if key in numbers else "–"


def no_accuracy(numbers: Mapping[str, Any]) -> str:
    """Say why an arm has no test accuracy; empty where it has one."""
    why: str = numbers.get("no_result", "")
    return why or ("" if numbers["test_texts"] else NO_TEST_TEXTS)


def difference_cell(numbers: Mapping[str, Any]) -> str:
    """Return ``+0.138 [+0.056, +0.219]``, in bold where the interval excludes 0; a dash where nothing was compared."""
    if not numbers:
        return "–"
    if "low" not in numbers:
        return f"{numbers['accuracy']:+.3f}"
    text = f"{numbers['accuracy']:+.3f} [{numbers['low']:+.3f}, {numbers['high']:+.3f}]"
    return f"**{text}**" if numbers["excludes_zero"] else text


def update_between_markers(text: str, table: str, markers: tuple[str, str] = MARKERS) -> str:
    """Return ``text`` with ``table`` in place of everything between two markers.

    Raises:
        DataError: ``text`` does not hold both markers, once and in order.
    """
    start, end = markers
    if text.count(start) != 1 or text.count(end) != 1 or text.index(start) > text.index(end):
        raise DataError(f"no place for the results table: write {start} and {end} once each, on lines of their own")
    return text[: text.index(start) + len(start)] + f"\n\n{table}\n\n" + text[text.index(end) :]


def _row(
    dataset: str, name: str, section: Mapping[str, Any], references: Sequence[str], untested: bool
) -> dict[str, str]:
    numbers = classifiers(section)[name]
    return {
        "data set": dataset,
        "trained on": _title(name),
        "test accuracy": no_accuracy(numbers) or mean_std_cell(numbers, "accuracy"),
        **({"validation accuracy": mean_std_cell(numbers, "validation_accuracy")} if untested else {}),
        **{
            f"difference to `{reference}` [95 %]": difference_cell(difference_between(section, name, reference))
            for reference in references
        },
        "training texts": _count(numbers["train_texts"]) if "train_texts" in numbers else "–",
        "test texts": f"{numbers['test_texts']}",
    }


def _title(name: str) -> str:
    note = TEACHER if name == "teacher" else ARMS[name].note if name in ARMS else ""  # a tag may have other arms
    return f"`{name}`, {note}" if note else f"`{name}`"


def _count(mean: float) -> str:
    """Return a mean of counts: ``60``, or ``36.3`` where it is not whole."""
    return f"{mean:.0f}" if float(mean).is_integer() else f"{mean:.1f}"
