"""What ``report`` draws; every function returns a figure that :func:`promptmix.report.style.save_figure` writes."""

import textwrap
from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from promptmix.core.records import Prediction
from promptmix.report.csv_rows import Moved, moved_by_share
from promptmix.report.embedding_map import Map
from promptmix.report.results import MadeWith, Results
from promptmix.report.scores import accuracy, confusion_shares, mean_and_std
from promptmix.report.style import BLUE, INK, ORANGE, SOFT, columns_of, panels, readable, styled
from promptmix.report.tables import plus_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from matplotlib.lines import Line2D

MANY = 20  # with more classes than this, a matrix has no numbers in its cells
LINE = 0.075  # inches that the name of one of many classes takes
# Distinct for every kind of color vision; the first six are Okabe and Ito's.
COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#9467bd", "#7a5c00"]
SHAPES = "osD^vP<X"  # one per color, so that the map can be read in gray


@styled
def accuracy_figure(results: Sequence[Results], made_with: MadeWith) -> "Figure":
    """Draw the test accuracy of every arm and of the teacher: each seed, mean and standard deviation."""
    head = f"Test accuracy of {made_with.student}; texts by {made_with.writer}"
    foot = f"Circles: one seed each. Bars, numbers: mean and sample standard deviation over seeds. {made_with}"
    width = max(4.4, 1.0 * (1 + max(len(each.arms) for each in results)))  # inches; names of arms must not touch
    figure, axes = panels(
        [each.dataset for each in results], head, foot, "test accuracy", (width, 3.3), max(1, int(14 / width))
    )
    for each, ax in zip(results, axes, strict=True):
        _accuracies(each, ax)
    return figure


@styled
def confusion_figure(results: Results, made_with: MadeWith) -> "Figure":
    """Draw one confusion matrix per arm, side by side; rows sum to 1, all seeds together."""
    many = len(results.labels) > MANY
    names = readable(results.labels, 60, 1) if many else readable(results.labels, 18)
    longest = max(map(columns_of, names))
    side = min(max(5.8, LINE * len(names)), 12) if many else max(2.6, 0.42 * len(names))  # inches
    letter = 0.036 if many else 0.066
    head = f"{results.dataset}: what the student takes the test texts of each class for"
    foot = f"Each row is a class and sums to 100 %; all seeds together. {made_with}"
    titles = [arm.replace("_", " ") for arm in results.arms]
    size = side + letter * longest / len(titles) + 0.3, side + letter * longest + 0.6
    figure, axes = panels(titles, head, foot, "gold class", size, names=names)
    step = ceil(LINE * len(names) / side) if many else 1  # of classes, where not all names have room
    images = [_matrix(results, arm, names, step, ax) for arm, ax in zip(results.arms, axes, strict=True)]
    if many:
        figure.colorbar(images[0], ax=axes, shrink=0.6, aspect=30, pad=0.01, label="share of the class's test texts")
    return figure


@styled
def shares_figure(results: Sequence[Results], made_with: MadeWith) -> "Figure":
    """Draw how many texts relabeling moves to another label, by the target share of their prompt."""
    foot = f"Bars: 95 % Wilson interval. Numbers above, size of the points: texts, all seeds together. {made_with}"
    head = "Texts that relabeling moves to another class"
    figure, axes = panels([each.dataset for each in results], head, foot, "share of texts moved", (4.4, 3.2))
    for each, ax in zip(results, axes, strict=True):
        _shares(moved_by_share(each), ax)
    return figure


@styled
def map_figure(drawn: Map, made_with: MadeWith) -> "Figure":
    """Draw shots, generated and test texts: color and shape show the class, a dark rim a text that relabeling moved."""
    head = f"{drawn.dataset}: where shots, generated and test texts lie"
    foot = f"Two main components of the frozen encoder's vectors, seed {drawn.seed}. {made_with}"
    ylabel = f"2nd component ({drawn.y_variance:.0%} of variance)"
    names = readable(drawn.classes, 26)
    height = max(4.8, 1.8 + sum(0.09 + 0.15 * len(name.split("\n")) for name in names))  # inches; the legend's
    figure, (ax,) = panels([""], head, foot, ylabel, (7.4, height), names=names)
    looks: dict[str, dict[str, Any]] = {
        label: {"color": COLORS[n], "marker": SHAPES[n]} for n, label in enumerate(drawn.classes)
    }
    for point in drawn.points:  # shots come last, and so lie on top
        ax.plot(point.x, point.y, linestyle="", **looks[point.label], **_weight(point.kind, point.moved))
    ax.set(xlabel=f"1st component ({drawn.x_variance:.0%} of variance)", xticks=[], yticks=[], aspect="equal")
    handles = list(_legend(drawn, names, looks))
    figure.legend(handles=handles, loc="outside right center", frameon=False, labelspacing=0.7)
    return figure


def _accuracies(results: Results, ax: "Axes") -> None:
    names = []
    for x, arm in enumerate(results.arms):
        label = arm.replace("_", " ")
        if why := results.why_no_accuracy(arm):
            names.append("\n".join([*textwrap.wrap(why, 14), label]))
        else:
            names.append(_accuracy(x, label, [run.test[arm] for run in results.runs], BLUE, ax))
    if teacher := [run.teacher for run in results.runs if run.teacher]:
        label = f"LLM as teacher,\n{len(teacher[0])} test texts"
        names.append(_accuracy(len(names), label, teacher, ORANGE, ax))
        mean = mean_and_std([accuracy(predictions) for predictions in teacher]).mean
        ax.axhline(mean, color=ORANGE, linestyle="--", linewidth=1, zorder=1)
    ax.set(ylim=(0, 1.03), xlim=(-0.5, len(names) - 0.4), yticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
    ax.set_xticks(range(len(names)), names, size=8)
    ax.grid(axis="y")


def _accuracy(x: int, label: str, seeds: Sequence[Sequence[Prediction]], color: str, ax: "Axes") -> str:
    """Draw one column and return the label under it."""
    values, n = [accuracy(predictions) for predictions in seeds], len(seeds)
    mean, std = mean_and_std(values)
    ax.errorbar(x, mean, std or 0, fmt="_", color=color, markersize=20, markeredgewidth=2.5, capsize=4, zorder=3)
    step = min(0.08, 0.24 / n)
    places = [x + 0.32 + step * (k - (n - 1) / 2) for k in range(n)]
    ax.plot(places, values, "o", color="white", markeredgecolor=color, markersize=4.5, zorder=2)
    return f"{plus_minus(mean, std)}\n{label}"


def _matrix(results: Results, arm: str, names: Sequence[str], step: int, ax: "Axes") -> "AxesImage":
    from matplotlib.colors import PowerNorm

    labels = results.labels
    rows, many = _confusion(results, arm), len(labels) > MANY
    # With many classes, shares off the diagonal are small: a root scale shows them.
    image = ax.imshow(rows, cmap="Blues", norm=PowerNorm(0.5 if many else 1, vmin=0, vmax=1), aspect="equal")
    places = range(0, len(labels), step)
    ax.set_xticks(places, names[::step], rotation=90, size=4.5 if many else 8)
    ax.set_yticks(places, names[::step], size=4.5 if many else 8)
    ax.tick_params(length=0, pad=2)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("predicted class")
    if why := results.why_no_accuracy(arm):
        ax.text(0.5, 0.5, textwrap.fill(why, 18), transform=ax.transAxes, ha="center", va="center", color=SOFT)
    for y, row in enumerate([] if many else rows):
        for x, share in enumerate(row):
            if share >= 0.005:
                color = "white" if share > 0.55 else INK
                ax.text(x, y, f"{100 * share:.0f}", ha="center", va="center", color=color, size=8)
    return image


def _confusion(results: Results, arm: str) -> list[list[float]]:
    """Return the shares of a confusion matrix; zeros for an arm without a test accuracy."""
    if results.why_no_accuracy(arm):
        return [[0.0] * len(results.labels) for _ in results.labels]
    return confusion_shares(results.tested(arm), results.labels)


def _shares(rows: Sequence[Moved], ax: "Axes") -> None:
    for row in rows:
        x, y = row.target_share, row.share_moved
        ax.plot([x, x], [row.low, row.high], color=BLUE, linewidth=1.2)
        size = 3 + 8 * (row.texts / max(r.texts for r in rows)) ** 0.5  # area grows with the number of texts
        ax.plot(x, y, "o", color=BLUE, markersize=size, markeredgewidth=0)
        ax.text(x, 1.1, f"{row.texts}", ha="center", size=7, color=SOFT)
    ax.set(xlim=(0.47, 1.03), ylim=(-0.05, 1.18), xlabel="share of the target class asked for")
    ax.set(xticks=[0.5, 0.6, 0.7, 0.8, 0.9, 1], yticks=[0, 0.25, 0.5, 0.75, 1])
    ax.grid(axis="y")


def _weight(kind: str, moved: bool) -> dict[str, Any]:
    """Return the look of one kind of text: size, rim and opacity."""
    if kind == "test":
        return {"markersize": 4, "alpha": 0.3, "markeredgewidth": 0}
    rim = {"markeredgecolor": INK, "markeredgewidth": 1.3}
    if kind == "shot":
        return {"markersize": 12} | rim
    return {"markersize": 7} | (rim if moved else {"markeredgecolor": "white", "markeredgewidth": 0.4})


def _legend(drawn: Map, names: Sequence[str], looks: dict[str, dict[str, Any]]) -> "Iterator[Line2D]":
    from matplotlib.lines import Line2D

    def entry(label: str, **look: Any) -> Line2D:
        return Line2D([], [], linestyle="", label=label, **look)

    if len(drawn.classes) < drawn.all_classes:
        yield entry(
            f"{len(drawn.classes)} of {drawn.all_classes} classes, those that\nmost texts were moved to or from:"
        )
    for label, name in zip(drawn.classes, names, strict=True):
        yield entry(name, markersize=6, **looks[label])
    yield entry("")
    for name, kind, moved in [
        ("test text", "test", False),
        ("generated, label kept", "generated", False),
        ("generated, label moved", "generated", True),
        ("shot", "shot", False),
    ]:
        yield entry(name, color=SOFT, marker="o", **_weight(kind, moved))
