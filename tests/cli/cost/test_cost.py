"""What a run would ask is known before it is asked."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from promptmix import params
from promptmix.cli.cost import tokens
from promptmix.cli.cost.dry_run import DryAsker, total
from promptmix.cli.cost.estimate import Estimate
from promptmix.core import jsonl
from promptmix.core.records import ClassInfo, Completion, Example, Question, Record
from promptmix.generation import writer
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.request import Sampling
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import StoredAnswer
from promptmix.models.pretrained import Pretrained

CLASSES = [ClassInfo(label=label, description=f"a parcel that is {label}") for label in ("late", "lost", "wet")]
SHOTS = [
    Example(id=f"t/{c.label}/{n}", text=f"my parcel is {c.label} {n}", label=c.label) for c in CLASSES for n in (1, 2)
]
SMALL = {
    "prompt": "mixup_completion",
    "json_schema": False,
    "per_class": 2,
    "max_tokens": 40,
    "max_prompts_per_class": 2,
}


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))


def test_prompt_tokens_are_known_before_they_are_sent(small_llm: Pretrained, tmp_path: Path) -> None:
    """Within 5 % of what the bundled model then counts; here to the token."""
    settings = params.load_all()
    store = Store(tmp_path / "s.sqlite")
    wish = settings.generate.model_copy(update=SMALL)
    identity = small_llm.identity("x")
    with tokens.counter(small_llm, params.asking(), store) as (count, how):
        dry = DryAsker("generate", identity, store, count)
        writer.write(wish, CLASSES, SHOTS, ("mix", "t", 0), dry)
        open_it = lambda: open_endpoint(small_llm, params.asking())  # noqa: E731
        with Client("t", identity, store, open_it, params.asking()) as client:
            questions = next(iter([first_wave(wish)]))
            done = list(client.ask(questions, writer.sampling(wish)))
    assert how == "by the model's tokenizer"
    assert dry.bill.tokens_in == sum(completion.usage.prompt_tokens for completion in done)
    assert (dry.bill.questions, dry.bill.recorded) == (len(done), 0)


def first_wave(wish: params.Generate) -> list[Question]:
    """Return what is asked first; a model that follows every prompt is asked no more."""
    asked: list[Question] = []

    class Remembers:
        def ask(self, questions: list[Question], sampling: Sampling) -> list[Completion]:
            asked.extend(questions)
            raise StopIteration

    with pytest.raises(StopIteration):
        writer.write(wish, CLASSES, SHOTS, ("mix", "t", 0), Remembers())  # type: ignore[arg-type]  # a list
    return asked


def test_recorded_answers_cost_nothing(tmp_path: Path) -> None:
    store, identity = Store(tmp_path / "s.sqlite"), {"name": "m", "endpoint": "e", "files": ""}
    question, sampling = Question(id="q", text="hello", shared=0, draw=0), Sampling("chat", 1.0, 1.0, 10)
    dry = DryAsker("s", identity, store, lambda question, sampling: 7)
    (made_up,) = dry.ask([question], sampling)
    assert (dry.bill.tokens_in, dry.bill.recorded) == (7, 0)
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    request = {"model": identity, "text": "hello"}
    store.put(
        [StoredAnswer(made_up.key, request, {"text": "hi", "finish": "stop", "usage": usage, "alternatives": {}})]
    )
    assert dry.ask([question], sampling)[0].text == "hi"
    assert (dry.bill.tokens_in, dry.bill.recorded, dry.bill.questions) == (7, 1, 2)
    assert total([dry.bill, dry.bill]).questions == 4


def test_without_a_tokenizer_the_recorded_answers_say_how_long_a_token_is(tmp_path: Path) -> None:
    hosted = Pretrained(name="unheard-of", endpoint="openai", files={})
    store = Store(tmp_path / "s.sqlite")
    question, sampling = Question(id="q", text="x" * 100, shared=0, draw=0), Sampling("chat", 1.0, 1.0, 10)
    with tokens.counter(hosted, params.asking(), store) as (count, how):
        assert (count(question, sampling), how) == (25, "4 characters a token, a guess")
    usage = {"prompt_tokens": 50, "completion_tokens": 3}
    request = {"model": {"name": "unheard-of"}, "text": "y" * 100}
    store.put([StoredAnswer("k", request, {"text": "hi", "finish": "stop", "usage": usage, "alternatives": {}})])
    with tokens.counter(hosted, params.asking(), store) as (count, how):
        assert (count(question, sampling), how) == (50, "2.00 characters a token, as recorded")


@pytest.mark.parametrize(
    ("arms", "questions"),
    [
        (["few_shot", "prototypes"], {"teacher": 3}),
        (["few_shot", "mixed", "human"], {"generate": 6, "teacher": 3}),
        (["few_shot", "relabeled"], {"generate": 6, "relabel": 6, "teacher": 3}),
        (["filtered", "no_mixing"], {"generate": 6, "contrast": 6, "relabel": 6, "teacher": 3}),
    ],
)
def test_a_stage_is_billed_where_a_listed_arm_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arms: list[str], questions: dict[str, int]
) -> None:
    """3 classes, 2 texts of each from prompts that ask for one; 3 test texts."""
    values = params.load_all().model_dump()
    values["generate"] |= SMALL | {"texts_per_prompt": 1, "keep_per_prompt": 1}
    values["relabel"] |= {"method": "answer"}
    settings = params.Params.model_validate(values | {"arms": arms})
    monkeypatch.chdir(tmp_path)
    files: dict[str, Sequence[Record]] = {
        "compiled/t/classes": CLASSES,
        "compiled/t/test": SHOTS[::2],
        "shots/t/0": SHOTS,
    }
    for name, records in files.items():
        jsonl.write(tmp_path / f"data/{name}.jsonl", records)
    for name in ("writer", "relabeler", "encoder"):
        Pretrained(name="unheard-of", endpoint="openai", files={}).save(tmp_path / f"models/{name}.json")
    with ExitStack() as stack:
        bills = list(Estimate(settings, Store(tmp_path / "s.sqlite"), stack).bills("t", 0))
    assert {bill.stage: bill.questions for bill, _ in bills} == {f"{s} t-0": n for s, n in questions.items()}
