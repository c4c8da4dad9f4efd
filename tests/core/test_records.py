"""Records refuse what does not fit, in Python and in files."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from promptmix.core import records
from promptmix.core.records import (
    ClassInfo,
    Completion,
    DataInfo,
    Example,
    Generated,
    MixPrompt,
    PoolText,
    Prediction,
    Question,
    Record,
    Rejected,
    Relabeled,
    Step,
    Usage,
)

GOOD: list[Record] = [
    ClassInfo(label="late", description="what is late"),
    Example(id="demo/train/00000", text="where is it", label="late"),
    Question(id="q", text="why", shared=0, draw=0),
    MixPrompt(
        id="mix/000/late/00",
        text="mix",
        shared=3,
        draw=1,
        group=("late", "lost"),
        target="late",
        other="lost",
        target_share=0.75,
    ),
    Usage(prompt_tokens=3, completion_tokens=0),
    Completion(
        key="k",
        prompt_id="q",
        model="m",
        text="",
        finish="stop",
        usage=Usage(prompt_tokens=3, completion_tokens=0),
        alternatives={" late": -0.5},
    ),
    Generated(id="q#1", text="it is late", target="late", other="lost", target_share=1.0, prompt_id="q"),
    Rejected(prompt_id="q", line="", reason="blank"),
    Relabeled(
        id="q#1",
        text="it is late",
        given="late",
        label=None,
        candidates=("late", "lost"),
        reply="who knows",
        matched="none",
        probabilities={},
        target_share=0.5,
    ),
    Prediction(id="demo/test/00000", gold="late", predicted=None, probabilities={"late": 1.0}),
    Step(token=" late", alternatives={" late": -0.5}),
    DataInfo(about="messages", language=None),
    PoolText(id="demo/unlabeled/00000", text="where is it"),
]
MIX: dict[str, Any] = GOOD[3].model_dump()


def fault(kind: type[Record], values: Mapping[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(values)
    return str(caught.value.errors()[0]["msg"])


def test_every_kind_of_record_is_tried_here() -> None:
    kinds = {value for value in vars(records).values() if isinstance(value, type) and issubclass(value, Record)}
    assert kinds - {Record} == {type(record) for record in GOOD}


@pytest.mark.parametrize("record", GOOD, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_from_json_as_it_was(record: Record) -> None:
    assert type(record).model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("record", GOOD, ids=lambda record: type(record).__name__)
def test_a_record_cannot_be_changed(record: Record) -> None:
    field = next(iter(type(record).model_fields))
    with pytest.raises(ValidationError, match="Instance is frozen"):
        setattr(record, field, "other")


@pytest.mark.parametrize("record", GOOD, ids=lambda record: type(record).__name__)
def test_unknown_and_missing_fields_are_refused(record: Record) -> None:
    values = record.model_dump()
    assert fault(type(record), values | {"source": "?"}) == "Extra inputs are not permitted"
    del values[next(iter(values))]
    assert fault(type(record), values) == "Field required"


@pytest.mark.parametrize("record", GOOD, ids=lambda record: type(record).__name__)
def test_a_number_is_no_string_and_a_string_no_number(record: Record) -> None:
    values = record.model_dump()
    for name, value in values.items():
        if isinstance(value, str | int | float):
            wrong = 1 if isinstance(value, str) else str(value)
            assert "should be" in fault(type(record), values | {name: wrong}), name


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u2028", "\u00a0\u3000"])
def test_a_blank_text_is_refused(text: str) -> None:
    assert "match pattern" in fault(Example, {"id": "a", "text": text, "label": "b"})


def test_half_a_surrogate_pair_is_refused_because_no_file_can_hold_it() -> None:
    assert "unicode" in fault(Example, {"id": "a", "text": "\ud83d", "label": "b"})


@pytest.mark.parametrize("share", [0.49, 1.01, -1.0, math.nan, math.inf])
def test_a_target_share_lies_between_one_half_and_one(share: float) -> None:
    assert "should be" in fault(MixPrompt, MIX | {"target_share": share})


@pytest.mark.parametrize("probability", [-0.01, 1.01, math.nan])
def test_a_probability_lies_between_nothing_and_one(probability: float) -> None:
    values = {"id": "a", "gold": "b", "predicted": "b", "probabilities": {"b": probability}}
    assert "should be" in fault(Prediction, values)


def test_a_mixing_prompt_mixes_two_classes_of_its_group() -> None:
    assert fault(MixPrompt, MIX | {"other": "late"}) == "Value error, target and other are both 'late'"
    group = ("lost", "refund")
    assert fault(MixPrompt, MIX | {"group": group}) == "Value error, ['late'] not in the group ['lost', 'refund']"


def test_an_unknown_reason_finish_or_match_is_refused() -> None:
    assert "Input should be 'blank'" in fault(Rejected, {"prompt_id": "q", "line": "", "reason": "ugly"})
    assert "Input should be 'stop'" in fault(Completion, GOOD[5].model_dump() | {"finish": "content_filter"})
    assert "Input should be 'exact'" in fault(Relabeled, GOOD[8].model_dump() | {"matched": "guessed"})


@pytest.mark.parametrize(("kind", "values"), [(MixPrompt, MIX), (Generated, GOOD[6].model_dump())], ids=["ask", "text"])
def test_without_another_class_the_targets_share_is_whole(kind: type[Record], values: Mapping[str, Any]) -> None:
    alone = {**values, "other": None}
    said = "Value error, without another class the target's share is 1, got 0.75"
    assert fault(kind, alone | {"target_share": 0.75}) == said
    assert kind.model_validate(alone | {"target_share": 1.0}).model_dump()["other"] is None
