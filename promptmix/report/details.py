"""What stands behind the numbers of metrics/summary.json: every difference, recall by class, calibration."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from promptmix.arms.assemble import ARMS
from promptmix.core import seeds
from promptmix.report.differences import Difference, Hits, difference, right
from promptmix.report.results import Results
from promptmix.report.scores import calibration_error, score, spread

PLACES = 4


def differences(results: Results) -> dict[tuple[str, str], Difference]:
    """Compare every arm with every other, and the teacher with each on the texts that it was asked of.

    A difference is the test accuracy of the first of a pair minus that of the second; of two arms, the first is the one
    that stands later in ``ARMS``.
    """
    return {
        (of, to): difference(mine, theirs, seeds.rng("difference", results.dataset, of, to))
        for of, to, mine, theirs in _pairs(results)
    }


def details(results: Sequence[Results]) -> dict[str, Any]:
    """Return the content of metrics/details.json: by data set its ``differences`` and ``arms``; shares are 0 to 1.

    ``right_by_seed`` has a string of digits a seed, one digit a test text in the order of test.jsonl: 1 where the
    student is right. With it any two commits can be compared text by text, without their predictions.
    """
    return {
        each.dataset: {
            "differences": {f"{of} - {to}": _difference(found) for (of, to), found in differences(each).items()},
            "arms": {arm: _arm(each, arm) for arm in each.arms},
        }
        for each in results
    }


def _pairs(results: Results) -> Iterator[tuple[str, str, Hits, Hits]]:
    hits = {arm: right([run.test[arm] for run in results.runs]) for arm in ARMS if arm in results.arms}
    for to, of in combinations(hits, 2):
        yield of, to, hits[of], hits[to]
    if all(run.teacher for run in results.runs):
        places = {text.id: place for place, text in enumerate(results.test)}
        asked = [[places[p.id] for p in run.teacher] for run in results.runs]
        said = right([run.teacher for run in results.runs])
        for arm, all_of_it in hits.items():
            yield "teacher", arm, said, np.take_along_axis(all_of_it, np.array(asked), axis=1)


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
    hits = right([run.test[arm] for run in results.runs])
    return numbers | {"right_by_seed": ["".join(f"{hit:.0f}" for hit in seed) for seed in hits]}
