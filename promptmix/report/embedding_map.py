"""The embedding map: shots, generated and test texts of one seed as points in a plane."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from promptmix.core.records import Relabeled
from promptmix.report.results import Results, Run

CLASSES = 8  # no more colors and shapes can be told apart

T = TypeVar("T")
Kind = Literal["test", "generated", "shot"]


class _Text(NamedTuple):
    kind: Kind
    text: str
    label: str
    moved: bool


class Point(NamedTuple):
    """One text of the map."""

    x: float
    y: float
    kind: Kind
    label: str
    """Gold label, or a generated text's label after relabeling."""

    moved: bool
    """Relabeling changed the label."""


class Map(NamedTuple):
    """The points of one data set, with the share of the vectors' variance along each axis, 0 to 1."""

    dataset: str
    seed: int
    classes: tuple[str, ...]
    """Classes shown, in class order."""

    all_classes: int
    """Number of classes of the data set."""

    points: list[Point]
    x_variance: float
    y_variance: float


def project(results: Results, most: int, encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> Map:
    """Lay out texts of the first seed by the two main components of their vectors.

    Shows at most ``CLASSES`` classes: those that most texts were moved to or from. Of their texts it shows at most
    ``most``: all shots, generated texts in at least half of the remaining places, then test texts; the last two are
    sampled at even distances.

    Equal inputs give an equal map: the solver is exact, the sign of each axis is set by its largest coordinate, and
    points are rounded to 3 places, which hides rounding differences between machines.
    """
    run = results.runs[0]
    classes = _most_moved(results.labels, run.relabeled)
    shots = _evenly([_Text("shot", s.text, s.label, False) for s in run.shots if s.label in classes], most)
    room = most - len(shots)
    tests = [_Text("test", t.text, t.label, False) for t in results.test if t.label in classes]
    generated = [text for text in _generated(run) if text.label in classes]
    generated = _evenly(generated, max(room // 2, room - len(tests)))
    texts = [*_evenly(tests, room - len(generated)), *generated, *shots]
    places, variance = _plane(encode([text.text for text in texts]))
    points = [Point(x, y, t.kind, t.label, t.moved) for (x, y), t in zip(places, texts, strict=True)]
    return Map(results.dataset, run.seed, classes, len(results.labels), points, *variance)


def _most_moved(labels: Sequence[str], relabeled: Sequence[Relabeled]) -> tuple[str, ...]:
    """Return the classes to show, in class order; ties go to the earlier class."""
    moves = Counter(label for text in relabeled if text.label != text.given for label in (text.given, text.label))
    chosen = sorted(labels, key=lambda label: -moves[label])[:CLASSES]
    return tuple(label for label in labels if label in chosen)


def _generated(run: Run) -> list[_Text]:
    """Return generated texts with their new labels; with their targets where no arm needs relabeling."""
    if not run.relabeled:
        return [_Text("generated", t.text, t.target, False) for t in run.generated]
    return [_Text("generated", t.text, t.label, t.label != t.given) for t in run.relabeled if t.label is not None]


def _evenly(items: Sequence[T], most: int) -> list[T]:
    """Return at most ``most`` items at even distances, in order."""
    count = min(len(items), most)
    return [items[i * len(items) // count] for i in range(count)]


def _plane(vectors: NDArray[np.float32]) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Project vectors of shape (n, d) onto their two main components; all on one point where they do not differ."""
    from sklearn.decomposition import PCA

    if len(np.unique(vectors, axis=0)) < 2:
        return [(0.0, 0.0)] * len(vectors), (0.0, 0.0)
    model = PCA(n_components=2, svd_solver="full")
    places = model.fit_transform(vectors.astype(np.float64))
    places *= np.sign(places[np.abs(places).argmax(axis=0), [0, 1]])
    x, y = model.explained_variance_ratio_.tolist()
    return [(round(a, 3), round(b, 3)) for a, b in places.tolist()], (x, y)
