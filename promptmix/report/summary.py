"""The content of metrics/summary.json: the few numbers that ``dvc exp show`` and ``dvc metrics diff`` compare."""

from promptmix.report.details import Details, classifiers

Summary = dict[str, dict[str, float]]
"""Mean test accuracy by data set and arm, 0 to 1; DVC shows it as ``demo.relabeled``, and a dash where it is absent."""


def summarize(details: Details) -> Summary:
    """Pick the accuracy of every arm that has one, in the order of params.yaml, and of ``teacher`` likewise."""
    return {
        dataset: {arm: part["accuracy"] for arm, part in classifiers(section).items() if "accuracy" in part}
        for dataset, section in details["datasets"].items()
    }
