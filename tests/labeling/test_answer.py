"""Labels by answer: how what a language model says becomes one of the candidates."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.errors import LLMError
from promptmix.core.records import Completion, Example, Question
from promptmix.labeling.answer import by_answer, said
from promptmix.labeling.cases import Labeled
from promptmix.labeling.names import named
from tests.support.fakes import Compass, RuledModel, ScriptedModel, completion
from tests.support.labeled import COMPASS, LABELS, SHOT, case


def answered(reply: str, degrees: float | None = None, least: float = 0.5) -> Labeled:
    """Label one text; the reply points in a direction, and is encoded only where its words name nothing."""
    known = {} if degrees is None else {reply.strip(): degrees}
    model, compass = ScriptedModel(reply), Compass(COMPASS | known)
    (found,) = by_answer([case()], [], model.ask, compass.encode, least, False)
    return found


@pytest.mark.parametrize(
    ("reply", "label"), [("late", "late"), (" Lost parcel.\nBecause", "lost_parcel"), ("1. wet", "wet")]
)
def test_an_answer_that_names_a_candidate_is_its_label_and_nothing_is_encoded(reply: str, label: str) -> None:
    """The compass of no texts is an error, as that of the real encoder would be."""
    assert answered(reply) == Labeled(LABELS, label, reply, "exact", {})


def test_an_answer_that_names_none_goes_to_the_nearest_candidate() -> None:
    """At 100 degrees: cos 10 = 0.98 to lost."""
    assert answered("vanished", 100.0) == Labeled(LABELS, "lost_parcel", "vanished", "nearest", {})


@pytest.mark.parametrize(
    "reply",
    [
        "The customer asks about a parcel.\n\nlate",
        "Thinking: it may be wet or late.\nAnswer: late",
        "```\nIt is about a parcel.\nlate\n```",
    ],
)
def test_where_the_first_line_names_none_the_last_one_counts(reply: str) -> None:
    assert answered(reply) == Labeled(LABELS, "late", reply, "exact", {})


def test_where_neither_line_names_one_the_first_is_compared_with_the_names() -> None:
    model, compass = ScriptedModel("vanished\nsorry"), Compass(COMPASS | {"vanished": 100.0})
    (found,) = by_answer([case()], [], model.ask, compass.encode, 0.5, False)
    assert (found.label, found.matched) == ("lost_parcel", "nearest")


def test_an_answer_near_a_class_that_is_no_candidate_does_not_go_to_it() -> None:
    """torn lies at 270 and is nearest of all; among the candidates wet, cos 80 = 0.17. The authors' code takes torn."""
    assert answered("ripped apart", 260.0, least=0.1) == Labeled(LABELS, "wet", "ripped apart", "nearest", {})
    assert answered("torn", 270.0, least=0.5).label is None


@pytest.mark.parametrize(("least", "label"), [(0.49, "late"), (0.51, None)])
def test_an_answer_that_is_like_no_candidate_names_none(least: float, label: str | None) -> None:
    """At -60 degrees: cos 60 = 0.5 to late."""
    found = answered("I cannot say", -60.0, least)
    assert (found.label, found.matched) == (label, "nearest" if label else "none")
    assert found.reply == "I cannot say"


@pytest.mark.parametrize("reply", ["", "\n  \n"])
def test_an_empty_answer_names_none_however_low_the_threshold(reply: str) -> None:
    assert answered(reply, least=-1.0) == Labeled(LABELS, None, reply, "none", {})


def test_many_answers_keep_their_places() -> None:
    model = ScriptedModel("late", "vanished", "", "wet")
    compass = Compass(COMPASS | {"vanished": 80.0})
    labeled = by_answer([case(str(n)) for n in range(4)], [], model.ask, compass.encode, 0.5, json_schema=False)
    assert [found.matched for found in labeled] == ["exact", "nearest", "none", "exact"]
    assert [found.label for found in labeled] == ["late", "lost_parcel", None, "wet"]


def test_each_answer_is_compared_with_the_candidates_of_its_own_text() -> None:
    """Straight right is late; where only lost and wet are offered, at 44 degrees lost is nearest, cos 46 = 0.69."""
    cases = [case("a", ("late", "torn")), case("b", ("lost_parcel", "wet"))]
    compass = Compass(COMPASS | {"early": 1.0, "astray": 44.0})
    labeled = by_answer(cases, [], ScriptedModel("early", "astray").ask, compass.encode, 0.5, json_schema=False)
    assert [found.label for found in labeled] == ["late", "lost_parcel"]


@pytest.mark.parametrize("shots", [[], [SHOT]], ids=["zero_shot", "one_class_has_a_shot"])
def test_every_candidate_is_listed_in_the_question_and_no_other(shots: list[Example]) -> None:
    """The authors' code lists classes by their training rows, so a class without rows vanishes."""
    model = ScriptedModel("late")
    by_answer([case()], shots, model.ask, Compass({}).encode, 0.5, False)
    (question,) = model.asked
    assert all(f"{n}. {label}, which is about what is {label}." in question.text for n, label in enumerate(LABELS, 1))
    assert "torn" not in question.text
    assert question.id == "label/00000/id where is it"


def test_no_cases_need_no_model() -> None:
    assert by_answer([], [], ScriptedModel().ask, Compass({}).encode, 0.5, False) == []


def test_with_json_schema_a_question_has_its_candidates_as_choices_and_its_answer_is_read_from_json() -> None:
    model = ScriptedModel('{"choice": "late"}')
    (found,) = by_answer([case()], [], model.ask, Compass({}).encode, 0.5, json_schema=True)
    assert model.asked[0].choices == found.candidates
    assert (found.label, found.matched) == ("late", "exact")


def test_questions_about_one_set_of_candidates_share_their_first_part() -> None:
    model = RuledModel(lambda question, _: "late")
    by_answer([case("one"), case("another")], [SHOT], model.ask, Compass({}).encode, 0.5, False)
    one, another = model.asked
    assert one.text[: one.shared] == another.text[: another.shared]
    assert one.shared > 100
    assert one.draw == another.draw == 0


# what a reply says and names


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("late", "late"),
        ("Late.", "late"),
        ("1. late", "late"),
        ('"late"', "late"),
        ("The intent is **late**", "late"),
        ("refund", "refund"),
        ("refund_not_here", "refund_not_here"),
        ("Refund not here", "refund_not_here"),
        ("refund-not-here!", "refund_not_here"),
        ("It is refund not here.", "refund_not_here"),
        ("refund_not_here, refund_not_here", "refund_not_here"),
        ("refund, not refund_not_here", None),
        ("late or refund", None),
        ("later", None),
        ("translate", None),
        ("refunds", None),
        ("none of these", None),
        ("", None),
        ("?!", None),
    ],
)
def test_a_reply_names_a_label_by_whole_words_and_only_one(reply: str, label: str | None) -> None:
    assert named(reply, ["late", "refund", "refund_not_here"]) == label
    assert named(reply, ["refund_not_here", "refund", "late"]) == label


@pytest.mark.parametrize(
    ("reply", "label"),
    [
        ("C", "C"),
        ("c++", "C++"),
        (" C# ", "C#"),
        ("It is C++", "C++"),
        ("The answer is C#.", "C#"),
        ("C++17", "C++"),
        ("C or C#", None),
        ("CC", None),
        ("\U0001f44e", "\U0001f44e"),
        ("", None),
        ("...", None),
    ],
)
def test_labels_that_differ_in_punctuation_alone_are_told_apart(reply: str, label: str | None) -> None:
    assert named(reply, ["C", "C++", "C#", "\U0001f44d", "\U0001f44e"]) == label


@given(st.text(max_size=20), st.lists(st.text("ab_+ ", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
def test_what_is_named_is_a_label_whatever_the_reply(reply: str, labels: list[str]) -> None:
    assert named(reply, labels) in [None, *labels]


@given(st.lists(st.text("ab_", min_size=1, max_size=4), min_size=1, max_size=4, unique=True))
def test_every_label_names_itself(labels: list[str]) -> None:
    for label in labels:
        assert named(label, labels) == label


@pytest.mark.parametrize(("reply", "line"), [("", ""), ("\n \n", ""), ("\n late \nlost", "late"), ("a\u2028b", "a")])
def test_the_first_line_that_is_not_blank_counts(reply: str, line: str) -> None:
    assert said(reply) == line


@pytest.mark.parametrize(
    ("reply", "choice"),
    [
        ('{"choice": "late"}', "late"),
        ('```json\n{"choice": "late"}\n```', "late"),
        ('Here is the JSON you asked for:\n\n```json\n{"choice": "late"}\n```', "late"),
        ('["late"]', "late"),
        ('[\n  "late"\n]', "late"),
        ('{"choice": "late", "confidence": 0.9}', "late"),
        ('{"reason": "it is not wet", "intent": "late"}', "late"),
        ('{"id": 1, "Label": "late"}', "late"),
        ('{"name": "answer", "arguments": {"choice": "late"}}', "late"),
        ('{"result": {"choice": "late"}}', "late"),
        ('[{"sentence": 1, "choice": "late"}]', "late"),
        ('{"choice": "late', "late"),
        ('{"choice": 2}', "2"),
        ('{"late": 0.9}', "late"),
        ('{"lost": false, "late": true}', "late"),
        ('{"answer": true, "late": false}', "answer"),
        ('{"intents": {"lost": false, "late": true}}', "late"),
        ('{"lost": false, "late": false}', ""),
        ("```\nlate\n```", "late"),
        ("My answer:\nlate", "late"),
        ("late:", "late:"),
        ("{late}", "{late}"),
    ],
)
def test_a_choice_is_read_out_of_any_json_and_any_introduction(reply: str, choice: str) -> None:
    assert said(reply) == choice


NAMES = st.lists(
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=5), min_size=1, max_size=6, unique=True
)
WRAPPED = ["{}", "```json\n{}\n```", "Here it is:\n\n{}\n\nI hope that helps."]


@given(NAMES, st.data())
def test_a_choice_in_json_is_its_label_in_every_script(labels: list[str], data: st.DataObject) -> None:
    label, wrapped = data.draw(st.sampled_from(labels)), data.draw(st.sampled_from(WRAPPED))
    value = data.draw(st.sampled_from([{"choice": label}, {"id": 1, "choice": label, "confidence": 0.5}, [label]]))
    reply = json.dumps(value, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 2])))
    assert named(said(wrapped.replace("{}", reply)), labels) == label


def by_answers(*replies: Completion, required: bool = True) -> list[Labeled]:
    cases = [case(str(n)) for n in range(len(replies))]
    known = Compass({reply.text: -60.0 for reply in replies} | COMPASS)
    left = iter(replies)
    return by_answer(cases, [], lambda some: [next(left) for _ in some], known.encode, 0.9, False, required=required)


REFUSED = completion("q", "").model_copy(update={"finish": "refused", "reason": "content policy"})


def test_a_refused_answer_has_no_label_and_keeps_the_reason_of_the_server() -> None:
    assert by_answers(REFUSED, completion("q", "late")) == [
        Labeled(LABELS, None, "content policy", "none", {}, "refused"),
        Labeled(LABELS, "late", "late", "exact", {}),
    ]


@pytest.mark.parametrize(
    ("finish", "remedy"), [("length", "raise relabel.max_tokens"), ("stop", "another llm.relabel")]
)
def test_a_run_whose_first_answers_all_name_no_candidate_stops_and_shows_one(finish: str, remedy: str) -> None:
    asked = list[int]()

    def ask(questions: Sequence[Question]) -> list[Completion]:
        asked.append(len(questions))
        return [completion(question.id, "I cannot say", finish) for question in questions]

    with pytest.raises(LLMError) as caught:
        by_answer(
            [case(str(n)) for n in range(60)], [], ask, Compass(COMPASS | {"I cannot say": -60.0}).encode, 0.9, False
        )
    assert asked == [24]
    expected = "not one of the first 24 answers of scripted names a candidate; asked for one of late, lost_parcel, wet"
    assert f"{expected}, it said 'I cannot say'; " in str(caught.value)
    assert remedy in str(caught.value)


def test_a_run_whose_first_texts_are_all_refused_stops_with_the_reason() -> None:
    with pytest.raises(LLMError) as caught:
        by_answers(*[REFUSED] * 4)
    expected = "all of the first 4 texts are refused: content policy; scripted cannot label them"
    assert str(caught.value) == expected


def test_a_few_answers_without_a_label_stop_nothing_and_neither_do_refused_ones() -> None:
    odd = completion("q", "I cannot say")
    assert [found.label for found in by_answers(odd, odd, odd, REFUSED, REFUSED)] == [None] * 5
    assert [found.label for found in by_answers(odd, odd, odd, odd, required=False)] == [None] * 4
    assert [found.label for found in by_answers(odd, odd, odd, odd, completion("q", "wet"))] == [None] * 4 + ["wet"]
