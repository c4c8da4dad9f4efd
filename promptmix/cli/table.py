"""The results table, as the README shows it: of the present run, or as it was at a git tag."""

import json
from typing import Any

from promptmix.cli import git, pipeline
from promptmix.core.errors import DataError
from promptmix.report.details import without_result
from promptmix.report.tables import results_table
from promptmix.report.write import read_details


def show_table(tag: str | None) -> str:
    """Return the results table of the working tree, or of a tag, branch or commit.

    Raises:
        DataError: there are no results, no such tag, or no results at it that this code can read.
    """
    details = pipeline.report("details.json")
    if tag is None:
        return _table(read_details(details), f"{details} has another form; `dvc repro --force report` makes it anew")
    hash_ = git.commit(tag)
    text = git.text(hash_, details.as_posix())
    if text is None:
        raise DataError(f"{tag} has no {details}: nothing was reported there")
    refused = f"{tag} has {details} in another form; `git show {tag}:README.md` has its table"
    try:
        return f"Results of {tag} ({hash_[:7]}).\n\n{_table(json.loads(text), refused)}"
    except ValueError:
        raise DataError(refused) from None


def missing_results() -> str:
    """Say in one line which arms of the working tree have no result and why; empty where all have one.

    Raises:
        DataError: there are no results.
    """
    return without_result(read_details(pipeline.report("details.json")))


def _table(numbers: Any, refused: str) -> str:
    try:
        return results_table(numbers)
    except (KeyError, TypeError):
        raise DataError(refused) from None
