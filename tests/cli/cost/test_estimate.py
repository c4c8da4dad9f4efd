"""What a run would send is known before it is sent."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from promptmix import params
from promptmix.cli.cost import tokens
from promptmix.cli.cost.dry_run import DryClient, total
from promptmix.cli.cost.estimate import print_estimate
from promptmix.core.errors import ParamsError
from promptmix.core.records import ClassInfo, Completion, Example, Question
from promptmix.generation import writer
from promptmix.llm.client import Client
from promptmix.llm.endpoints.open import open_endpoint
from promptmix.llm.request import Sampling
from promptmix.llm.store.database import Store
from promptmix.llm.store.entries import StoredAnswer
from promptmix.models.pretrained import Pretrained
from tests.support.structure import ROOT

CLASSES = [ClassInfo(label=label, description=f"a parcel that is {label}") for label in ("late", "lost", "wet")]
SHOTS = [
    Example(id=f"t/{c.label}/{n}", text=f"my parcel is {c.label} {n}", label=c.label) for c in CLASSES for n in (1, 2)
]
SMALL = {
    "prompt": "mixup_completion",
    "json_schema": False,
    "per_class": 2,
    "max_tokens": 12,
    "max_prompts_per_class": 2,
}


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))


def test_prompt_tokens_are_known_before_they_are_sent(small_llm: Pretrained, tmp_path: Path) -> None:
    """Within 5 % of what the bundled model then counts; here to the token."""
    store = Store(tmp_path / "s.sqlite")
    generate = params.load("generate").model_copy(update=SMALL)
    identity = small_llm.identity("x")
    with tokens.counter(small_llm, params.asking(), store) as (count, how):
        dry = DryClient("generate", identity, store, count)
        writer.write_texts(generate, CLASSES, SHOTS, ("mix", "t", 0), dry)
        open_it = lambda: open_endpoint(small_llm, params.asking())  # noqa: E731
        with Client("t", identity, store, open_it, params.asking()) as client:
            done = list(client.ask(first_prompts(generate), writer.sampling(generate)))
    assert how == "by the model's tokenizer"
    assert dry.bill.tokens_in == sum(completion.usage.prompt_tokens for completion in done)
    assert (dry.bill.questions, dry.bill.recorded) == (len(done), 0)


def first_prompts(generate: params.Generate) -> list[Question]:
    """Return what is sent first; a model that follows every prompt is sent no more."""
    sent: list[Question] = []

    class Remembers:
        def ask(self, questions: Sequence[Question], sampling: Sampling) -> list[Completion]:
            sent.extend(questions)
            raise StopIteration

    with pytest.raises(StopIteration):
        writer.write_texts(generate, CLASSES, SHOTS, ("mix", "t", 0), Remembers())
    return sent


def test_recorded_answers_cost_nothing(tmp_path: Path) -> None:
    store, identity = Store(tmp_path / "s.sqlite"), {"name": "m", "endpoint": "e", "files": ""}
    question, sampling = Question(id="q", text="hello", shared=0, draw=0), Sampling("chat", 1.0, 1.0, 10)
    dry = DryClient("s", identity, store, lambda question, sampling: 7)
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


# the command, in a repository with a small data set of its own

FIXED = [
    "datasets=[mine]", "seeds=[0]", "generate.prompt=mixup_completion", "generate.json_schema=false",
    "generate.per_class=2", "generate.max_prompts_per_class=2", "generate.texts_per_prompt=1",
    "generate.keep_per_prompt=1", "relabel.method=answer", "teacher.test_texts=3",
]  # fmt: skip
HOSTED = ["llm.endpoint=openai", "llm.model=gpt-4.1-mini"]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_encoder: Pretrained) -> Path:
    """What `promptmix cost` reads of a repository; models are those of this one, which has the encoder."""
    folder = tmp_path / "repository"
    (folder / "data/raw/mine").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("dvc.yaml", "params.yaml", "asking.yaml", "experiments.yaml"):
        shutil.copy(ROOT / name, folder / name)
    for split in ("train", "test"):
        rows = [{"text": f"{split}: my parcel is {c.label} {n}", "label": c.label} for c in CLASSES for n in range(6)]
        lines = [json.dumps(row) + "\n" for row in rows]
        (folder / f"data/raw/mine/{split}.jsonl").write_text("".join(lines))
    monkeypatch.chdir(folder)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("PROMPTMIX_ROOT", str(ROOT))
    monkeypatch.setenv("PROMPTMIX_STORE", str(tmp_path / "answers.sqlite"))
    return folder


def rows(printed: str) -> dict[str, list[str]]:
    """Return the cells behind the name of each row of the printed table."""
    cells = [line.rsplit(maxsplit=6) for line in printed.splitlines()]
    return {name: rest for name, *rest in cells if len(rest) == 6 and rest[0].isdigit()}


@pytest.mark.parametrize(
    ("arms", "questions"),
    [
        ("few_shot,prototypes", {"teacher": 3}),
        ("few_shot,mixed,human", {"generate": 6, "teacher": 3}),
        ("few_shot,relabeled", {"generate": 6, "relabel": 6, "teacher": 3}),
        ("filtered,no_mixing", {"generate": 6, "contrast": 6, "relabel": 6, "teacher": 3}),
    ],
)
def test_a_stage_is_billed_where_a_listed_arm_needs_it(
    repository: Path, capsys: pytest.CaptureFixture[str], arms: str, questions: dict[str, int]
) -> None:
    """3 classes, 2 texts of each from prompts that request one; 3 test texts."""
    print_estimate(None, [*FIXED, *HOSTED, f"arms=[{arms}]"])
    found = {name.removesuffix(" mine-0"): int(cells[0]) for name, cells in rows(capsys.readouterr().out).items()}
    assert found == {"fetch writer": 1, "fetch relabeler": 0, **questions, "all": sum(questions.values()) + 1}


def test_a_model_that_params_do_not_name_is_priced_and_nothing_changes(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no key and no network."""

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("a price needs no network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    print_estimate(None, [*FIXED, *HOSTED])
    printed = capsys.readouterr().out
    assert 0 < float(rows(printed)["all"][4]) < 1
    assert "the price of this model is unknown" not in printed
    assert {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()} == before
    assert Path.cwd() == repository


def test_a_model_without_a_price_is_said_to_have_none(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_estimate(None, [*FIXED, "llm.endpoint=openai", "llm.model=unheard-of"])
    printed = capsys.readouterr().out
    assert rows(printed)["all"][4] == "?"
    assert printed.endswith("the price of this model is unknown: tokens only\n")


def test_overrides_win_over_a_preset(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    print_estimate("quick", [*FIXED, *HOSTED, "relabel.calibration=null"])
    assert float(rows(capsys.readouterr().out)["all"][4]) > 0


def test_an_override_that_cannot_be_used_is_said_before_anything_is_counted(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ParamsError, match=r"^params\.yaml: generate\.per_class: "):
        print_estimate(None, ["generate.per_class=0"])
    assert capsys.readouterr().out == ""
