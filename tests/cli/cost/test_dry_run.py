"""What labeling would request, by a client that makes up what a model would say."""

from typing import Literal

import pytest

from promptmix import params
from promptmix.cli.cost.dry_run import DryClient
from promptmix.core.records import ClassInfo
from promptmix.labeling.labeler import Labeler
from promptmix.llm.greeting import Greeter
from promptmix.llm.store.packs import Recorded
from tests.support.fakes import Compass
from tests.support.structure import ROOT

SETTINGS = params.load_all(ROOT / "params.yaml").relabel
SETS = [["late", "wet"], ["物流延迟", "包裹损坏"], ["no. 5", "no. 6"], ["$", "$$"], ["flight", "flight_time"]]


@pytest.fixture
def client() -> DryClient:
    return DryClient("relabel d-0", {"name": "m"}, Recorded(ROOT / "no such folder"), lambda *_: 1)


@pytest.mark.parametrize("labels", SETS, ids=lambda labels: labels[0])
@pytest.mark.parametrize("scoring", ["completion", "chat", None])
@pytest.mark.parametrize("method", ["auto", "score"])
@pytest.mark.parametrize("json_schema", [True, False])
def test_every_text_is_labeled_in_the_way_that_a_run_would_take(
    client: DryClient,
    labels: list[str],
    scoring: Literal["completion", "chat"] | None,
    method: str,
    json_schema: bool,
) -> None:
    classes = [ClassInfo(label=label, description=f"what is {label}") for label in labels]
    settings = SETTINGS.model_copy(update={"method": method, "json_schema": json_schema})
    labeler = Labeler(settings, Compass({}).encode, classes, [], scoring)
    labeled = labeler.label({str(n): f"text {n}" for n in range(20)}, client).labeled
    assert {each.matched for each in labeled} == {"scored" if scoring else "exact"}
    shares_a_token = scoring == "completion" and labels[0][0] in "$fn"
    assert 20 <= client.bill.questions <= (80 if shares_a_token else 20)


def test_the_question_that_finds_out_where_scores_are_costs_one(client: DryClient) -> None:
    assert Greeter(client).scoring(SETTINGS.top_logprobs, SETTINGS.max_tokens) == "completion"
    assert client.bill.questions == 1
