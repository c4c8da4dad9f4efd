"""Print the results table, as the README shows it: of metrics/summary.json as it is, or as it was at a git tag.

``python -m promptmix.cli.table --metrics metrics/summary.json --tag v1``
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from promptmix.cli import git
from promptmix.cli.running import run
from promptmix.core.errors import DataError
from promptmix.report import tables, write


def main(arguments: Sequence[str]) -> str:
    """Return the table that the command line asks for.

    Raises:
        DataError: there are no metrics, no such tag, or no metrics at it that this code can read.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metrics", type=Path, required=True)
    parser.add_argument("--tag", help="a tag, branch or commit")
    options = parser.parse_args(arguments)
    if options.tag is None:
        return tables.table(write.read_summary(options.metrics))
    return _released(options.tag, options.metrics)


def _released(tag: str, metrics: Path) -> str:
    hash_ = git.commit(tag)
    text = git.text(hash_, metrics.as_posix())
    if text is None:
        raise DataError(f"{tag} has no {metrics}: nothing was reported there")
    try:
        return f"Results of {tag} ({hash_[:7]}).\n\n{tables.table(json.loads(text))}"
    except (KeyError, TypeError, ValueError):
        raise DataError(f"{tag} has {metrics} in another form; `git show {tag}:README.md` has its table") from None


if __name__ == "__main__":
    run(main, sys.argv[1:])
