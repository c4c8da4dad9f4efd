"""Say how many answers a run of the pipeline asked for, and how many were at hand.

``python -m tools.tally start`` forgets what was counted before; ``python -m tools.tally show`` prints the sums.
"""

import sys

from promptmix.llm import asking


def main(verb: str) -> None:
    """Start to count, or show what was counted."""
    if verb == "start":
        asking.tally_path().unlink(missing_ok=True)
        return
    asked, recorded = asking.tallied()
    sys.stdout.write(f"answers of the language model: {asked} asked now, {recorded} recorded before\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "show")
