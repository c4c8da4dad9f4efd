"""Compare what has been run: one row a configuration, the params that differ, accuracies as mean ± std over seeds.

``python -m promptmix.cli.compare.command`` shows the working tree, the present commit and its experiments; more commits or tags may be
named. ``--md`` is for a paper, ``--csv`` for a notebook, with one line a configuration, data set and arm.
"""

import argparse
import csv
import io
import sys
from collections.abc import Sequence

from promptmix.cli.compare import configurations, layout
from promptmix.cli.compare.configurations import Configuration
from promptmix.cli.running import run
from promptmix.report.scores import spread


def main(arguments: Sequence[str]) -> str:
    """Do what the command line says and return what to print."""
    options = _options(arguments)
    found, left_out = configurations.read(options.revisions or ["HEAD"], options.split)
    if options.csv:
        sys.stderr.writelines(f"{line}\n" for line in left_out)
        return _csv(found)
    rows = layout.rows(found)
    if not rows:
        return "\n".join(["nothing has been run yet: `dvc repro`, or `make sweep`", *left_out, ""])
    table = layout.markdown(rows) if options.md else layout.plain(rows)
    foot = (
        f"{options.split} accuracy, mean ± sample standard deviation over seeds; best {layout.sorted_by(found)} first"
    )
    return "\n".join([table, "", foot, *left_out, ""])


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revisions", nargs="*", metavar="REVISION", help="commits or tags (HEAD)")
    parser.add_argument("--split", choices=["test", "validation"], default="test", help="choose settings by validation")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--md", action="store_true", help="as a Markdown table")
    shape.add_argument("--csv", action="store_true", help="as CSV, unrounded")
    return parser.parse_args(arguments)


def _csv(found: Sequence[Configuration]) -> str:
    """Return one line a configuration, data set and arm, with all params that differ."""
    keys = layout.changed(found)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["names", *keys, "dataset", "arm", "seeds", "accuracy", "accuracy_std"])
    for each in found:
        for (dataset, arm), by_seed in each.scores.items():
            mean, std, n = spread(list(by_seed.values()))
            values = [each.params.get(key, "") for key in keys]
            writer.writerow([" ".join(each.names), *values, dataset, arm, n, mean, "" if std is None else std])
    return out.getvalue()


if __name__ == "__main__":
    run(main, sys.argv[1:])
