"""The figures of the study's page."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from promptmix.cli.study.experiments import Study
from promptmix.report.details import classifiers
from promptmix.report.style import BLUE, SOFT, panels, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@styled
def accuracies(study: Study) -> "Figure":
    """Draw the test accuracy of every arm, mean and standard deviation over seeds, one panel a data set."""
    parts = {_title(study, name, dataset): section for name, dataset, section in study.sections()}
    foot = "Points and bars: mean and sample standard deviation over seeds (no bar: one seed). Models: docs/study.md."
    drawn, axes = panels(list(parts), "Test accuracy by what the student was trained on", foot, "", (2.9, 3.0), 5)
    for section, ax in zip(parts.values(), axes, strict=True):
        _dots(section, ax)
    return drawn


@styled
def differences(studies: Sequence[Study]) -> "Figure":
    """Draw how far the relabeled student of every experiment is from that of the first of its sweep."""
    found = {
        f"{study.name}: {name} ({dataset})": numbers
        for study in studies
        for name, by_dataset in study.against_first.items()
        for dataset, numbers in by_dataset.items()
        if "low" in numbers
    }
    foot = "Points: mean difference over seeds; bars: 95 % interval over seeds and test texts. Blue: it excludes 0."
    head = "Test accuracy of the relabeled student minus that of the sweep's first experiment"
    drawn, (ax,) = panels([""], head, foot, "", (7.5, 0.6 + 0.21 * len(found)))
    for place, numbers in enumerate(found.values()):
        _bar(place, numbers, ax)
    ax.axvline(0, color=SOFT, linewidth=0.8, linestyle=":")
    ax.set(yticks=range(len(found)), yticklabels=found, xlabel="difference in test accuracy")
    ax.grid(axis="x")
    ax.invert_yaxis()
    return drawn


def _title(study: Study, name: str, dataset: str) -> str:
    """Name the data set, and below it what was done to the encoder."""
    student = study.details[name]["made_with"]["student"]
    return f"{dataset}\n{student[student.find('(') :]}"


def _bar(place: int, numbers: Mapping[str, Any], ax: "Axes") -> None:
    mean, low, high = (numbers[key] for key in ("accuracy", "low", "high"))
    color = BLUE if numbers["excludes_zero"] else SOFT
    ax.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", color=color, capsize=2, markersize=4)


def _dots(section: Mapping[str, Any], ax: "Axes") -> None:
    arms = classifiers(section)
    for place, (arm, part) in enumerate(arms.items()):
        color = SOFT if arm in ("teacher", "human") else BLUE
        if "accuracy" not in part:  # its place stays empty
            continue
        ax.errorbar(part["accuracy"], place, xerr=part.get("accuracy_std", 0.0), fmt="o", color=color, capsize=2)
    ax.set(yticks=range(len(arms)), yticklabels=list(arms), xlim=(0, 1), xlabel="test accuracy")
    if "accuracy" in arms.get("few_shot", {}):
        ax.axvline(arms["few_shot"]["accuracy"], color=SOFT, linewidth=0.8, linestyle=":")
    ax.grid(axis="x")
    if not ax.yaxis_inverted():  # panels share the axis: turned once for all
        ax.invert_yaxis()
