"""The numbers that leave the repository: metrics/summary.json, the results table, and the rows behind the plots."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, get_args

from promptmix.details import differences
from promptmix.errors import DataError
from promptmix.outcomes import MadeWith, Results, Run
from promptmix.records import Completion, Prediction, Reason
from promptmix.scoring import Score, calibration_error, score, spread, wilson

Summary = dict[str, Any]
"""Nested, so that DVC shows ``demo.mixed.accuracy``; shares are 0 to 1, all numbers rounded to ``PLACES``."""

Row = dict[str, str | int | float]
"""One line of a CSV file, by column."""

PLACES = 4
MADE_WITH = "made-with"  # no data set can be named so: names have no "-"
MARKERS = "<!-- results -->", "<!-- /results -->"
HOW_TO_READ = (
    " Mean ± sample standard deviation over seeds; in brackets where a difference lies, by the spread over seeds and"
    " test texts. Bold: differences whose sign is beyond doubt, and the best arm that is better so, `human` apart."
)
NOTES = {"human": ", as many real texts", "prototypes": ", the encoder's nearest class, untrained"}
COLUMNS = [
    "data set",
    "trained on",
    "test accuracy",
    "difference to `few_shot` [95 %]",
    "test macro F1",
    "validation accuracy",
    "training texts",
    "test texts",
    "seeds",
]


class Moved(NamedTuple):
    """Of the texts written for one target share, how many relabelling moved to another label."""

    dataset: str
    target_share: float
    moved: int
    texts: int
    share_moved: float
    low: float
    """Lower bound of ``share_moved``, 95 % Wilson, as if texts were independent."""

    high: float


def summary(results: Sequence[Results], made_with: MadeWith) -> Summary:
    """Return the content of metrics/summary.json: what it was made with, then a section a data set.

    A section has one part an arm, ``teacher`` where it was asked, and ``generation``. A number with a ``_std`` beside
    it is mean and sample standard deviation over seeds, any other a mean over seeds. ``gain`` is the accuracy of an arm
    minus that of ``few_shot``, between ``gain_low`` and ``gain_high`` by :func:`promptmix.comparing.difference`. One
    seed gives no ``_std`` and no bounds.
    """
    head = asdict(made_with) | {"seeds": " ".join(map(str, made_with.seeds))}
    return {MADE_WITH: head} | {each.dataset: _section(each) for each in results}


def table(numbers: Summary) -> str:
    """Return the results as a Markdown table under one line that says what they were made with."""
    head = numbers[MADE_WITH]
    made_with = MadeWith(**head | {"seeds": tuple(map(int, head["seeds"].split()))})
    rows = [
        _row(dataset, name, part, best=name == _best(section))
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


def moved_by_share(results: Results) -> list[Moved]:
    """Count moved texts by target share, lowest first, all seeds together; a text that lost its label has not moved."""
    texts = [text for run in results.runs for text in run.relabeled]
    asked = Counter(text.target_share for text in texts)
    moved = Counter(text.target_share for text in texts if text.label not in (None, text.given))
    return [
        Moved(results.dataset, share, moved[share], n, moved[share] / n, *wilson(moved[share], n))
        for share, n in sorted(asked.items())
    ]


def accuracy_rows(results: Sequence[Results]) -> Iterator[Row]:
    """Yield accuracy by data set, arm (the teacher last), seed and split; sets of texts that are empty are left out."""
    for each in results:
        for arm in [*each.arms, "teacher"]:
            for run in each.runs:
                head: Row = {"dataset": each.dataset, "arm": arm, "seed": run.seed}
                for split, texts in _splits(run, arm).items():
                    if texts:
                        yield head | {"split": split, "accuracy": round(score(texts).accuracy, PLACES)}


def confusion_rows(results: Sequence[Results]) -> Iterator[Row]:
    """Yield one row a test text, arm and seed, as DVC's confusion templates count them."""
    for each in results:
        for arm in each.arms:
            for p in each.tested(arm):
                yield {"dataset": each.dataset, "arm": arm, "actual": p.gold, "predicted": p.predicted or "(none)"}


def share_rows(results: Sequence[Results]) -> Iterator[Row]:
    """Yield moved texts by data set and target share."""
    for each in results:
        for row in moved_by_share(each):
            yield {
                key: round(value, PLACES) if isinstance(value, float) else value for key, value in row._asdict().items()
            }


def _section(results: Results) -> dict[str, Any]:
    arms = {arm: _arm(results.runs, arm) for arm in results.arms}
    for (of, to), found in differences(results).items():
        if to == "few_shot":
            bounds = found.interval._asdict() if found.interval else {}
            arms[of] |= {"gain": round(found.mean, PLACES)}
            arms[of] |= {f"gain_{bound}": round(value, PLACES) for bound, value in bounds.items()}
    teacher = [score(run.teacher) for run in results.runs if run.teacher]
    return arms | ({"teacher": _scores(teacher)} if teacher else {}) | {"generation": _generation(results.runs)}


def _arm(runs: Sequence[Run], arm: str) -> dict[str, float]:
    numbers = _scores([score(run.test[arm]) for run in runs])
    validation = [score(run.validation[arm]).accuracy for run in runs if run.validation[arm]]
    numbers |= _spread("validation_accuracy", validation) if validation else {}
    errors = [e for run in runs if (e := calibration_error(run.test[arm])) is not None]
    numbers |= _spread("calibration_error", errors) if errors else {}
    return numbers | {"train_texts": _mean([len(run.train[arm]) for run in runs])}


def _scores(scores: Sequence[Score]) -> dict[str, float]:
    """Join the scores of several seeds, all of the same test texts."""
    accuracy = _spread("accuracy", [s.accuracy for s in scores])
    macro_f1 = _spread("macro_f1", [s.macro_f1 for s in scores])
    return accuracy | macro_f1 | {"seeds": len(scores), "test_texts": scores[0].texts}


def _generation(runs: Sequence[Run]) -> dict[str, Any]:
    """Say what the language model was asked and what came of it, as means over seeds.

    Tokens are those of all prompts and answers of a stage, as if every prompt had been sent once and in full: what a
    stored answer or a server's cache of prompts saves is not taken off. Those of a kept text are of writing and
    relabelling together.
    """
    reasons = [Counter(line.reason for line in run.rejected) for run in runs]
    used = {stage: [_tokens(run.completions[stage]) for run in runs] for stage in runs[0].completions}
    numbers: dict[str, Any] = {
        "prompts": _mean([len(run.prompts) for run in runs]),
        "texts_kept": _mean([len(run.generated) for run in runs]),
        "lines_rejected": _mean([len(run.rejected) for run in runs]),
        "rejected": {reason: _mean([count[reason] for count in reasons]) for reason in get_args(Reason)},
        "tokens_in": {stage: _mean([each[0] for each in counts]) for stage, counts in used.items()},
        "tokens_out": {stage: _mean([each[1] for each in counts]) for stage, counts in used.items()},
    }
    if all(run.relabeled for run in runs):
        tokens = [
            sum(writing + labelling) for writing, labelling in zip(used["generate"], used["relabel"], strict=True)
        ]
        per_text = [t / len(run.relabeled) for t, run in zip(tokens, runs, strict=True)]
        numbers["prompt_and_completion_tokens_per_kept_text"] = _mean(per_text)
        numbers["relabeled_share"] = _mean([_share(run, moved=True) for run in runs])
        numbers["dropped_share"] = _mean([_share(run, moved=False) for run in runs])
    return numbers


def _tokens(completions: Sequence[Completion]) -> tuple[int, int]:
    """Return the tokens of prompts and of answers."""
    usages = [completion.usage for completion in completions]
    return sum(usage.prompt_tokens for usage in usages), sum(usage.completion_tokens for usage in usages)


def _share(run: Run, *, moved: bool) -> float:
    """Return the share of kept texts that got another label (moved), or none at all."""
    return sum(t.label not in (None, t.given) if moved else t.label is None for t in run.relabeled) / len(run.relabeled)


def _splits(run: Run, arm: str) -> dict[str, Sequence[Prediction]]:
    if arm == "teacher":
        return {"test": run.teacher}
    return {"validation": run.validation[arm], "test": run.test[arm]}


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    mean, std, _ = spread(values)
    return {name: round(mean, PLACES)} | ({} if std is None else {f"{name}_std": round(std, PLACES)})


def _mean(values: Sequence[float]) -> float:
    return round(spread(values).mean, PLACES)


def _best(section: dict[str, Any]) -> str | None:
    """Return the most accurate arm that is better than ``few_shot`` beyond doubt; ``human`` has labels others lack."""
    better = {n: part["accuracy"] for n, part in section.items() if n != "human" and part.get("gain_low", 0) > 0}
    return max(better, key=lambda name: better[name]) if better else None


def _row(dataset: str, name: str, part: dict[str, float], *, best: bool) -> list[str]:
    teacher = name == "teacher"
    title = f"`{name}`{NOTES.get(name, '')}"
    return [
        dataset,
        f"the LLM itself, as teacher ({part['test_texts']} test texts)" if teacher else _bold(title, best),
        _bold(cell(part, "accuracy"), best),
        gain(part),
        *(cell(part, key) for key in ("macro_f1", "validation_accuracy")),
        "–" if teacher else _count(part["train_texts"]),
        f"{part['test_texts']}",
        f"{part['seeds']}",
    ]


def gain(part: Mapping[str, float]) -> str:
    """Return ``+0.138 [+0.056, +0.219]``, in bold where the interval does not hold 0."""
    if "gain" not in part:
        return "–"
    if "gain_low" not in part:
        return f"{part['gain']:+.3f}"
    low, high = part["gain_low"], part["gain_high"]
    return _bold(f"{part['gain']:+.3f} [{low:+.3f}, {high:+.3f}]", low > 0 or high < 0)


def _count(mean: float) -> str:
    """Return a mean of counts: ``60``, or ``36.3`` where it is not whole."""
    return f"{mean:.0f}" if float(mean).is_integer() else f"{mean:.1f}"


def _bold(cell: str, bold: bool) -> str:
    return f"**{cell}**" if bold else cell


def cell(part: Mapping[str, float], key: str) -> str:
    """Return a number of a part of the summary with its standard deviation; a dash where there is none."""
    return plus_minus(part[key], part.get(f"{key}_std")) if key in part else "–"
