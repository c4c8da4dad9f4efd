"""The ``dvc`` of this project's environment: DVC itself, with a default under which ``dvc exp show`` fits a terminal.

Without a pager DVC squeezes all columns of that table into the terminal's width, and every column, even an empty one,
takes room for its border: of more than about a dozen columns nothing is left but "…" (DVC 3.67.1). Where no option says
which columns are wanted, the table without a pager therefore shows the accuracies and what changed. All other commands
reach DVC as they are, and ``python -m dvc`` is DVC without this default.
"""

import sys
from collections.abc import Sequence

CHOICES = ("--only-changed", "--keep", "--drop", "--csv", "--json", "--md", "--help", "-h")
"""Options that say how the table is wanted."""


def run_dvc() -> int:
    """Run DVC with the command line and return its exit status."""
    from dvc.cli import main

    return int(main(with_defaults(sys.argv[1:])))


def with_defaults(arguments: Sequence[str]) -> list[str]:
    """Return the arguments for DVC: those given, and the default columns for ``exp show --no-pager``."""
    chosen = any(argument.split("=")[0] in CHOICES for argument in arguments)
    if list(arguments[:2]) != ["exp", "show"] or "--no-pager" not in arguments or chosen:
        return list(arguments)
    from promptmix.arms import ARMS

    return [*arguments, "--only-changed", "--keep", rf"\w+\.(?:{'|'.join([*ARMS, 'teacher'])})$"]


if __name__ == "__main__":
    sys.exit(run_dvc())
