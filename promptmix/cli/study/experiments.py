"""The experiments of one sweep of the study, and how they differ from its first one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from promptmix.cli.sweep.plan import Experiment
from promptmix.core import seeds
from promptmix.report.differences import Difference, Hits, difference
from promptmix.report.summary import MADE_WITH, Summary, as_numbers

ARM = "relabeled"  # experiments are compared by their students of it


@dataclass(frozen=True)
class Study:
    """One sweep of the study."""

    name: str
    """``main``, or what is compared: ``ablation``, ``models`` …"""

    experiments: Mapping[str, Experiment]
    """Those that have finished, by their names in sweeps.yaml."""

    summaries: Mapping[str, Summary]
    """metrics/summary.json of each."""

    details: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """metrics/details.json of those that it was kept of."""

    def sections(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield experiment, data set, and what the summary says of the two."""
        for name, summary in self.summaries.items():
            for dataset, section in summary.items():
                if dataset != MADE_WITH:
                    yield name, dataset, section

    @cached_property
    def against_first(self) -> dict[str, dict[str, Any]]:
        """Return by experiment and data set how the student of ``ARM`` differs in test accuracy from the first's.

        Experiments are paired by seed and test text. Where their seeds or texts are not the same nothing is said; nor
        is it of the first one, or of data sets that it does not have.
        """
        first = next(iter(self.details), "")
        return {
            name: {
                dataset: as_numbers("to_first", found)
                for dataset in self.details[name]
                if (found := self._difference(name, first, dataset)) is not None
            }
            for name in self.details
            if name != first
        }

    def seeds(self, name: str) -> str:
        """Return the seeds of an experiment, with blanks between them."""
        return str(self.summaries[name][MADE_WITH]["seeds"])

    def hits(self, name: str, dataset: str, arm: str = ARM) -> Hits | None:
        """Return which test texts an experiment's student of an arm labels right, [seeds x texts]; None if not kept."""
        digits = self.details[name].get(dataset, {}).get("arms", {}).get(arm, {}).get("right_by_seed")
        return None if digits is None else np.array([[float(digit) for digit in seed] for seed in digits])

    def _difference(self, of: str, to: str, dataset: str) -> Difference | None:
        mine, theirs = self.hits(of, dataset), self.hits(to, dataset)
        if mine is None or theirs is None or mine.shape != theirs.shape or self.seeds(of) != self.seeds(to):
            return None
        return difference(mine, theirs, seeds.rng("study", self.name, of, to, dataset))
