"""Lays a comparison out as a table that can be read at 100 columns, or as Markdown."""

from collections.abc import Sequence

from promptmix.cli.compare.configurations import Configuration
from promptmix.report.scores import mean_and_std
from promptmix.report.tables import markdown_table, plus_minus

WIDTH = 100  # characters of a line
GAP = 2  # characters between columns
LONGEST_NAME = 34

Row = dict[str, str]
"""Cells by column, in the order of the columns; every row has the same ones."""


def rows(found: Sequence[Configuration]) -> list[Row]:
    """Return one row a configuration and data set, the best first within a data set."""
    keys = changed(found)
    titles = _titles(keys)
    arms = _arms(found)
    datasets = list(dict.fromkeys(dataset for each in found for dataset, _ in each.scores))
    made = []
    for dataset in datasets:
        for each in _best_first(found, dataset):
            row = {"run": _name(each)} | ({"data set": dataset} if len(datasets) > 1 else {})
            row |= {titles[key]: _value(each.params.get(key)) for key in keys}
            row |= {"seeds": _seeds(each, dataset)} | {arm: _accuracy(each, dataset, arm) for arm in arms}
            made.append(row)
    return made


def changed(found: Sequence[Configuration]) -> list[str]:
    """Return the params that are not the same in all configurations, in the order of params.yaml."""
    keys = dict.fromkeys(key for each in found for key in each.params)
    return [key for key in keys if len({repr(each.params.get(key)) for each in found}) > 1]


def sorted_by(found: Sequence[Configuration]) -> str:
    """Return the arm by which rows are sorted: the method's own, else the last student."""
    students = [arm for arm in _arms(found) if arm != "teacher"]
    return "relabeled" if "relabeled" in students else students[-1] if students else ""


def plain(rows: Sequence[Row]) -> str:
    """Return aligned columns; those that do not fit beside each other follow in blocks below, each with the names."""
    first, *others = rows[0]
    widths = {column: max(len(column), *(len(row[column]) for row in rows)) for column in rows[0]}
    blocks = [[first]]
    for column in others:
        if sum(widths[each] + GAP for each in [*blocks[-1], column]) - GAP > WIDTH and len(blocks[-1]) > 1:
            blocks.append([first])
        blocks[-1].append(column)
    return "\n\n".join(_aligned(rows, block) for block in blocks)


def markdown(rows: Sequence[Row]) -> str:
    """Return a Markdown table."""
    return markdown_table(rows[0], (row.values() for row in rows), words=1)


def _aligned(rows: Sequence[Row], columns: Sequence[str]) -> str:
    from tabulate import tabulate

    align = ["left", *["right"] * (len(columns) - 1)]
    cells = [[row[column] for column in columns] for row in rows]
    return str(tabulate(cells, columns, tablefmt="plain", disable_numparse=True, colalign=align))


def _titles(keys: Sequence[str]) -> dict[str, str]:
    """Return the shortest ends of dotted keys that tell them apart."""
    last = [key.split(".")[-1] for key in keys]
    return {key: end if last.count(end) == 1 else key for key, end in zip(keys, last, strict=True)}


def _arms(found: Sequence[Configuration]) -> list[str]:
    most_first = sorted(found, key=lambda each: -len(each.scores))
    arms = dict.fromkeys(arm for each in most_first for _, arm in each.scores)
    return sorted(arms, key=lambda arm: arm == "teacher")


def _best_first(found: Sequence[Configuration], dataset: str) -> list[Configuration]:
    arm = sorted_by(found)
    there = [each for each in found if any(name == dataset for name, _ in each.scores)]
    return sorted(there, key=lambda each: -mean_and_std(list(each.scores.get((dataset, arm), {0: 0.0}).values())).mean)


def _name(each: Configuration) -> str:
    """Return the name to apply an experiment by, else that of the commit or the working tree."""
    name = each.names[-1]
    more = f" +{len(each.names) - 1}" if len(each.names) > 1 else ""
    most = LONGEST_NAME - len(more)
    return (name if len(name) <= most else f"{name[: most // 2]}…{name[-(most // 2) + 1 :]}") + more


def _value(value: object) -> str:
    return "–" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _seeds(each: Configuration, dataset: str) -> str:
    """Return how many seeds the numbers of a row are means over; a range where arms differ."""
    counts = sorted({len(seeds) for (name, _), seeds in each.scores.items() if name == dataset})
    return "–".join(map(str, dict.fromkeys([counts[0], counts[-1]])))


def _accuracy(each: Configuration, dataset: str, arm: str) -> str:
    if not (by_seed := each.scores.get((dataset, arm))):
        return "–"
    return plus_minus(*mean_and_std(list(by_seed.values())))
