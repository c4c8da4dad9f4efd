"""Say how many answers a run of the pipeline asked for, and how many were at hand.

``python -m tools.tally start`` forgets what was counted before; ``python -m tools.tally show`` prints the sums.
"""

import sys

from promptmix.llm import tally


def main(verb: str) -> None:
    """Start to count, or show what was counted."""
    if verb == "start":
        tally.path().unlink(missing_ok=True)
        return
    sums = tally.totals()
    words = f"answers of the language model: {sums['asked']} asked now, {sums['recorded']} recorded before"
    if sums.get("prompt_tokens"):
        words += f"; {sums['prompt_tokens']} tokens in, {sums['completion_tokens']} out"
    if sums.get("microdollars"):
        words += f", ${sums['microdollars'] / 1e6:.4f}"
    sys.stdout.write(words + "\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "show")
