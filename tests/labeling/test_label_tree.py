"""Class names as continuations, against sums worked by hand and a brute-force model."""

import hashlib
import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Completion, Question
from promptmix.labeling import label_tree
from promptmix.labeling.label_tree import NEGLIGIBLE, label_scores
from promptmix.labeling.unscored import NothingScored, Row, Unscored
from tests.support.fakes import SpellingModel, completion

START = "Intent:"
QUESTION = Question(id="q", text=START, shared=3, draw=0)


def probabilities(labels: Sequence[str], model: SpellingModel) -> dict[str, float]:
    (scores,) = label_scores([QUESTION], [labels], model.ask)
    assert not isinstance(scores, Unscored), scores
    return {label: math.exp(score) for label, score in scores.items()}


def unscored(labels: Sequence[str], model: SpellingModel) -> Unscored:
    (row,) = label_scores([QUESTION], [labels], model.ask)
    assert isinstance(row, Unscored), row
    return row


def table(behind: Mapping[str, Mapping[str, float]]) -> SpellingModel:
    """A model with known next tokens after some texts; any other question is an error."""
    return SpellingModel(lambda text: behind[text.removeprefix(START)])


def test_different_first_tokens_are_decided_by_one_question() -> None:
    """0.6 : 0.2 of what is shown is 3/4 : 1/4; the token that begins no name does not count."""
    model = table({"": {" late": 0.6, " lost": 0.2, " the": 0.2}})
    assert probabilities(["late", "lost"], model) == pytest.approx({"late": 0.75, "lost": 0.25})
    assert [(question.text, question.shared) for question in model.asked] == [(START, 3)]


def test_a_shared_first_token_is_appended_to_a_second_question_and_counted_once() -> None:
    """ca 0.6 : cash 0.2 makes 3/4 : 1/4; after "ca" r 0.1 : t 0.4 makes 1/5 : 4/5, so 0.15 : 0.6 : 0.25."""
    model = table({"": {" ca": 0.6, " pay": 0.2}, " ca": {"rd": 0.1, "t": 0.4, "sh": 0.5}})
    expected = {"card": 0.15, "cat": 0.6, "pay": 0.25}
    assert probabilities(["card", "cat", "pay"], model) == pytest.approx(expected)
    assert [question.text for question in model.asked] == [START, f"{START} ca"]


@pytest.mark.parametrize(
    "end", ["\n", "\n\n", "\n\nUtterance", "\r\n", " \n", "</s>", "<|im_end|>", "<|endoftext|>", ""]
)
def test_a_name_that_begins_another_one_ends_in_any_token_that_begins_with_a_line_break_or_ends_the_text(
    end: str,
) -> None:
    """All begin with "refund"; after it the end has 0.3 : 0.1, so 3/4 : 1/4."""
    model = table({"": {" refund": 0.9}, " refund": {end: 0.3, "_late": 0.1, " is": 0.6}})
    assert probabilities(["refund", "refund_late"], model) == pytest.approx({"refund": 0.75, "refund_late": 0.25})


def test_the_end_of_the_text_alone_is_enough() -> None:
    model = table({"": {" refund": 0.9}, " refund": {"": math.e * 0.1}})
    found = probabilities(["refund", "refund_late"], model)
    assert found == pytest.approx({"refund": math.e / (math.e + 1), "refund_late": 1 / (math.e + 1)})


def test_the_tokens_that_end_a_name_are_added_up() -> None:
    """0.1 + 0.2 of them against 0.1."""
    model = table({"": {" refund": 0.9}, " refund": {"\n": 0.1, "\n\n": 0.2, "_late": 0.1, " is": 0.6}})
    assert probabilities(["refund", "refund_late"], model) == pytest.approx({"refund": 0.75, "refund_late": 0.25})


def test_a_name_that_begins_another_one_does_not_take_the_token_that_is_the_other() -> None:
    """0.5 : 0.4 at first; behind find 0.9 : 0.1, so 0.45 to 0.05 + 0.4, of 0.9."""
    model = table({"": {" find": 0.5, " finder": 0.4, " x": 0.1}, " find": {"\n": 0.9, "er": 0.1}})
    assert probabilities(["find", "finder"], model) == pytest.approx({"find": 0.5, "finder": 0.5})


def test_a_name_that_begins_another_one_is_found_though_the_other_is_likelier() -> None:
    """0.2 : 0.7 at first; behind find 0.5 : 0.5."""
    model = table({"": {" find": 0.2, " finder": 0.7}, " find": {"\n": 0.5, "er": 0.5}})
    assert probabilities(["find", "finder"], model) == pytest.approx({"find": 1 / 9, "finder": 8 / 9})


@pytest.mark.parametrize("space", ["\u00a0", "  ", "\t", "\u3000"])
def test_names_are_followed_as_prompts_show_them(space: str) -> None:
    model = table({"": {" card": 0.9}, " card": {" lost": 0.75, " late": 0.25}})
    found = probabilities([f"card{space}lost", "card late"], model)
    assert found == pytest.approx({f"card{space}lost": 0.75, "card late": 0.25})


def test_names_that_prompts_show_alike_stay_two() -> None:
    found = probabilities(["a\u00a0b", "a b"], table({"": {" a": 1.0}, " a": {" b": 0.9, "\u00a0b": 0.1}}))
    assert found == pytest.approx({"a\u00a0b": 0.1, "a b": 0.9})


def test_a_token_may_span_the_end_of_a_name_and_more() -> None:
    """refund ends within a token of 0.6; the longer name has a token of 0.2."""
    model = table({"": {" re": 0.9}, " re": {"fund\n\n": 0.6, "fund_": 0.2, "fundamental": 0.2}})
    assert probabilities(["refund", "refund_late"], model) == pytest.approx({"refund": 0.75, "refund_late": 0.25})


def test_a_token_that_goes_on_behind_a_name_without_a_line_break_does_not_end_it() -> None:
    model = table({"": {" refunds": 0.6, " refund": 0.1, " late": 0.3}})
    assert probabilities(["refund", "late"], model) == pytest.approx({"refund": 0.25, "late": 0.75})


def test_a_name_goes_on_with_its_most_probable_token_and_the_longer_of_equals() -> None:
    """Names spelt in letters are possible too, but a model hardly ever does: " l" 0.01 is not what late begins with."""
    model = table({"": {" l": 0.01, " late": 0.5, " lost": 0.25, " lo": 0.25, "": 0.1}})
    assert probabilities(["late", "lost"], model) == pytest.approx({"late": 2 / 3, "lost": 1 / 3})
    assert len(model.asked) == 1


def test_a_name_with_none_of_the_tokens_shown_is_a_nat_below_the_least_of_them() -> None:
    """Shares 0.5, 0.25 and 0.1/e for each of the two others; the 0.1 is the least shown, though it begins no name."""
    model = table({"": {" late": 0.5, " lost": 0.25, " the": 0.1}})
    rest = 0.1 / math.e
    total = 0.75 + 2 * rest
    expected = {"late": 0.5 / total, "lost": 0.25 / total, "refund": rest / total, "wet": rest / total}
    assert probabilities(["late", "lost", "refund", "wet"], model) == pytest.approx(expected)


def test_a_text_whose_tokens_begin_no_name_has_no_scores_and_says_what_was_shown() -> None:
    model = table({"": {"\n": 0.5, " the": 0.2, " <think>": 0.1, " I": 0.05, " no": 0.01}})
    assert unscored(["late", "lost"], model) == Unscored("unscored", "'\\n', ' the', ' <think>', ' I'")


def test_a_text_has_no_scores_where_nothing_tells_the_likeliest_names_apart() -> None:
    """Behind "ca" the model goes on with neither; where another name is likelier, it does not matter."""
    behind = {" ca": {"stle": 0.9}}
    assert unscored(["card", "cat", "pay"], table({"": {" ca": 0.6, " pay": 0.2}} | behind)).shown == "'stle'"
    found = probabilities(["card", "cat", "pay"], table({"": {" ca": 0.2, " pay": 0.6}} | behind))
    assert found == pytest.approx({"card": 0.125, "cat": 0.125, "pay": 0.75})


def test_tokens_of_any_tokenizer_are_followed() -> None:
    """A space of its own, then half of a name, then the rest."""
    model = table({"": {" ": 0.9, "\n": 0.1}, " ": {"物": 0.75, "包": 0.25}, " 包": {"裹": 1.0}})
    assert probabilities(["物流延迟", "包裹损坏"], model) == pytest.approx({"物流延迟": 0.75, "包裹损坏": 0.25})


def test_a_branch_that_is_hardly_possible_is_divided_evenly_without_a_question() -> None:
    """lo has half of what is negligible, so each of its two names gets a quarter of that, and all add to 1."""
    low = NEGLIGIBLE / 2
    model = table({"": {" late": 1 - low, " lo": low}})
    expected = {"late": 1 - low, "lost": low / 2, "loose": low / 2}
    assert probabilities(["late", "lost", "loose"], model) == pytest.approx(expected)
    assert len(model.asked) == 1


def test_a_branch_that_is_just_possible_gets_a_question() -> None:
    """After lo the names have 0.9 : 0.1."""
    low = NEGLIGIBLE * 1.1
    model = table({"": {" late": 1 - low, " lo": low}, " lo": {"st": 0.9, "ose": 0.1}})
    expected = {"late": 1 - low, "lost": 0.9 * low, "loose": 0.1 * low}
    assert probabilities(["late", "lost", "loose"], model) == pytest.approx(expected)


def test_tokens_shown_as_impossible_break_nothing() -> None:
    """llama.cpp shows -3.4e38 for a probability that its arithmetic rounds to 0."""

    class Extreme(SpellingModel):
        def ask(self, questions: Sequence[Question]) -> list[Completion]:
            shown = {" the": 0.0, " a": -3.4e38}
            return [answer.model_copy(update={"alternatives": shown}) for answer in super().ask(questions)]

    assert unscored(["a", "lost"], Extreme(lambda _: {"x": 1.0})).shown == "' the', ' a'"


def test_a_server_that_shows_no_tokens_has_no_scores() -> None:
    assert unscored(["late", "lost"], table({"": {}})) == Unscored("unscored", "no log-probabilities")


def test_a_refused_question_has_no_scores_and_says_why() -> None:
    refusal = completion("q", "").model_copy(update={"finish": "refused", "reason": "content policy"})
    assert label_scores([QUESTION], [["late", "lost"]], lambda _: [refusal]) == [Unscored("refused", "content policy")]


def some_shown(scored: Sequence[bool]) -> SpellingModel:
    """A model that goes on with a name for some of these texts; each begins with its number."""
    return SpellingModel(lambda text: {" late" if scored[int(text.split()[0])] else " the": 0.9})


def trial(count: int, model: SpellingModel) -> list[Row]:
    questions = [Question(id=f"q{n}", text=f"{n} {START}", shared=0, draw=0) for n in range(count)]
    return label_scores(questions, [["late", "lost"]] * count, model.ask, trial=True)


@pytest.mark.parametrize(("scored", "asked"), [([False] * 40, 12), ([False] * 4, 4), ([True] + [False] * 39, 12)])
def test_where_almost_none_of_the_first_dozen_has_scores_no_more_are_asked_for(scored: list[bool], asked: int) -> None:
    model = some_shown(scored)
    with pytest.raises(NothingScored) as caught:
        trial(len(scored), model)
    assert (caught.value.tried, caught.value.shown, len(model.asked)) == (asked, "' the'", asked)


def test_where_all_of_the_first_dozen_are_refused_no_more_are_asked_for() -> None:
    refusal = completion("q", "").model_copy(update={"finish": "refused", "reason": "content policy"})
    with pytest.raises(NothingScored) as caught:
        label_scores([QUESTION] * 20, [["late", "lost"]] * 20, lambda some: [refusal for _ in some], trial=True)
    assert caught.value.shown == "refusals (content policy)"


def test_where_some_of_the_first_dozen_have_scores_all_are_asked_for_once_and_in_order() -> None:
    model = some_shown([True, True] + [False] * 20)
    rows = trial(22, model)
    assert [isinstance(row, Unscored) for row in rows] == [False, False] + [True] * 20
    assert [question.id for question in model.asked] == [f"q{n}" for n in range(22)]


def test_of_many_names_the_likeliest_branch_is_followed_however_low_its_probability() -> None:
    """20 first letters at 0.05 each, of which one has two names: 0.9 : 0.1 behind it."""
    names = [f"{chr(97 + n)}x" for n in range(20)] + ["ay"]
    model = table({"": {f" {chr(97 + n)}": 0.05 + (n == 0) * 0.01 for n in range(20)}, " a": {"x": 0.1, "y": 0.9}})
    found = probabilities(names, model)
    assert max(found, key=lambda name: found[name]) == "ay"


def test_many_questions_are_sent_level_by_level_and_answered_in_their_order() -> None:
    model = table({"": {" a": 0.5, " b": 0.5}, " a": {"1": 0.9, "2": 0.1}, " b": {"1": 0.2, "2": 0.8}})
    labels = [["a1", "a2"], ["b2", "c"], ["b1", "b2"]]
    questions = [QUESTION.model_copy(update={"id": f"q{n}"}) for n in range(3)]
    found = [row for row in label_scores(questions, labels, model.ask) if not isinstance(row, Unscored)]
    assert [list(row) for row in found] == labels
    assert [math.exp(row[some[0]]) for row, some in zip(found, labels, strict=True)] == pytest.approx(
        [0.9, math.e / (1 + math.e), 0.2]
    )
    assert [question.id for question in model.asked] == ["q0", "q1", "q2", "q0 a", "q2 b"]
    assert len({question.id for question in model.asked}) == 5


def test_no_questions_have_no_scores() -> None:
    assert label_scores([], [], table({}).ask) == []


LETTERS = " ab_\n"


def letter(text: str) -> dict[str, float]:
    """Next letters of a toy language: weights 2 or 3 of 15, decided by a hash of all that comes before."""
    digest = hashlib.sha256(text.encode()).digest()
    return {c: (2 + digest[n] % 2) / 15 for n, c in enumerate(LETTERS)}


def exact(labels: Sequence[str]) -> dict[str, float]:
    """Walk all names letter by letter; at each letter only those that go on some name are possible."""
    names = {f" {label}\n": label for label in labels}
    found = {}
    for name, label in names.items():
        share = 1.0
        for at, own in enumerate(name):
            possible = {other[at] for other in names if other.startswith(name[:at])}
            weights = letter(START + name[:at])
            share *= weights[own] / sum(weights[c] for c in possible)
        found[label] = share
    return found


@given(st.lists(st.text("ab_", min_size=1, max_size=5), min_size=1, max_size=8, unique=True))
def test_scores_are_those_of_decoding_constrained_to_the_names(labels: list[str]) -> None:
    """Letters are never negligible here: one of weight 2 against three of weight 3 has 2/11."""
    assert NEGLIGIBLE < 2 / 11
    assert probabilities(labels, SpellingModel(letter)) == pytest.approx(exact(labels))


PIECES = [*"ab_\n ", "ab", "ba", "aa", "ab_", "aab", " a", " b", " ab", " ba", "b\n", "a\n"]


def piece(text: str) -> dict[str, float]:
    """Next tokens of a toy language: weights 2 or 3, decided by a hash of all that comes before."""
    digest = hashlib.sha256(text.encode()).digest()
    weights = {token: 2 + digest[n] % 2 for n, token in enumerate(PIECES)}
    return {token: weight / sum(weights.values()) for token, weight in weights.items()}


def all_spellings(labels: Sequence[str], so_far: str = "") -> dict[str, float]:
    """Add up all ways to spell the names; at each place only tokens that go on with some name are possible."""
    names = {f" {label}\n": label for label in labels}
    if so_far in names:
        return {names[so_far]: 1.0}
    possible = {t: p for t, p in piece(START + so_far).items() if any(name.startswith(so_far + t) for name in names)}
    found = dict.fromkeys(labels, 0.0)
    for token, share in possible.items():
        for label, rest in all_spellings(labels, so_far + token).items():
            found[label] += share / sum(possible.values()) * rest
    return found


@given(st.text("ab_", min_size=2, max_size=5), st.data())
def test_of_names_that_begin_one_another_every_spelling_counts(longest: str, data: st.DataObject) -> None:
    lengths = data.draw(st.sets(st.integers(1, len(longest) - 1), min_size=1))
    labels = [longest[:length] for length in sorted(lengths)] + [longest]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(label_tree, "NEGLIGIBLE", 0.0)
        assert probabilities(labels, SpellingModel(piece)) == pytest.approx(all_spellings(labels))
