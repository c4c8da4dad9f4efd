"""How every figure looks, and how it becomes a file.

Files hold no clock time, version or random id, so equal figures are equal bytes.
"""

import re
import textwrap
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from promptmix.report import fonts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

P = ParamSpec("P")
T = TypeVar("T")

INK, SOFT, FAINT = "#222222", "#6b6b6b", "#c9c9c9"
BLUE, ORANGE = "#0b5394", "#d55e00"  # distinct for every kind of color vision, and in gray: blue is darker
JOINED = re.compile(r"(?<=[^\W_])_(?=[^\W_])")  # an underscore between letters
STYLE: "dict[RcKeyType, Any]" = {
    "font.family": fonts.FIRST,  # others are added to it where the words of a figure need them
    "text.parse_math": False,  # "$" is a letter like any other
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
    titles: Sequence[str], head: str, foot: str, ylabel: str, size: tuple[float, float], columns: int = 3,
    names: Sequence[str] = (),
) -> tuple["Figure", list["Axes"]]:  # fmt: skip
    """Make a figure of panels that share their y axis, with a headline above and a small note below.

    Must be called inside of :func:`styled`: what is written from then on has glyphs for all these words.

    Args:
        titles: One per panel.
        head: What the figure shows; wrapped.
        foot: How to read it and what it was made with; wrapped.
        ylabel: What the shared y axis shows; written at the first panel of each row.
        size: Width and height of one panel, in inches; headline and note add to the height.
        columns: Most panels in one row.
        names: All other words of the figure that come from the data, as they will be written.
    """
    from matplotlib import rcParams
    from matplotlib.figure import Figure

    titles, head, foot = [*map(fonts.drawable, titles)], fonts.drawable(head), fonts.drawable(foot)
    rcParams["font.family"] = fonts.families("".join([*titles, head, foot, *names]))
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


def readable(labels: Sequence[str], width: int, lines: int = 3) -> list[str]:
    """Return class names as figures have them.

    Words that underscores join are parted by spaces, and characters without a glyph are codes. A name is broken into
    lines of ``width`` columns (a letter is one, a Chinese character two), and loses its middle where it has more than
    ``lines`` of them.
    """
    return ["\n".join(_lines(fonts.drawable(JOINED.sub(" ", label)), width, lines)) for label in labels]


def columns_of(name: str) -> int:
    """Return how wide the longest line of a name is."""
    from wcwidth import width

    return max(map(width, name.split("\n")))


def _lines(name: str, width: int, lines: int) -> list[str]:
    from wcwidth import clip, wrap

    wrapped, length, end = wrap(name, width), columns_of(name), width * lines // 2
    while len(wrapped) > lines:  # lines that break between words are not full
        end -= 1
        wrapped = wrap(f"{clip(name, 0, end).rstrip()}…{clip(name, length - end, length).lstrip()}", width)
    return wrapped or [name]
