"""The content of metrics/summary.json: the few numbers that ``dvc exp show`` and ``dvc metrics diff`` compare."""

from promptmix.report.details import Details, classifiers

Summary = dict[str, dict[str, float]]
"""Mean test accuracy by data set and arm, 0 to 1; DVC shows it as ``demo.relabeled``."""


def summarize(details: Details) -> Summary:
    """Pick the accuracy of every arm in the order of params.yaml, and of ``teacher`` where there is one."""
    return {
        dataset: {arm: numbers["accuracy"] for arm, numbers in classifiers(section).items()}
        for dataset, section in details["datasets"].items()
    }
