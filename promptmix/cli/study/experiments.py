"""The experiments of one sweep of the study, and how they differ from its first one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from promptmix.cli.sweep.plan import Experiment
from promptmix.report.details import Details, as_numbers
from promptmix.report.differences import Difference, Hits, paired_difference

ARM = "relabeled"  # experiments are compared by their students of it


@dataclass(frozen=True)
class Study:
    """One sweep of the study."""

    name: str
    """``main``, or what is compared: ``ablation``, ``models`` …"""

    experiments: Mapping[str, Experiment]
    """Those that have finished, by their names in experiments.yaml."""

    details: Mapping[str, Details]
    """metrics/details.json of each."""

    def sections(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Yield experiment, data set, and the numbers of the two."""
        for name in self.details:
            for dataset, section in self.datasets(name).items():
                yield name, dataset, section

    def datasets(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the numbers of an experiment by data set."""
        found: Mapping[str, Mapping[str, Any]] = self.details[name]["datasets"]
        return found

    @cached_property
    def against_first(self) -> dict[str, dict[str, Any]]:
        """Return by experiment and data set how the student of ``ARM`` differs in test accuracy from the first's.

        Experiments are paired by seed and test text. Where their seeds or texts are not the same nothing is said; nor
        is it of the first one, or of data sets that it does not have.
        """
        first = next(iter(self.details), "")
        return {
            name: {
                dataset: as_numbers(found)
                for dataset in self.datasets(name)
                if (found := self._difference(name, first, dataset)) is not None
            }
            for name in self.details
            if name != first
        }

    def seeds(self, name: str) -> list[int]:
        """Return the seeds of an experiment."""
        return list(self.details[name]["made_with"]["seeds"])

    def hits(self, name: str, dataset: str, arm: str = ARM) -> Hits | None:
        """Return which test texts an experiment's student of an arm labels right, [seeds x texts]; None if not kept."""
        digits = self.datasets(name).get(dataset, {}).get("arms", {}).get(arm, {}).get("right_by_seed")
        return None if digits is None else np.array([[float(digit) for digit in seed] for seed in digits])

    def _difference(self, of: str, to: str, dataset: str) -> Difference | None:
        mine, theirs = self.hits(of, dataset), self.hits(to, dataset)
        if mine is None or theirs is None or mine.shape != theirs.shape or self.seeds(of) != self.seeds(to):
            return None
        return paired_difference(mine, theirs)
