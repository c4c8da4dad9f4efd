"""What a run would request and cost, before anything is requested.

The stages' own code runs in a temporary folder, with a client that takes recorded answers where there are any,
makes up the others, and counts.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, nullcontext
from typing import Any, NamedTuple

import typer

from promptmix import params
from promptmix.cli import experiments, pipeline
from promptmix.cli.cost import tokens
from promptmix.cli.cost.dry_run import Bill, DryClient, total
from promptmix.cli.cost.isolated import isolated, run_stage
from promptmix.cli.overrides import overridden
from promptmix.cli.repository import require_root
from promptmix.llm.client import identity_of
from promptmix.llm.engine.prices import BATCH, price
from promptmix.llm.store.database import Store, store_path
from promptmix.models.pretrained import Pretrained
from promptmix.params import Llm, Params

STAGES = ("fetch", "compile", "sample", "generate", "contrast", "relabel", "teacher")
"""Those that send requests, and those whose outputs they read."""

ROW = "{:22} {:>9} {:>9} {:>12} {:>12} {:>10} {:>8}"


class Estimate(NamedTuple):
    """What a stage would request, and what that takes; None where the price or the pace is unknown."""

    bill: Bill
    dollars: float | None
    minutes: float | None


class Estimator:
    """Counts what stages would request; served tokenizers stay open until the stack ends."""

    def __init__(self, llm: Llm, store: Store, stack: ExitStack) -> None:
        """Nothing is counted yet."""
        self._llm, self._store, self._stack, self._asking = llm, store, stack, params.asking()
        self._counters: dict[str, tuple[tokens.CountTokens, str]] = {}

    @property
    def how(self) -> str:
        """In a few words, how tokens were counted."""
        return ", ".join(dict.fromkeys(how for _, how in self._counters.values())) or "for nothing"

    def estimate(self, stage: pipeline.Stage) -> list[Estimate]:
        """Run a stage with a client that counts; empty where it opens none."""
        bills: list[tuple[Bill, Pretrained]] = []

        def open_client(name: str, model: Pretrained, *_: Any) -> Any:
            client = DryClient(name, identity_of(model, self._llm), self._store, self._count(model))
            bills.append((client.bill, model))
            return nullcontext(client)

        run_stage(stage, open_client)
        return [Estimate(bill, self._dollars(bill, model), self._minutes(bill, model)) for bill, model in bills]

    def _count(self, model: Pretrained) -> tokens.CountTokens:
        if model.name not in self._counters:
            counter = tokens.counter(model, self._asking, self._store)
            self._counters[model.name] = self._stack.enter_context(counter)
        return self._counters[model.name][0]

    def _dollars(self, bill: Bill, model: Pretrained) -> float | None:
        each = price(model.name, model.endpoint)
        if each is None:
            return None
        share = BATCH if self._llm.batch_api and model.endpoint == "openai" else 1.0
        return share * each.of({"prompt_tokens": bill.tokens_in, "completion_tokens": bill.tokens_out})

    def _minutes(self, bill: Bill, model: Pretrained) -> float | None:
        """From the model's pace in earlier runs."""
        pace = self._store.pace(model.name)
        at_once = 1 if model.endpoint == "bundled" else self._asking.concurrency
        return None if pace is None else (bill.questions - bill.recorded) * pace / at_once / 60


def print_estimate(preset: str | None, overrides: Sequence[str]) -> None:
    """Print a line for each stage that would send requests, and their sum.

    Args:
        preset: A name of experiments.yaml.
        overrides: ``key=value``; they win over the preset.

    Raises:
        DataError: this is no repository's root, or there is no such preset.
        ParamsError: an override cannot be used.
    """
    require_root()
    changes = [*(experiments.preset(preset) if preset else []), *overrides]
    settings, found = overridden(changes), []
    typer.echo(ROW.format("stage", "questions", "recorded", "tokens in", "tokens out", "dollars", "minutes"))
    with ExitStack() as stack:
        stack.enter_context(isolated(changes))
        estimator = Estimator(settings.llm, Store(store_path()), stack)
        for stage in _stages(settings):
            for estimate in estimator.estimate(stage):
                found.append(estimate)
                typer.echo(_row(estimate))
    typer.echo(_row(_sum(found)))
    typer.echo(f"tokens in are counted {estimator.how}; tokens out and refused texts are guesses from recorded answers")
    if any(estimate.dollars is None for estimate in found):
        typer.echo("the price of this model is unknown: tokens only")


def _stages(settings: Params) -> list[pipeline.Stage]:
    """Return the stages to run, those of one data set and seed together."""
    wanted = [stage for stage in pipeline.stages(settings) if stage.name in STAGES]
    seeds = ["", *map(str, settings.seeds)]  # a stage without a seed goes first

    def place(stage: pipeline.Stage) -> tuple[int, int]:
        dataset = settings.datasets.index(stage.item["dataset"]) if "dataset" in stage.item else -1
        return dataset, seeds.index(stage.item.get("seed", ""))

    return sorted(wanted, key=place)


def _row(estimate: Estimate) -> str:
    bill, dollars, minutes = estimate
    money = "?" if dollars is None else f"{dollars:.4f}"
    time = "?" if minutes is None else f"{minutes:.1f}"
    counts = (f"{count:,}" for count in (bill.questions, bill.recorded, bill.tokens_in, bill.tokens_out))
    return ROW.format(bill.stage, *counts, money, time)


def _sum(found: Sequence[Estimate]) -> Estimate:
    return Estimate(total(each.bill for each in found), _add(e.dollars for e in found), _add(e.minutes for e in found))


def _add(values: Iterable[float | None]) -> float | None:
    """Return a sum; None where a part is unknown."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)
