"""Compare the metrics of this machine's run with the committed ones.

On one platform a replay repeats them byte for byte. Another processor may round differently, which can turn single
predictions; a difference beyond ``MOST`` is no rounding.
"""

import json
from collections.abc import Iterator
from typing import Any

import typer

from promptmix.cli import git, pipeline
from promptmix.core.errors import DataError

MOST = 0.1  # of an accuracy, 0 to 1


def compare_with_committed() -> int:
    """Return 0 where the numbers are equal or nearly so, else print the ones that are not and return 1.

    Raises:
        DataError: there are no metrics, or none in git.
    """
    metrics = pipeline.metrics()
    committed = git.text("HEAD", metrics.as_posix())
    if committed is None or not metrics.exists():
        raise DataError(f"{metrics} is not there, or not in git: `promptmix run`, then commit it")
    if committed == metrics.read_text(encoding="utf-8"):
        typer.echo(f"{metrics} is the committed one, byte for byte")
        return 0
    before = dict(_leaves(json.loads(committed)))
    now = dict(_leaves(json.loads(metrics.read_text(encoding="utf-8"))))
    far = {key for key in before.keys() | now.keys() if abs(before.get(key, 9.0) - now.get(key, 9.0)) > MOST}
    typer.echo(f"{metrics} differs from the committed one (another processor?); {len(far)} numbers by over {MOST}")
    for key in sorted(far):
        typer.echo(f"  {key}: {before.get(key)} -> {now.get(key)}")
    return 1 if far else 0


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the accuracies of a nested summary, by dotted key."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else key)
    elif isinstance(value, float):
        yield path, value
