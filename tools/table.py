"""Print the results table, as the README shows it, from metrics/summary.json."""

import sys
from pathlib import Path

from promptmix import command, reporting, tables


def main(metrics: Path) -> None:
    """Read the numbers and print the table."""
    sys.stdout.write(tables.table(reporting.read_summary(metrics)) + "\n")


if __name__ == "__main__":
    command.run(main)
