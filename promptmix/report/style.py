"""How every figure looks, and how it becomes a file.

Files hold no clock time, version or random id, so equal figures are equal bytes.
"""

import textwrap
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

P = ParamSpec("P")
T = TypeVar("T")

INK, SOFT, FAINT = "#222222", "#6b6b6b", "#c9c9c9"
BLUE, ORANGE = "#0b5394", "#d55e00"  # distinct for every kind of color vision, and in gray: blue is darker
STYLE: "dict[RcKeyType, Any]" = {
    "font.family": "DejaVu Sans",  # part of matplotlib
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": SOFT,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "promptmix",
}


def styled(draw: Callable[P, T]) -> Callable[P, T]:
    """Make a function draw in our style and leave matplotlib's settings as they were."""

    @wraps(draw)
    def styled_draw(*args: P.args, **kwargs: P.kwargs) -> T:
        import matplotlib

        with matplotlib.rc_context(STYLE):
            return draw(*args, **kwargs)

    return styled_draw


def panels(
    titles: Sequence[str], head: str, foot: str, ylabel: str, size: tuple[float, float], columns: int = 3
) -> tuple["Figure", list["Axes"]]:
    """Make a figure of panels that share their y axis, with a headline above and a small note below.

    Args:
        titles: One per panel.
        head: What the figure shows; wrapped.
        foot: How to read it and what it was made with; wrapped.
        ylabel: What the shared y axis shows; written at the first panel of each row.
        size: Width and height of one panel, in inches; headline and note add to the height.
        columns: Most panels in one row.
    """
    from matplotlib.figure import Figure

    columns = min(columns, len(titles))
    rows = -(-len(titles) // columns)
    width = max(columns * size[0], 5.0)
    above, below = textwrap.wrap(head, int(width * 9.5)), textwrap.wrap(foot, int(width * 16), break_on_hyphens=False)
    height = rows * size[1] + 0.2 * len(above) + 0.14 * len(below) + 0.2
    figure = Figure((width, height), dpi=150, layout="compressed")
    figure.suptitle("\n".join(above), size=11, weight="bold")
    figure.supxlabel("\n".join(below), size=7, color=SOFT)
    axes = list(figure.subplots(rows, columns, squeeze=False, sharey=True).flat)
    for spare in axes[len(titles) :]:
        spare.remove()
    for ax, title in zip(axes, titles, strict=False):
        ax.set_title(title)
    for ax in axes[::columns]:
        ax.set_ylabel(ylabel)
    return figure, axes[: len(titles)]


@styled
def save_figure(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG and as SVG: ``path`` with the ending added."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path.with_name(f"{path.name}.png"), metadata={"Software": None})
    figure.savefig(path.with_name(f"{path.name}.svg"), metadata={"Date": None, "Creator": None})


def readable(labels: Sequence[str], width: int) -> list[str]:
    """Return class names with spaces for underscores, broken into lines of about ``width`` letters."""
    return ["\n".join(textwrap.wrap(label.replace("_", " "), width)) for label in labels]
