"""Say what `dvc repro` would ask with the present params, before anything is asked: ``make cost``.

Runs the stages' own logic with recorded answers where there are any and made-up ones where not. It needs the shots
and classes (``dvc repro fetch`` and the samples, which ask nothing) and prints, for each stage, data set and seed:
questions, how many are answered already, tokens in and out of the others, dollars and minutes.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from promptmix import params
from promptmix.arms.assemble import need
from promptmix.cli.cost import tokens
from promptmix.cli.cost.dry_run import Bill, DryAsker, total
from promptmix.cli.running import run, say
from promptmix.core import jsonl
from promptmix.core.records import ClassInfo, Example, Generated
from promptmix.corpora import shots as fewshot
from promptmix.generation import writer
from promptmix.labeling import relabel
from promptmix.labeling.labeler import Judge
from promptmix.llm.engine.prices import BATCH, Price, price
from promptmix.llm.store.database import Store, path
from promptmix.models.pretrained import Pretrained
from promptmix.params import Generate, Params

ROW = "{:22} {:>9} {:>9} {:>12} {:>12} {:>10} {:>8}"


class Ground(NamedTuple):
    """What the stages of one data set and seed start from."""

    name: str
    """Data set and seed, as in ``demo-0``."""

    classes: Sequence[ClassInfo]
    shots: Sequence[Example]
    test: Sequence[Example]


class Estimate:
    """Counts what the stages of the present params would ask."""

    def __init__(self, settings: Params, store: Store, stack: ExitStack) -> None:
        """Open what counts tokens; a bundled model is served for its tokenizer until the stack ends."""
        self.settings, self.store = settings, store
        self.writer = Pretrained.load(Path("models/writer.json"))
        self.relabeler = Pretrained.load(Path("models/relabeler.json"))
        self._encoder = Pretrained.load(Path("models/encoder.json"))
        self.count_writer, self.how = stack.enter_context(tokens.counter(self.writer, params.asking(), store))
        self.count_relabeler = self.count_writer
        if self.relabeler != self.writer:
            counter = tokens.counter(self.relabeler, params.asking(), store)
            self.count_relabeler, _ = stack.enter_context(counter)

    def bills(self, dataset: str, seed: int) -> Iterator[tuple[Bill, Pretrained]]:
        """Yield what each stage that asks would ask for one data set and seed, and of which model."""
        ground, texts = _ground(dataset, seed), list[Generated]()
        if need("generate", self.settings.arms):
            bill, texts = self._write("generate", self.settings.generate, ("mix", dataset, seed), ground)
            yield bill, self.writer
        if need("contrast", self.settings.arms):
            unmixed = writer.without_mixing(self.settings.generate)
            bill, _ = self._write("contrast", unmixed, ("contrast", dataset, seed), ground)
            yield bill, self.writer
        judge = Judge(self.settings, ground.classes, ground.shots, self._encoder)
        if need("relabel", self.settings.arms):
            yield self._relabel(judge, texts, ground), self.relabeler
        yield self._teach(judge, ground), self.relabeler

    def _write(
        self, stage: str, wish: Generate, purpose: tuple[str, str, int], ground: Ground
    ) -> tuple[Bill, list[Generated]]:
        asker = self._dry(f"{stage} {ground.name}", self.writer)
        classes, shots = ground.classes, ground.shots
        near = writer.near(wish.partner, classes, shots, self._encoder, self.settings.encoder.max_tokens)
        return asker.bill, writer.write(wish, classes, shots, purpose, asker, near).generated

    def _relabel(self, judge: Judge, texts: Sequence[Generated], ground: Ground) -> Bill:
        asker = self._dry(f"relabel {ground.name}", self.relabeler)
        labels = [info.label for info in ground.classes]
        priors = relabel.priors(texts, labels, self.settings.relabel.prior_weight)
        judge.label({text.id: text.text for text in texts}, asker, priors)
        return asker.bill

    def _teach(self, judge: Judge, ground: Ground) -> Bill:
        asker = self._dry(f"teacher {ground.name}", self.relabeler)
        test = fewshot.spread(ground.test, self.settings.teacher.test_texts)
        judge.label({example.id: example.text for example in test}, asker)
        return asker.bill

    def _dry(self, stage: str, model: Pretrained) -> DryAsker:
        count = self.count_writer if model == self.writer else self.count_relabeler
        return DryAsker(stage, model.identity(self.settings.llm.server), self.store, count)

    def dollars(self, bill: Bill, model: Pretrained) -> float | None:
        """Return what a stage would cost; None where the model has no price."""
        each: Price | None = price(model.name, model.endpoint)
        if each is None:
            return None
        share = BATCH if self.settings.llm.batch_api and model.endpoint == "openai" else 1.0
        return share * each.of({"prompt_tokens": bill.tokens_in, "completion_tokens": bill.tokens_out})

    def minutes(self, bill: Bill, model: Pretrained) -> float | None:
        """Return how long a stage would ask, from the model's pace in earlier runs; None where it was never asked."""
        pace = self.store.pace(model.name)
        at_once = 1 if model.endpoint == "bundled" else params.asking().concurrency
        return None if pace is None else (bill.questions - bill.recorded) * pace / at_once / 60


def _ground(dataset: str, seed: int) -> Ground:
    folder = Path("data/compiled") / dataset
    return Ground(
        f"{dataset}-{seed}",
        jsonl.read(folder / "classes.jsonl", ClassInfo),
        jsonl.read(Path("data/shots") / dataset / f"{seed}.jsonl", Example),
        jsonl.read(folder / "test.jsonl", Example),
    )


def main() -> None:
    """Print the table."""
    settings = params.read()
    with ExitStack() as stack:
        estimate = Estimate(settings, Store(path()), stack)
        say(ROW.format("stage", "questions", "recorded", "tokens in", "tokens out", "dollars", "minutes"))
        rows = []
        for dataset in settings.datasets:
            for seed in settings.seeds:
                for bill, model in estimate.bills(dataset, seed):
                    rows.append((bill, estimate.dollars(bill, model), estimate.minutes(bill, model)))
                    say(row(*rows[-1]))
        say(row(total(bill for bill, _, _ in rows), add([d for _, d, _ in rows]), add([m for _, _, m in rows])))
    say(f"tokens in are counted {estimate.how}; out, and texts that will be refused, are guesses from recorded answers")
    if any(dollars is None for _, dollars, _ in rows):
        say("promptmix/llm/engine/prices.yaml has no price for this model: tokens only")


def row(bill: Bill, dollars: float | None, minutes: float | None) -> str:
    """Return one line of the table."""
    money = "?" if dollars is None else f"{dollars:.4f}"
    time = "?" if minutes is None else f"{minutes:.1f}"
    return ROW.format(
        bill.stage,
        f"{bill.questions:,}",
        f"{bill.recorded:,}",
        f"{bill.tokens_in:,}",
        f"{bill.tokens_out:,}",
        money,
        time,
    )


def add(values: list[float | None]) -> float | None:
    """Return a sum; None where a part is unknown."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


if __name__ == "__main__":
    run(main)
