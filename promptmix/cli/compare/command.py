"""What has been run, as text: one row a configuration, the params that differ, mean ± std accuracies over seeds."""

import csv
import io
import sys
from collections.abc import Sequence
from typing import Literal

from promptmix.cli.compare import layout
from promptmix.cli.compare.configurations import Configuration, read_configurations
from promptmix.cli.repository import require_root
from promptmix.report.scores import mean_and_std


def comparison(
    revisions: Sequence[str], split: Literal["test", "validation"], form: Literal["plain", "md", "csv"]
) -> str:
    """Return the table of the working tree, revisions and their experiments; CSV has a line a configuration and arm."""
    require_root()
    found, left_out = read_configurations(revisions, split)
    if form == "csv":
        sys.stderr.writelines(f"{line}\n" for line in left_out)
        return _csv(found)
    rows = layout.rows(found)
    if not rows:
        return "\n".join(["nothing has been run yet: `promptmix run`, or `promptmix sweep`", *left_out, ""])
    table = layout.markdown(rows) if form == "md" else layout.plain(rows)
    foot = f"{split} accuracy, mean ± sample standard deviation over seeds; best {layout.sorted_by(found)} first"
    return "\n".join([table, "", foot, *left_out, ""])


def _csv(found: Sequence[Configuration]) -> str:
    """Return one line a configuration, data set and arm, with all params that differ."""
    keys = layout.changed(found)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["names", *keys, "dataset", "arm", "seeds", "accuracy", "accuracy_std"])
    for each in found:
        for (dataset, arm), by_seed in each.scores.items():
            mean, std = mean_and_std(list(by_seed.values()))
            values = [each.params.get(key, "") for key in keys]
            writer.writerow(
                [" ".join(each.names), *values, dataset, arm, len(by_seed), mean, "" if std is None else std]
            )
    return out.getvalue()
