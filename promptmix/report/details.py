"""The content of metrics/details.json: every number of a run, and what the numbers were made with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from promptmix.core.records import Completion, Prediction, Reason
from promptmix.report.differences import Difference, correct, pairwise_differences
from promptmix.report.results import MadeWith, Results, Run
from promptmix.report.scores import PLACES, Score, accuracy, calibration_error, mean_and_std, score

Details = dict[str, Any]
"""Nested as in the file; shares are 0 to 1, all numbers rounded to ``PLACES``."""


def collect_details(results: Sequence[Results], made_with: MadeWith) -> Details:
    """Return ``made_with``, and by data set under ``datasets``: ``arms``, ``teacher``, ``generation``, ``differences``.

    A number with a ``_std`` beside it is mean and sample standard deviation over seeds, any other a mean over seeds.
    ``teacher`` is left out where there is none. A difference is the test accuracy of the first minus that of the
    second, between ``low`` and ``high`` by :func:`promptmix.report.differences.paired_difference`. One seed gives
    neither ``_std`` nor bounds. An arm without a result has ``no_result``, which says why, in place of all that its
    student got right, and one that added no text for some classes has ``classes_without_added_text``; without test
    texts an arm has nothing but counts and ``validation_accuracy``.

    ``right_by_seed`` has a string of digits per seed, one digit per test text in the order of test.jsonl: 1 where the
    prediction is right. With it, any two commits can be compared text by text without their predictions.
    """
    return {"made_with": asdict(made_with), "datasets": {each.dataset: _dataset(each) for each in results}}


def as_numbers(found: Difference) -> dict[str, Any]:
    """Return a difference in the form of metrics/details.json."""
    numbers: dict[str, Any] = {
        "accuracy": round(found.mean, PLACES),
        "by_seed": [round(gain, PLACES) for gain in found.by_seed],
    }
    if found.interval:
        numbers |= {bound: round(value, PLACES) for bound, value in found.interval._asdict().items()}
        numbers["excludes_zero"] = found.interval.excludes_zero
    return numbers


def difference_between(section: Mapping[str, Any], of: str, to: str) -> Mapping[str, Any]:
    """Return how much ``of`` is better than ``to`` from the numbers of one data set; empty where not compared.

    Every pair is in the file once; where it has the opposite order, the signs are turned.
    """
    found: Mapping[str, Mapping[str, Any]] = section["differences"]
    if f"{of} - {to}" in found or f"{to} - {of}" not in found:
        return found.get(f"{of} - {to}", {})
    turned = dict(found[f"{to} - {of}"])
    turned |= {"accuracy": 0 - turned["accuracy"], "by_seed": [0 - gain for gain in turned.get("by_seed", [])]}
    if "low" in turned:
        turned |= {"low": 0 - turned["high"], "high": 0 - turned["low"]}  # 0 - x is never -0.0
    return turned


def classifiers(section: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of every arm, and last those of ``teacher`` where there is one, from those of one data set."""
    return {**section["arms"], **{name: section[name] for name in ["teacher"] if name in section}}


def without_result(details: Details) -> str:
    """Say in one line which arms have no result and why; empty where all have one."""
    whys: dict[tuple[str, str], list[str]] = {}
    for dataset, section in details["datasets"].items():
        for arm, numbers in section["arms"].items():
            if "no_result" in numbers:
                whys.setdefault((dataset, numbers["no_result"]), []).append(arm)
    return "; ".join(f"{', '.join(arms)} of {dataset} ({why})" for (dataset, why), arms in whys.items())


def lacking_texts(details: Details) -> list[str]:
    """Say of each data set, in a line for arms that are alike, for which classes they added no text."""
    found: dict[tuple[str, int, tuple[str, ...]], list[str]] = {}
    for dataset, section in details["datasets"].items():
        for arm, numbers in section["arms"].items():
            if labels := tuple(numbers.get("classes_without_added_text", ())):
                found.setdefault((dataset, numbers["classes"], labels), []).append(arm)
    seeds = " with some seed" if len(details["made_with"]["seeds"]) > 1 else ""
    return [
        f"{dataset}: {', '.join(arms)} added no text for {len(labels)} of {classes} classes{seeds}"
        f" ({', '.join(labels[:3])}{', …' if len(labels) > 3 else ''})"
        for (dataset, classes, labels), arms in found.items()
    ]


def _dataset(results: Results) -> dict[str, Any]:
    parts: dict[str, Any] = {"arms": {arm: _arm(results, arm) for arm in results.arms}}
    if results.has_teacher:
        parts["teacher"] = _test_scores([score(run.teacher) for run in results.runs])
    parts["generation"] = _generation(results.runs)
    compared = pairwise_differences(results)
    return parts | {"differences": {f"{of} - {to}": as_numbers(found) for (of, to), found in compared.items()}}


def _arm(results: Results, arm: str) -> dict[str, Any]:
    train_texts: dict[str, Any] = {"train_texts": _mean([len(run.train[arm]) for run in results.runs])}
    if why := results.why_no_result(arm):
        return {"no_result": why, "test_texts": len(results.test)} | train_texts
    if labels := results.without_added(arm):
        train_texts |= {"classes_without_added_text": labels, "classes": len(results.labels)}
    tested = [run.test[arm] for run in results.runs]
    scores = [score(predictions) for predictions in tested if predictions]
    numbers: dict[str, Any] = _test_scores(scores) if scores else {"test_texts": 0}
    if all(run.validation[arm] for run in results.runs):
        numbers |= _mean_std("validation_accuracy", [accuracy(run.validation[arm]) for run in results.runs])
    numbers |= train_texts
    if not scores:
        return numbers
    numbers |= _calibration(tested) | _recall(scores)
    return numbers | {"right_by_seed": ["".join(f"{hit:.0f}" for hit in seed) for seed in correct(tested)]}


def _test_scores(scores: Sequence[Score]) -> dict[str, Any]:
    """Join the scores of several seeds, all with equally many test texts."""
    accuracies = _mean_std("accuracy", [each.accuracy for each in scores])
    return accuracies | _mean_std("macro_f1", [each.macro_f1 for each in scores]) | {"test_texts": scores[0].texts}


def _calibration(tested: Sequence[Sequence[Prediction]]) -> dict[str, Any]:
    errors = [error for predictions in tested if (error := calibration_error(predictions)) is not None]
    if not errors:
        return {}
    by_seed = [round(error, PLACES) for error in errors]
    return _mean_std("calibration_error", errors) | {"calibration_error_by_seed": by_seed}


def _recall(scores: Sequence[Score]) -> dict[str, Any]:
    recall = {label: mean_and_std([each.recall[label] for each in scores]) for label in scores[0].recall}
    numbers = {"recall": {label: round(of.mean, PLACES) for label, of in recall.items()}}
    if len(scores) > 1:
        numbers["recall_std"] = {label: round(of.std or 0.0, PLACES) for label, of in recall.items()}
    return numbers


def _generation(runs: Sequence[Run]) -> dict[str, Any]:
    """Count what was requested of the language model and what its replies gave, as means over seeds.

    Tokens are those of all prompts and responses of a stage, as if every prompt had been sent once and in full: savings
    by stored responses or a server's prompt cache are not subtracted. Tokens per kept text include relabeling.
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
        tokens = [sum(writing + labeling) for writing, labeling in zip(used["generate"], used["relabel"], strict=True)]
        per_text = [t / len(run.relabeled) for t, run in zip(tokens, runs, strict=True)]
        numbers["prompt_and_completion_tokens_per_kept_text"] = _mean(per_text)
        numbers["relabeled_share"] = _mean([_share(run, moved=True) for run in runs])
        numbers["dropped_share"] = _mean([_share(run, moved=False) for run in runs])
    return numbers


def _tokens(completions: Sequence[Completion]) -> tuple[int, int]:
    """Return the tokens of prompts and of responses."""
    usages = [completion.usage for completion in completions]
    return sum(usage.prompt_tokens for usage in usages), sum(usage.completion_tokens for usage in usages)


def _share(run: Run, *, moved: bool) -> float:
    """Return the share of kept texts that got another label (moved), or no label at all."""
    return sum(t.label not in (None, t.given) if moved else t.label is None for t in run.relabeled) / len(run.relabeled)


def _mean_std(name: str, values: Sequence[float]) -> dict[str, float]:
    mean, std = mean_and_std(values)
    return {name: round(mean, PLACES)} | ({} if std is None else {f"{name}_std": round(std, PLACES)})


def _mean(values: Sequence[float]) -> float:
    return round(mean_and_std(values).mean, PLACES)
