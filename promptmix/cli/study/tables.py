"""The tables of the study's page, made from the metrics of its experiments alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from promptmix.cli.study.experiments import Study
from promptmix.cli.sweep.plan import Experiment
from promptmix.prompts.variants import VARIANTS
from promptmix.report.details import Details, difference_between
from promptmix.report.tables import HOW_TO_READ, difference_cell, markdown_table, mean_std_cell, results_table

NOT_RUN = "Not run yet: `promptmix study`."
COLUMNS = ("few_shot", "mixed", "relabeled")  # the columns of a comparison of experiments
ALSO = ("eda",)  # further columns where a sweep has them
SHOWN = ("few_shot", "mixed", "relabeled", "human")  # of a table of recall
MOST_CLASSES = 10  # of a data set in a table of recall


def tables(study: Study) -> str:
    """Return the results of every experiment in full (``main``), or one line an experiment and data set.

    What all of them were made with is said above the lines, what differs in a column of its own.
    """
    if not study.experiments:
        return NOT_RUN
    if study.name == "main":
        return "\n\n".join(results_table(details, ("few_shot", "relabeled")) for details in study.details.values())
    facts = {name: _facts(study.experiments[name], details) for name, details in study.details.items()}
    first, *others = facts.values()
    differ = [key for key in first if any(each[key] != first[key] for each in others)]
    caption = "; ".join(f"{key}: {value}" for key, value in first.items() if key not in differ)
    rows = list(_comparison(study, {name: {key: each[key] for key in differ} for name, each in facts.items()}))
    words = list(rows[0]).index(COLUMNS[0])  # the columns before the first arm
    lines = markdown_table(rows[0], (row.values() for row in rows), words=words)
    return f"{caption[:1].upper()}{caption[1:]}. {HOW_TO_READ}\n\n{lines}"


def recall(study: Study) -> str:
    """Return recall by class for the main arms, mean and deviation over seeds, of data sets with few classes."""
    rows: list[list[str]] = []
    for _, dataset, section in study.sections():
        arms = [section["arms"].get(arm, {}) for arm in SHOWN]
        labels = list(next((arm["recall"] for arm in arms if "recall" in arm), {}))
        if len(labels) <= MOST_CLASSES:
            rows += [[dataset, label, *(_recall(arm, label) for arm in arms)] for label in labels]
    head = ["data set", "class", *(f"`{arm}`" for arm in SHOWN)]
    return markdown_table(head, rows, words=2) if rows else NOT_RUN


def commits(kept: Mapping[str, Mapping[str, str]]) -> str:
    """Say which commit every experiment of the page started from, the commit of most of them first."""
    by_commit: dict[str, list[str]] = {}
    for name, of in kept.items():
        by_commit.setdefault(of["commit"][:7], []).append(name)
    first, *others = sorted(by_commit, key=lambda commit: -len(by_commit[commit])) or [""]
    rest = "".join(f"; from {commit}: {', '.join(sorted(by_commit[commit]))}" for commit in others)
    return f"Experiments started from commit {first}{rest}." if first else NOT_RUN


def _recall(arm: Mapping[str, Mapping[str, float]], label: str) -> str:
    if label not in arm.get("recall", {}):
        return "–"
    deviation = {"recall_std": arm["recall_std"][label]} if "recall_std" in arm else {}
    return mean_std_cell({"recall": arm["recall"][label]} | deviation, "recall")


def _facts(experiment: Experiment, details: Details) -> dict[str, str]:
    """Return what the numbers of an experiment are to be read with."""
    made_with = details["made_with"]
    return {
        "texts written by": made_with["writer"],
        "relabeled by": made_with["relabeler"],
        "student": made_with["student"],
        "shots a class": f"{made_with['shots']}",
        "texts wanted a class": f"{experiment.settings.generate.per_class}",
        "seeds": ", ".join(map(str, made_with["seeds"])),
    }


def _comparison(study: Study, differing: Mapping[str, Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """Yield a row an experiment and data set; ``differing`` are facts by experiment that the caption cannot hold."""
    to_first, first = study.against_first, next(iter(study.experiments))
    arms = [*COLUMNS, *(arm for arm in ALSO if any(arm in section["arms"] for _, _, section in study.sections()))]
    for name, dataset, section in study.sections():
        yield {
            **_what(study.name, name, study.experiments[name]),
            **differing[name],
            "data set": dataset,
            **{arm: mean_std_cell(section["arms"].get(arm, {}), "accuracy") for arm in arms},
            f"relabeled − {first}'s [95 %]": difference_cell(to_first.get(name, {}).get(dataset, {})),
            **_rest(section),
        }


def _what(study: str, name: str, experiment: Experiment) -> dict[str, str]:
    """Say what an experiment is: a prompt by what it holds, any other by the params that it changes."""
    if study == "ablation":
        has = {name: "yes" if there else "–" for name, there in ingredients(experiment).items()}
        return {"prompt": f"`{experiment.settings.generate.prompt}`", **has}
    return {"run": name, "changes": ", ".join(f"`{override}`" for override in experiment.overrides) or "nothing"}


def ingredients(experiment: Experiment) -> dict[str, bool]:
    """Return which of the three axes of the ablation an experiment's prompt has."""
    wording = VARIANTS[experiment.settings.generate.prompt]
    return {"descriptions": wording.descriptions, "examples": wording.examples, "mixing": wording.mixes}


def _rest(section: Mapping[str, Any]) -> dict[str, str]:
    generation, relabeled = section["generation"], section["arms"].get("relabeled", {})
    tokens = generation.get("prompt_and_completion_tokens_per_kept_text")
    lines = generation["texts_kept"] + generation["lines_rejected"]
    return {
        "relabeled − few_shot [95 %]": difference_cell(difference_between(section, "relabeled", "few_shot")),
        "mixed − relabeled [95 %]": difference_cell(difference_between(section, "mixed", "relabeled")),
        "macro F1, relabeled": mean_std_cell(relabeled, "macro_f1"),
        "calibration error, relabeled": mean_std_cell(relabeled, "calibration_error"),
        "validation, relabeled": mean_std_cell(relabeled, "validation_accuracy"),
        "lines refused": f"{generation['lines_rejected'] / lines:.0%}" if lines else "–",
        "labels moved": f"{generation['relabeled_share']:.0%}" if "relabeled_share" in generation else "–",
        "tokens a kept text": f"{tokens:.0f}" if tokens else "–",
    }
