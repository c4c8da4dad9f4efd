"""Scores read off the steps of a reply, against sums worked by hand and a brute-force model."""

import hashlib
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Completion, Step
from promptmix.labeling.reply_path import reply_scores
from promptmix.labeling.unscored import Unscored
from tests.support.fakes import completion


def replied(*steps: Mapping[str, float], finish: str = "stop", text: str | None = None) -> Completion:
    """A reply of the first token of each step, with the probabilities of what was possible there."""
    tokens = [next(iter(step)) for step in steps]
    found = completion("q", "".join(tokens) if text is None else text, finish)
    logs = [{token: math.log(share) for token, share in step.items()} for step in steps]
    shown = [Step(token=token, alternatives=log) for token, log in zip(tokens, logs, strict=True)]
    return found.model_copy(update={"steps": tuple(shown)})


def probabilities(labels: Sequence[str], *steps: Mapping[str, float], finish: str = "stop") -> dict[str, float]:
    row = reply_scores(replied(*steps, finish=finish), labels)
    assert not isinstance(row, Unscored), row
    return {label: math.exp(score) for label, score in row.items()}


def test_names_that_leave_the_reply_get_the_probability_of_their_token_there() -> None:
    """0.6 : 0.2 at the first token, then 0.3 : 0.1 behind change: 0.75 * 0.75, 0.75 * 0.25, 0.25."""
    found = probabilities(
        ["change_time", "change_address", "late_parcel"],
        {"change": 0.6, "late": 0.2, "the": 0.1}, {"_time": 0.3, "_address": 0.1}, {"\n": 1.0},
    )  # fmt: skip
    assert found == pytest.approx({"change_time": 0.5625, "change_address": 0.1875, "late_parcel": 0.25})


def test_names_that_share_a_token_off_the_reply_are_divided_evenly() -> None:
    found = probabilities(["change_time", "change_address", "late"], {"late": 0.6, "change": 0.2})
    assert found == pytest.approx({"change_time": 0.125, "change_address": 0.125, "late": 0.75})


def test_a_name_with_none_of_the_tokens_shown_is_a_nat_below_the_least_of_them() -> None:
    found = probabilities(["late", "wet", "torn"], {"late": 0.5, "wet": 0.1})
    rest = 0.1 / math.e
    assert found == pytest.approx({"late": 0.5 / (0.6 + rest), "wet": 0.1 / (0.6 + rest), "torn": rest / (0.6 + rest)})


@pytest.mark.parametrize("end", ["\n", ".", "<|im_end|>", "</s>", '"', ""])
def test_a_name_that_begins_another_one_ends_where_the_reply_leaves_it(end: str) -> None:
    found = probabilities(["flight", "flight_time"], {"flight": 1.0}, {end: 0.6, "_time": 0.2, "s": 0.2})
    assert found == pytest.approx({"flight": 0.75, "flight_time": 0.25})


def test_a_name_that_begins_another_one_and_ends_the_reply_is_the_one() -> None:
    """A server shows nothing behind the last token: the longer name is all but impossible."""
    found = probabilities(["flight", "flight_time", "airfare"], {"flight": 0.9, "air": 0.1})
    assert found == pytest.approx({"flight": 0.9, "flight_time": 0.0, "airfare": 0.1}, abs=1e-3)


ENDS = {"<|end|>": 0.9, "er": 0.1}


@pytest.mark.parametrize("end", [[ENDS], []], ids=["with_its_end", "without"])
@pytest.mark.parametrize("said", ["find", "finder"])
def test_a_name_that_begins_another_one_and_the_other_each_have_the_token_that_is_theirs(
    said: str, end: list[dict[str, float]]
) -> None:
    """Whichever the reply is. Of 0.5, the longer one has a tenth behind the shorter one, where that is shown."""
    first = {"find": 0.5, "finder": 0.3, "torn": 0.2}
    steps = [{said: first.pop(said), **first}, *(end if said == "find" else [{"<|end|>": 1.0}] if end else [])]
    moved = 0.05 if said == "find" and end else 0.0
    found = probabilities(["find", "finder", "torn"], *steps)
    assert found == pytest.approx({"find": 0.5 - moved, "finder": 0.3 + moved, "torn": 0.2}, abs=1e-4)


@pytest.mark.parametrize("space", ["\u00a0", "  ", "\t"])
def test_names_are_followed_as_prompts_show_them(space: str) -> None:
    found = probabilities([f"card{space}lost", "card late"], {"card": 1.0}, {" lost": 0.6, " late": 0.2})
    assert found == pytest.approx({f"card{space}lost": 0.75, "card late": 0.25})


LATE = {"late": 0.75, "wet": 0.25}


@pytest.mark.parametrize(
    "steps",
    [
        [{" late": 0.6, " wet": 0.2}],
        [{"Late": 0.6, "Wet": 0.2}],
        [{'"late': 0.6, '"wet': 0.2, "'": 0.1}, {'"': 1.0}],
        [{"**": 1.0}, {"late": 0.6, "wet": 0.2}, {"**": 1.0}],
        [{"Intent": 0.9, "wet": 0.1}, {":": 1.0}, {" late": 0.6, " wet": 0.2}, {".": 1.0}],
        [{"Intent:": 1.0}, {"late": 0.6, "wet": 0.2}],
        [{"Intent:late": 0.6, "Intent:wet": 0.2}],
        [{'{"': 1.0}, {"choice": 1.0}, {'":': 1.0}, {' "': 1.0}, {"late": 0.6, "wet": 0.2}, {'"}': 1.0}],
        [{'{"choice":': 1.0}, {' "late': 0.6, ' "wet': 0.2}, {'"}': 1.0}],
        [{"The": 0.9, "late": 0.1}, {" class": 1.0}, {" is": 1.0}, {" late": 0.6, " wet": 0.2, " a": 0.2}, {".": 1.0}],
        [{"la": 0.6, "wet": 0.2}, {"te": 1.0}],
        [{"l": 0.5, "la": 0.1, "wet": 0.2}, {"ate": 1.0}],
    ],
)
def test_what_a_model_puts_before_a_name_does_not_count(steps: list[dict[str, float]]) -> None:
    assert probabilities(["late", "wet"], *steps) == pytest.approx(LATE)


def test_separators_and_case_do_not_count() -> None:
    found = probabilities(["late_parcel", "wet"], {"Late": 0.6, "Wet": 0.2}, {" parcel": 0.9, "-": 0.1})
    assert found == pytest.approx({"late_parcel": 0.75, "wet": 0.25})


def test_names_without_spaces_between_words_are_found_in_a_sentence() -> None:
    found = probabilities(["物流延迟", "包裹损坏"], {"这是": 1.0}, {"物": 0.6, "包": 0.2}, {"流延迟": 1.0}, {"。": 1.0})
    assert found == pytest.approx({"物流延迟": 0.75, "包裹损坏": 0.25})


def test_thoughts_before_the_answer_do_not_count() -> None:
    """The reply's text has no thoughts, its steps have them."""
    steps = [{"<think>": 1.0}, {"wet": 0.9}, {"?": 1.0}, {"</think>": 1.0}, {"late": 0.6, "wet": 0.2}]
    row = reply_scores(replied(*steps, text="late"), ["late", "wet"])
    assert isinstance(row, dict)
    assert row["late"] == pytest.approx(math.log(0.75))


def test_a_name_said_twice_is_one() -> None:
    found = probabilities(["late", "wet"], {"late": 0.6, "wet": 0.2}, {". It is": 1.0}, {" late": 1.0})
    assert found == pytest.approx(LATE)


def test_a_reply_that_is_cut_off_inside_a_name_has_scores_where_that_tells_it_apart() -> None:
    found = probabilities(["late_parcel", "wet"], {"late": 0.6, "wet": 0.2}, {"_par": 1.0}, finish="length")
    assert found == pytest.approx({"late_parcel": 0.75, "wet": 0.25})
    cut = reply_scores(replied({"change": 0.9}, finish="length"), ["change_time", "change_address"])
    assert isinstance(cut, Unscored)


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([{"I": 0.9, "late": 0.05}, {" cannot": 1.0}], "'I cannot'"),
        ([{"<th": 1.0}, {"ink>": 1.0}], "'<think>'"),
        ([], "no log-probabilities"),
        (
            [{"Between": 1.0}, {" late": 0.6, " Inquiry": 0.4}, {" and Inquiry, Inquiry": 1.0}],
            "'Between late and Inquiry, Inquiry'",
        ),
        ([{"Not": 1.0}, {" late": 0.6}, {":": 1.0}, {" Inquiry": 0.4}], "'Not late: Inquiry'"),
    ],
)
def test_a_reply_that_names_no_candidate_or_two_has_no_scores(steps: list[dict[str, float]], shown: str) -> None:
    """Though its first token begins the name of one."""
    assert reply_scores(replied(*steps), ["late", "Inquiry"]) == Unscored("unscored", shown)


def test_a_refused_reply_has_no_scores_and_says_why() -> None:
    refused = completion("q", "").model_copy(update={"finish": "refused", "reason": "content policy"})
    assert reply_scores(refused, ["late", "wet"]) == Unscored("refused", "content policy")


LETTERS = "abc\n"


def letter(text: str) -> dict[str, float]:
    """Next letters of a toy language: weights 2 or 3 of 12, decided by a hash of all that comes before."""
    digest = hashlib.sha256(text.encode()).digest()
    return {c: (2 + digest[n] % 2) / 12 for n, c in enumerate(LETTERS)}


@given(st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=6, unique=True), st.data())
def test_scores_are_those_of_decoding_constrained_to_the_names(labels: list[str], data: st.DataObject) -> None:
    """Names that leave the reply together share what is theirs there evenly."""
    said = data.draw(st.sampled_from(labels))
    steps, expected, left, share = [], dict[str, float](), list(labels), 1.0
    for at, own in enumerate(f"{said}\n"):
        shown = letter(said[:at])
        steps.append({own: shown.pop(own), **shown})
        group = {c: [label for label in left if f"{label}\n"[at] == c] for c in LETTERS}
        total = sum(steps[-1][c] for c in LETTERS if group[c])
        for c in LETTERS:
            if c != own:
                expected |= {label: share * steps[-1][c] / total / len(group[c]) for label in group[c]}
        left, share = group[own], share * steps[-1][own] / total
    expected[said] = share
    row = reply_scores(replied(*steps), labels)
    assert not isinstance(row, Unscored)
    assert {label: math.exp(score) for label, score in row.items()} == pytest.approx(expected)
