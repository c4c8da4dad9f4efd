"""The numbers of metrics/summary.json: how good every arm is, and what the language model was asked."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, get_args

from promptmix.core.records import Completion, Reason
from promptmix.report.details import PLACES, differences
from promptmix.report.differences import Difference
from promptmix.report.results import MadeWith, Results, Run
from promptmix.report.scores import Score, calibration_error, score, spread

Summary = dict[str, Any]
"""Nested, so that DVC shows ``demo.mixed.accuracy``; shares are 0 to 1, all numbers rounded to ``PLACES``."""

MADE_WITH = "made-with"  # no data set can be named so: names have no "-"
REFERENCES = {"gain": "few_shot", "to_relabeled": "relabeled"}
"""The arms that every other one is compared with, by the names that their differences have in the summary."""


def summarize(results: Sequence[Results], made_with: MadeWith) -> Summary:
    """Return the content of metrics/summary.json: what it was made with, then a section a data set.

    A section has one part an arm, ``teacher`` where it was asked, and ``generation``. A number with a ``_std`` beside
    it is mean and sample standard deviation over seeds, any other a mean over seeds. ``gain`` is the accuracy of an arm
    minus that of ``few_shot``, between ``gain_low`` and ``gain_high`` by :func:`promptmix.report.differences.difference`, and
    ``to_relabeled`` the same against ``relabeled``; those of ``teacher`` are on the texts that it was asked of. One
    seed gives no ``_std`` and no bounds.
    """
    head = asdict(made_with) | {"seeds": " ".join(map(str, made_with.seeds))}
    return {MADE_WITH: head} | {each.dataset: _section(each) for each in results}


def _section(results: Results) -> dict[str, Any]:
    parts: dict[str, Any] = {arm: _arm(results.runs, arm) for arm in results.arms}
    if teacher := [score(run.teacher) for run in results.runs if run.teacher]:
        parts["teacher"] = _scores(teacher)
    for (of, to), found in differences(results).items():
        for name, reference in REFERENCES.items():
            if reference == to:
                parts[of] |= as_numbers(name, found)
            if reference == of:
                parts[to] |= as_numbers(name, found.reversed)
    return parts | {"generation": _generation(results.runs)}


def as_numbers(name: str, found: Difference) -> dict[str, float]:
    """Return a difference as numbers of the summary: ``name``, and its bounds behind ``name_low`` and ``name_high``."""
    bounds = found.interval._asdict() if found.interval else {}
    return {name: round(found.mean, PLACES)} | {f"{name}_{bound}": round(v, PLACES) for bound, v in bounds.items()}


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


def _spread(name: str, values: Sequence[float]) -> dict[str, float]:
    mean, std, _ = spread(values)
    return {name: round(mean, PLACES)} | ({} if std is None else {f"{name}_std": round(std, PLACES)})


def _mean(values: Sequence[float]) -> float:
    return round(spread(values).mean, PLACES)
