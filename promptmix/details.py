"""What stands behind the numbers of metrics/summary.json: every difference, recall by class, calibration."""

from collections.abc import Sequence
from typing import Any

from promptmix import seeds
from promptmix.comparing import Difference, difference
from promptmix.outcomes import Results
from promptmix.scoring import calibration_error, score, spread

PLACES = 4


def differences(results: Results) -> dict[tuple[str, str], Difference]:
    """Compare every arm with ``few_shot``, and ``relabeled`` with ``mixed``: accuracy of the first minus the second."""
    pairs = [(arm, "few_shot") for arm in results.arms if arm != "few_shot"] + [("relabeled", "mixed")]
    return {
        (of, to): difference(
            [run.test[of] for run in results.runs],
            [run.test[to] for run in results.runs],
            seeds.rng("difference", results.dataset, of, to),
        )
        for of, to in pairs
        if {of, to} <= set(results.arms)
    }


def details(results: Sequence[Results]) -> dict[str, Any]:
    """Return the content of metrics/details.json: by data set its ``differences`` and ``arms``; shares are 0 to 1."""
    return {
        each.dataset: {
            "differences": {f"{of} - {to}": _difference(found) for (of, to), found in differences(each).items()},
            "arms": {arm: _arm(each, arm) for arm in each.arms},
        }
        for each in results
    }


def _difference(found: Difference) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "accuracy": round(found.mean, PLACES),
        "by_seed": [round(gain, PLACES) for gain in found.by_seed],
    }
    if found.interval:
        numbers |= {bound: round(value, PLACES) for bound, value in found.interval._asdict().items()}
    return numbers | {"supported": found.supported}


def _arm(results: Results, arm: str) -> dict[str, Any]:
    scores = [score(run.test[arm]) for run in results.runs]
    errors = [e for run in results.runs if (e := calibration_error(run.test[arm])) is not None]
    recall = {label: spread([each.recall[label] for each in scores]) for label in scores[0].recall}
    numbers: dict[str, Any] = {"recall": {label: round(of.mean, PLACES) for label, of in recall.items()}}
    if len(scores) > 1:
        numbers["recall_std"] = {label: round(of.std or 0.0, PLACES) for label, of in recall.items()}
    if errors:
        numbers["calibration_error_by_seed"] = [round(error, PLACES) for error in errors]
    return numbers
