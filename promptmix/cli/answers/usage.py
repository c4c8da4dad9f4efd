"""Say how many answers a run of the pipeline asked for, and how many were at hand.

``python -m promptmix.cli.answers.usage start`` forgets what was counted before; ``python -m promptmix.cli.answers.usage show`` prints the sums.
"""

import sys
from collections.abc import Sequence

from promptmix.cli.running import run
from promptmix.llm.store import usage_log


def main(arguments: Sequence[str]) -> str | None:
    """Start to count, or return what was counted, to print."""
    if "start" in arguments:
        usage_log.path().unlink(missing_ok=True)
        return None
    sums = usage_log.totals()
    words = f"answers of the language model: {sums['asked']} asked now, {sums['recorded']} recorded before"
    if sums.get("prompt_tokens"):
        words += f"; {sums['prompt_tokens']} tokens in, {sums['completion_tokens']} out"
    if sums.get("microdollars"):
        words += f", ${sums['microdollars'] / 1e6:.4f}"
    return words


if __name__ == "__main__":
    run(main, sys.argv[1:])
