"""Figures: they show the numbers, hold all their words, and are the same bytes every time."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from promptmix.arms import ARMS
from promptmix.report import embedding_map, figures, style, write
from promptmix.report.results import Results
from tests.support.made_up import (
    GOLD,
    MADE_WITH,
    examples,
    first_seed_only,
    predictions,
    results,
    without_teacher,
    without_test,
)

FIGURES = ["accuracy", "confusion_colors", "map_colors", "shares"]


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Replace the encoder: equal texts have equal vectors of 4 dimensions."""
    digests = [hashlib.sha256(text.encode()).digest()[:4] for text in texts]
    return np.array([list(digest) for digest in digests], np.float32)


def renamed(every: Results, names: Sequence[str]) -> Results:
    """Return results of a data set with other, or more, classes."""
    test = examples([names[n % len(names)] for n in range(2 * len(names))], "test")
    said = predictions([text.label for text in test], [names[n // 2] for n in range(2 * len(names))])
    runs = [replace(run, test=dict.fromkeys(run.test, said)) for run in every.runs]
    return replace(every, labels=tuple(names), test=test, runs=runs)


def with_arms(every: Results, arms: Sequence[str]) -> Results:
    """Return the same results for other, or more, arms."""
    runs = [
        replace(
            run,
            test=dict.fromkeys(arms, run.test["few_shot"]),
            validation=dict.fromkeys(arms, run.validation["few_shot"]),
        )
        for run in every.runs
    ]
    return replace(every, runs=runs)


def without_texts(every: Results) -> Results:
    """Return the results of arms that need no generated texts: of the language model only the teacher was used."""
    none: dict[str, Any] = {"prompts": [], "generated": [], "rejected": [], "relabeled": []}
    return replace(every, runs=[replace(run, **none) for run in every.runs])


def with_nothing(every: Results) -> Results:
    """Return results of which no arm but the first has texts of its own."""
    lacking = dict.fromkeys(every.arms[1:], "relabeling confirmed no text")
    return replace(every, runs=[replace(run, no_result=lacking) for run in every.runs])


LONG = [f"a_class_with_quite_a_long_name_number_{n}" for n in range(6)]
SYMBOLS = ["$", "$$", "$$$", "_", "_a", "a^b_{c}", "\\frac{1}", "100 %"]
SCRIPTS = ["退款", "配送が遅れている", "배송 지연", "สินค้าชำรุดเสียหาย", "पार्सल गुम हो गया", "می‌خواهم", "👍🏽 👨‍👩‍👧", "𒀀"]
MANY = [f"one_of_many_classes_{n}" for n in range(77)]
CASES = {
    "one data set": [results()],
    "five data sets": [replace(results(), dataset=f"colors{n}") for n in range(5)],
    "one seed": [first_seed_only(results())],
    "no teacher": [without_teacher(results())],
    "no texts": [without_texts(results())],
    "long names": [renamed(results(), LONG)],
    "symbols": [renamed(results(), SYMBOLS)],
    "scripts": [renamed(results(), SCRIPTS)],
    "endless names": [renamed(results(), [f"{n} {'on and ' * 40}{n}" for n in range(6)])],
    "many in Chinese": [renamed(results(), [f"第{n}类客户服务请求" * 4 for n in range(150)])],
    "two classes": [renamed(results(), ["subjective", "objective"])],
    "all arms": [with_arms(results(), list(ARMS))],
    "no results": [with_nothing(with_arms(results(), list(ARMS)))],
    "no test": [without_test(results())],
    "nothing at all": [without_texts(without_test(with_nothing(results())))],
    "77 classes": [renamed(results(), MANY)],
}
DRAWN = [pytest.param(name, marks=pytest.mark.slow) if name == "many in Chinese" else name for name in CASES]


def drawn(every: Sequence[Results]) -> list[Any]:
    by_dataset = [
        figures.confusion_figure(every[0], MADE_WITH),
        figures.map_figure(embedding_map.project(every[0], 50, encode), MADE_WITH),
    ]
    return [figures.accuracy_figure(every, MADE_WITH), figures.shares_figure(every, MADE_WITH), *by_dataset]


def words(figure: Any) -> list[Any]:
    from matplotlib.text import Text

    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


@pytest.mark.parametrize("case", DRAWN)
def test_no_word_is_cut_off_by_the_edge_of_the_figure(case: str) -> None:
    for figure in drawn(CASES[case]):
        figure.draw_without_rendering()
        width, height = figure.bbox.size
        for text in words(figure):
            box = text.get_window_extent()
            inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
            assert inside, f"{text.get_text()!r} at {box.extents} on {width} x {height}"


@pytest.mark.parametrize("case", DRAWN)
def test_headline_note_and_axis_labels_do_not_lie_on_each_other(case: str) -> None:
    for figure in drawn(CASES[case]):
        figure.draw_without_rendering()
        single = [t for ax in figure.axes for t in (ax.title, ax.xaxis.label, ax.yaxis.label) if t.get_text()]
        boxes = [text.get_window_extent() for text in [*figure.texts, *single]]
        for n, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[:n])


@pytest.mark.parametrize("case", ["one data set", "all arms", "no results", "no test"])
def test_the_names_under_the_columns_do_not_touch(case: str) -> None:
    figure = figures.accuracy_figure(CASES[case], MADE_WITH)
    figure.draw_without_rendering()
    boxes = [tick.get_window_extent() for tick in figure.axes[0].get_xticklabels()]
    assert not [n for n, (one, two) in enumerate(pairwise(boxes)) if one.x1 >= two.x0]


def test_every_figure_names_language_model_and_student() -> None:
    for figure in drawn([results()]):
        said = " ".join(" ".join(text.get_text() for text in words(figure)).split())
        assert MADE_WITH.writer in said
        assert MADE_WITH.student in said


def test_the_accuracy_figure_shows_every_seed_and_the_mean() -> None:
    ax: Any = figures.accuracy_figure([results()], MADE_WITH).axes[0]
    drawn = [list(line.get_ydata()) for line in ax.get_lines()]
    assert [0.5, 0.75] in drawn
    assert [0.625] in drawn
    assert ax.get_ylim() == (0, 1.03)  # so that a point at 1 is whole
    assert ax.get_xticklabels()[0].get_text() == "0.625 ± 0.177\nfew shot"


def test_without_a_teacher_the_figure_has_no_reference_line() -> None:
    ax: Any = figures.accuracy_figure([without_teacher(results())], MADE_WITH).axes[0]
    assert [tick.get_text().split("\n")[1] for tick in ax.get_xticklabels()] == ["few shot", "relabeled"]
    assert not [line for line in ax.get_lines() if line.get_linestyle() == "--"]


def test_a_row_of_the_confusion_matrix_sums_to_one_over_all_seeds() -> None:
    """Red: red and green, then red and red: 3 of 4 red, 1 green. Green is always green, and so is blue."""
    image: Any = figures.confusion_figure(results(), MADE_WITH).axes[0].images[0]
    assert image.get_array().tolist() == [[0.75, 0.25, 0], [0, 1, 0], [0, 1, 0]]


def test_symbols_and_letters_of_every_script_are_drawn_as_they_are() -> None:
    """With all its characters in fonts, or matplotlib warns; what no font has is shown by its code."""
    for names in (SYMBOLS, SCRIPTS):
        every = renamed(results(), names)
        for figure in drawn([every])[2:]:
            figure.draw_without_rendering()
            shown = {text.get_text() for text in words(figure)}
            assert {"[12000]" if name == "𒀀" else name for name in names} - shown <= {"สินค้าชำรุดเสียหาย"}, shown


@pytest.mark.parametrize("count", [21, 77, 150, pytest.param(400, marks=pytest.mark.slow)])
def test_the_names_of_many_classes_do_not_touch(count: int) -> None:
    figure = figures.confusion_figure(renamed(results(), [f"class_{n}" for n in range(count)]), MADE_WITH)
    figure.draw_without_rendering()
    boxes = [tick.get_window_extent() for tick in figure.axes[0].get_yticklabels()]
    assert not [n for n, (one, two) in enumerate(pairwise(boxes)) if two.y1 > one.y0]
    assert len(boxes) == count or count > 200


def test_a_matrix_of_many_classes_has_no_numbers_and_a_color_scale() -> None:
    few, many = (figures.confusion_figure(renamed(results(), names), MADE_WITH) for names in (LONG, MANY))
    assert few.axes[0].texts
    assert not many.axes[0].texts
    assert len(many.axes) == len(few.axes) + 1


# the map


def test_the_map_shows_labels_after_relabeling_and_marks_moved_texts() -> None:
    """Of the first seed's four texts one lost its label; of the rest one moved from red to blue."""
    points = embedding_map.project(results(), 50, encode).points
    generated = [(point.label, point.moved) for point in points if point.kind == "generated"]
    assert generated == [("blue", True), ("red", False), ("red", False)]
    assert [point.label for point in points if point.kind == "test"] == GOLD
    assert [point.kind for point in points][-3:] == ["shot"] * 3


def test_without_relabeling_the_map_shows_texts_with_their_target() -> None:
    every = results()
    runs = [replace(run, relabeled=[]) for run in every.runs]
    points = embedding_map.project(replace(every, runs=runs), 50, encode).points
    targets = [text.target for text in every.runs[0].generated]
    assert [p.label for p in points if p.kind == "generated"] == targets
    assert not any(p.moved for p in points)


@pytest.mark.parametrize("most", [3, 5, 8, 50])
def test_the_map_shows_all_shots_and_no_more_texts_than_its_limit(most: int) -> None:
    points = embedding_map.project(results(), most, encode).points
    assert len(points) == min(most, 4 + 3 + 3)
    assert sum(point.kind == "shot" for point in points) == 3


def test_the_map_lays_texts_out_by_their_main_components() -> None:
    """On a line through four dimensions all variance is along the first axis, and distances stay as they are."""
    every = replace(results(), test=examples(["red"] * 5, "test"))
    runs = [replace(every.runs[0], shots=[], generated=[], relabeled=[])]

    def line(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([[n, n, n, n] for n, _ in enumerate(texts)], np.float32)

    drawn = embedding_map.project(replace(every, runs=runs), 50, line)
    assert drawn.x_variance == pytest.approx(1)
    assert np.abs(np.diff([point.x for point in drawn.points])).tolist() == pytest.approx([2.0] * 4)
    assert max(abs(point.y) for point in drawn.points) < 0.001


def test_of_many_classes_the_map_shows_those_that_most_texts_moved_to_or_from() -> None:
    every = replace(results(), labels=(*[f"other{n}" for n in range(9)], "red", "green", "blue"))
    drawn = embedding_map.project(every, 50, encode)
    assert drawn.classes == (*[f"other{n}" for n in range(6)], "red", "blue")
    assert {point.label for point in drawn.points} == {"red", "blue"}


@pytest.mark.parametrize("vectors", [0, 1, 2])
def test_texts_that_do_not_differ_lie_on_one_point(vectors: int) -> None:
    every = replace(results(), test=examples(["red"] * vectors, "test"))
    runs = [replace(every.runs[0], shots=[], generated=[], relabeled=[])]
    drawn = embedding_map.project(replace(every, runs=runs), 50, lambda texts: np.ones((len(texts), 4), np.float32))
    assert [(point.x, point.y) for point in drawn.points] == [(0.0, 0.0)] * vectors
    figures.map_figure(drawn, MADE_WITH).draw_without_rendering()


# files


def test_two_runs_write_equal_bytes(tmp_path: Path) -> None:
    for name in ("once", "again"):
        write.draw_figures(tmp_path / name, [results()], MADE_WITH, 50, encode)
        write.write_rows(tmp_path / name, [results()])
    once, again = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("once", "again"))
    assert sorted(once) == sorted([f"{name}.{kind}" for name in FIGURES for kind in ("png", "svg")] + CSVS)
    assert once == again


CSVS = ["accuracy.csv", "confusion.csv", "shares.csv"]


def test_figures_hold_no_date_and_no_version(tmp_path: Path) -> None:
    style.save_figure(figures.shares_figure([results()], MADE_WITH), tmp_path / "shares")
    assert b"dc:date" not in (tmp_path / "shares.svg").read_bytes()
    assert b"Matplotlib v" not in (tmp_path / "shares.svg").read_bytes()
    assert b"Software" not in (tmp_path / "shares.png").read_bytes()


def test_figures_of_data_sets_that_are_gone_are_deleted_and_nothing_else_is(tmp_path: Path) -> None:
    gone = [f"{kind}_old.{ending}" for kind in ("map", "confusion") for ending in ("png", "svg")]
    stays = ["training.csv", "map_old.txt", "notes.png"]
    for name in gone + stays:
        (tmp_path / name).write_text("x")
    write.draw_figures(tmp_path, [results()], MADE_WITH, 50, encode)
    assert not [name for name in gone if (tmp_path / name).exists()]
    assert all((tmp_path / name).exists() for name in stays)


def test_rows_end_in_a_line_feed_and_start_with_the_columns(tmp_path: Path) -> None:
    write.write_rows(tmp_path, [results()])
    assert (
        (tmp_path / "confusion.csv").read_bytes().startswith(b"dataset,arm,actual,predicted\ncolors,few_shot,red,red\n")
    )
    assert (tmp_path / "shares.csv").read_text().splitlines()[1].startswith("colors,0.5,1,2,0.5,")


def test_matplotlib_is_left_as_it_was() -> None:
    import matplotlib

    matplotlib.rcdefaults()
    before = dict(matplotlib.rcParams)
    drawn([results()])
    assert dict(matplotlib.rcParams) == before
