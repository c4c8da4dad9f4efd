"""What came of the study: tables and a figure, made from the metrics of its experiments alone."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from promptmix import tables as results_tables
from promptmix.drawing import BLUE, SOFT, panels, styled
from promptmix.tables import MADE_WITH, Summary
from promptmix.wordings import WORDINGS
from tools.sweeping.plan import Experiment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOW_TO_READ = (
    "Mean ± sample standard deviation over seeds (none: one seed); in brackets where a difference lies, in bold where"
    " its sign is beyond doubt."
)
ARMS = ("few_shot", "mixed", "relabeled")  # the columns of a comparison of experiments


@dataclass(frozen=True)
class Study:
    """One sweep of the study."""

    name: str
    """``main``, or what is compared: ``ablation``, ``models`` …"""

    experiments: Mapping[str, Experiment]
    """Those that have finished, by their names in sweeps.yaml."""

    summaries: Mapping[str, Summary]
    """metrics/summary.json of each."""


def tables(study: Study) -> str:
    """Return the results of every experiment in full (``main``), or one line an experiment and data set.

    Above the lines stands what all of them were made with; where they differ in that, each line says it.
    """
    if not study.experiments:
        return "Not run yet: `make study`."
    if study.name == "main":
        return "\n\n".join(results_tables.table(summary) for summary in study.summaries.values())
    facts = {name: _facts(study.experiments[name], summary) for name, summary in study.summaries.items()}
    first, *others = facts.values()
    differ = [key for key in first if any(each[key] != first[key] for each in others)]
    caption = "; ".join(f"{key}: {value}" for key, value in first.items() if key not in differ)
    rows = list(_comparison(study, {name: {key: each[key] for key in differ} for name, each in facts.items()}))
    words = list(rows[0]).index(ARMS[0])  # the columns before the first arm
    table = results_tables.markdown([rows[0], *(row.values() for row in rows)], words=words)
    return f"{caption[:1].upper()}{caption[1:]}. {HOW_TO_READ}\n\n{table}"


@styled
def figure(study: Study) -> "Figure":
    """Draw the test accuracy of every arm, mean and standard deviation over seeds, one panel a data set."""
    parts = {name: section for summary in study.summaries.values() for name, section in _sections(summary)}
    foot = "Points and bars: mean and sample standard deviation over seeds (no bar: one seed). Models: docs/study.md."
    drawn, axes = panels(list(parts), "Test accuracy by what the student was trained on", foot, "", (2.9, 3.0), 5)
    for section, ax in zip(parts.values(), axes, strict=True):
        _dots(section, ax)
    return drawn


def _dots(section: Mapping[str, Any], ax: "Axes") -> None:
    arms = [name for name in section if name != "generation"]
    for place, arm in enumerate(arms):
        part = section[arm]
        color = SOFT if arm in ("teacher", "human") else BLUE
        ax.errorbar(part["accuracy"], place, xerr=part.get("accuracy_std", 0.0), fmt="o", color=color, capsize=2)
    ax.set(yticks=range(len(arms)), yticklabels=arms, xlim=(0, 1), xlabel="test accuracy")
    if "few_shot" in section:
        ax.axvline(section["few_shot"]["accuracy"], color=SOFT, linewidth=0.8, linestyle=":")
    ax.grid(axis="x")
    if not ax.yaxis_inverted():  # panels share the axis: turned once for all
        ax.invert_yaxis()


def _facts(experiment: Experiment, summary: Summary) -> dict[str, str]:
    """Return what the numbers of an experiment are to be read with."""
    made_with = summary[MADE_WITH]
    return {
        "texts written by": made_with["writer"],
        "relabeled by": made_with["relabeler"],
        "student": made_with["student"],
        "shots a class": f"{made_with['shots']}",
        "texts wanted a class": f"{experiment.settings.generate.per_class}",
        "seeds": ", ".join(made_with["seeds"].split()),
    }


def _comparison(study: Study, differing: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """Yield a row an experiment and data set; ``differing`` are facts by experiment that the caption cannot hold."""
    for name, summary in study.summaries.items():
        experiment = study.experiments[name]
        for dataset, section in _sections(summary):
            yield _what(study.name, name, experiment) | {**differing[name]} | _row(dataset, section)


def _what(study: str, name: str, experiment: Experiment) -> dict[str, str]:
    """Say what an experiment is: a prompt by what it shows and asks for, any other by the params that it changes."""
    if study == "ablation":
        wording = WORDINGS[experiment.settings.generate.prompt]
        shows = {"descriptions": wording.descriptions, "examples": wording.examples, "mixing": wording.mixes}
        return {"prompt": f"`{experiment.settings.generate.prompt}`"} | {
            k: "yes" if v else "–" for k, v in shows.items()
        }
    return {"run": name, "changes": ", ".join(f"`{override}`" for override in experiment.overrides) or "nothing"}


def _row(dataset: str, section: Mapping[str, Any]) -> dict[str, str]:
    generation, relabeled = section["generation"], section.get("relabeled", {})
    tokens = generation.get("prompt_and_completion_tokens_per_kept_text")
    lines = generation["texts_kept"] + generation["lines_rejected"]
    cells = {"data set": dataset}
    cells |= {arm: results_tables.cell(section.get(arm, {}), "accuracy") for arm in ARMS}
    return cells | {
        "relabeled − few_shot": results_tables.gain(relabeled),
        "validation, relabeled": results_tables.cell(relabeled, "validation_accuracy"),
        "lines refused": f"{generation['lines_rejected'] / lines:.0%}" if lines else "–",
        "labels moved": f"{generation['relabeled_share']:.0%}" if "relabeled_share" in generation else "–",
        "tokens a kept text": f"{tokens:.0f}" if tokens else "–",
    }


def _sections(summary: Summary) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, section) for name, section in summary.items() if name != MADE_WITH)
