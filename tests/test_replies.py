"""Reading replies: every line is kept or refused with a reason, whatever the model wrote."""

import time
from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptmix import replies
from promptmix.records import Completion, Generated, MixPrompt, Reason, Rejected, Usage
from tests import fakes

PROMPT = MixPrompt(
    id="mix/000/late_parcel/00",
    text="mix",
    shared=0,
    draw=0,
    group=("late_parcel", "lost", "refund"),
    target="late_parcel",
    other="lost",
    target_share=0.75,
)
A, B, C = "Where is my parcel?", "It is two weeks late.", "Has anyone seen it?"


def read(
    text: str,
    finish: Literal["stop", "length"] = "stop",
    shots: Sequence[str] = (),
    seen: set[str] | None = None,
    min_words: int = 2,
    keep: int = 100,
    surplus: Reason = "over_keep_per_prompt",
    near: float = 0.0,
) -> tuple[list[Generated], list[Rejected]]:
    usage = Usage(prompt_tokens=1, completion_tokens=1)
    completion = Completion(key="k", prompt_id=PROMPT.id, model="m", text=text, finish=finish, usage=usage)
    return replies.read(PROMPT, completion, shots, set() if seen is None else seen, min_words, keep, surplus, near)


def kept(text: str) -> list[str]:
    return [each.text for each in read(text)[0]]


def reasons(text: str) -> list[str]:
    return [each.reason for each in read(text)[1]]


LISTS = {
    "continues the prompt": f"{A}\nExample 2: {B}\nExample 3: {C}",
    "numbers and stops": f"1. {A}\n2. {B}\n3. {C}",
    "numbers and brackets": f"1) {A}\n2) {B}\n3) {C}",
    "numbers in brackets": f"(1) {A}\n[2] {B}\n(3) {C}",
    "numbers and colons": f"1: {A}\n2: {B}\n3: {C}",
    "numbers past nine": f"9. {A}\n10. {B}\n11. {C}",
    "no space": f"1.{A}\n2.{B}\n3.{C}",
    "dashes": f"- {A}\n- {B}\n- {C}",
    "stars": f"* {A}\n* {B}\n* {C}",
    "dots": f"• {A}\n•{B}\n‣ {C}",
    "nothing": f"{A}\n{B}\n{C}",
    "indented": f"  1. {A}\n  2. {B}\n\t3. {C}",
    "blank lines": f"\n1. {A}\n\n2. {B}\n\n\n3. {C}\n",
    "windows": f"1. {A}\r\n2. {B}\r\n3. {C}\r\n",
    "examples": f"Example 1: {A}\nExample 2: {B}\nEXAMPLE 3. {C}",
    "examples in bold": f"**Example 1:** {A}\n**Example 2**: {B}\n**Example 3: {C}**",
    "numbers in bold": f"**1.** {A}\n**2.** {B}\n**3. {C}**",
    "texts in bold": f"1. **{A}**\n2. **{B}**\n3. **{C}**",
    "headings": f"### Example 1: {A}\n### Example 2: {B}\n### Example 3: {C}",
    "utterances with shares": f"Utterance 1 (75% late_parcel): {A}\nUtterance 2 (75%): {B}\nUtterance #3 - {C}",
    "dashes and numbers": f"- 1. {A}\n- 2. {B}\n- 3. {C}",
    "quotes": f'1. "{A}"\n2. “{B}”\n3. "{C}"',
    "quotes and shares": f'1. "{A}" (75% late, 25% lost)\n2. "{B} (75% late_parcel and 25% lost)"\n3. {C} [75%]',
    "class names": f"1. late_parcel: {A}\n2. Late parcel: {B}\n3. **LOST:** {C}",
    "preamble": f"Sure! Here are 3 short utterances:\n\n1. {A}\n2. {B}\n3. {C}",
    "preamble without numbers": f"Here are three utterances for you\n{A}\n{B}\n{C}",
    "preamble with shares": f'Here are 3, each 90% to "late_parcel" and 10% to "lost":\n- {A}\n- {B}\n- {C}',
    "preamble and farewell": f"Certainly!\n1. {A}\n2. {B}\n3. {C}\n\nLet me know if you need more of them!",
    "explanations": f"1. {A}\n   - This one is about a delay.\n2. {B}\n   - So is it.\n3. {C}\n   * Typical for lost.",
    "explanations without marks": f"1. {A}\nThis one is about a delay.\n2. {B}\n3. {C}\n(75% late, 25% lost)",
    "fenced": f"```\n1. {A}\n2. {B}\n3. {C}\n```",
}


@pytest.mark.parametrize("reply", LISTS.values(), ids=LISTS.keys())
def test_the_texts_come_out_of_every_kind_of_list(reply: str) -> None:
    texts, rejected = read(reply)
    assert [text.text for text in texts] == [A, B, C]
    assert len(texts) + len(rejected) == len(reply.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        'He said "tomorrow" twice',
        '"Tomorrow" and "today" are not "soon"',
        "10:30 was the time you promised",
        "3.5 stars for this service",
        "2 weeks and nothing has come",
        "1:1 exchange is what I want",
        "I want half (50 euros) back",
        "Is it (still) lost?",
        "Example texts are not what I want",
        "I paid 50% (half) of it",
        "-50 degrees and you deliver?",
        "{{ parcel }} is not here",
        "où est mon colis ?",
        "我 的 包裹",
        "\U0001f69a is late",
        "f*** this is late",
        "late parcels annoy me: they are late",
        "My parcel is lost: what now?",
        "Where is it (the blue one)",
        "two words",
    ],
)
@pytest.mark.parametrize("mark", ["", "1. ", "- "])
def test_nothing_that_belongs_to_a_text_is_taken_away(mark: str, text: str) -> None:
    assert kept(mark + text) == [text]


REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, I cannot assist with this request.",
    "Sorry, but we can't help with that.",
    "As an AI language model, I have no parcels.",
    "I cannot generate such content.",
    "I'm unable to provide that.",
]


@pytest.mark.parametrize("reply", REFUSALS)
def test_a_refusal_is_no_text(reply: str) -> None:
    assert read(reply) == ([], [Rejected(prompt_id=PROMPT.id, line=reply, reason="preamble")])


def test_words_of_politeness_and_colons_inside_a_list_belong_to_its_texts() -> None:
    assert kept("1. I have one question:\n2. Here is mine:") == ["I have one question:", "Here is mine:"]
    assert kept("1. Sure, but where is it?\n2. I'm sorry, but it is late") == [
        "Sure, but where is it?",
        "I'm sorry, but it is late",
    ]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("", []),
        ("\n \n\t", ["blank", "blank", "blank"]),
        ("1.\n2. \n-", ["blank", "blank", "not_numbered"]),
        ("1. parcel", ["too_short"]),
        ("Here you are:\n1. parcel", ["preamble", "too_short"]),
        (f"1. {A}\nwhich is late", ["not_numbered"]),
        (f"1. {A}\n1. where is my PARCEL", ["duplicate"]),
        ("Generate a diverse set of 3 short utterances where each utterance belongs 75%", ["echoes_prompt"]),
        ("1. This is 75% to late_parcel and 25% to lost", ["echoes_prompt"]),
        ("1. 75% late and 25% lost", ["echoes_prompt"]),
        ("1. My late_parcel is not here", ["echoes_prompt"]),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(reply: str, expected: list[str]) -> None:
    assert reasons(reply) == expected


def test_copies_of_shots_are_refused_whatever_their_case_and_punctuation() -> None:
    texts, rejected = read(f"1. {A}\n2. WHERE is my parcel\n3. {C}", shots=["where is my parcel?!"])
    assert [text.text for text in texts] == [C]
    assert [line.reason for line in rejected] == ["copies_shot", "copies_shot"]


def test_texts_of_earlier_replies_are_refused_and_new_ones_remembered() -> None:
    seen: set[str] = set()
    assert len(read(f"1. {A}\n2. {B}", seen=seen)[0]) == 2
    assert [line.reason for line in read(f"1. {B}\n2. {C}", seen=seen)[1]] == ["duplicate"]
    assert seen == {"where is my parcel", "it is two weeks late", "has anyone seen it"}


def test_a_refused_text_is_not_remembered() -> None:
    """Else a text that one class had no room for could not be written for another."""
    seen: set[str] = set()
    read(f"1. {A}\n2. {B}", seen=seen, keep=1)
    assert seen == {"where is my parcel"}


def test_the_last_line_is_refused_where_the_reply_was_cut_off() -> None:
    texts, rejected = read(f"1. {A}\n2. {B}\n3. Has any\n\n", finish="length")
    assert [text.text for text in texts] == [A, B]
    assert [(line.line, line.reason) for line in rejected] == [("3. Has any", "cut_off"), ("", "blank")]


@pytest.mark.parametrize("surplus", ["over_keep_per_prompt", "over_per_class"])
def test_the_first_usable_texts_are_kept_and_the_rest_refused_as_surplus_in_its_own_words(surplus: Reason) -> None:
    texts, rejected = read(f"Sure:\n1. {A}\n2. {A}\n3. {B}\n4. {C}", keep=1, surplus=surplus)
    assert [text.text for text in texts] == [A]
    assert [(line.line, line.reason) for line in rejected] == [
        ("Sure:", "preamble"),
        (f"2. {A}", "duplicate"),
        (f"3. {B}", surplus),
        (f"4. {C}", surplus),
    ]


def test_a_text_says_which_line_of_which_prompt_it_was_and_what_was_asked_for() -> None:
    assert read(f"Sure:\n1. {A}")[0] == [
        Generated(
            id="mix/000/late_parcel/00#2",
            text=A,
            target="late_parcel",
            other="lost",
            target_share=0.75,
            prompt_id=PROMPT.id,
        )
    ]


PIECES = st.one_of(
    st.sampled_from(
        [
            "1. ",
            "(2) ",
            "- ",
            "**",
            "Example 3:",
            "Sure",
            "75% to late_parcel and 25% to lost",
            "(75%)",
            '"',
            "late_parcel: ",
        ]
    ),
    st.sampled_from(["\n", "\r\n", "\u2028", "\x0b", "\x1f", "\x00", "\ufeff", " ", "\u200b", "where is it", "parcel"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)


@given(
    st.lists(PIECES, max_size=30).map("".join),
    st.sampled_from(["stop", "length"]),
    st.integers(1, 3),
    st.integers(1, 4),
)
@example("\x00 \x01\n'", "length", 1, 1)
def test_every_line_is_kept_or_refused_once_and_in_order(
    reply: str, finish: Literal["stop", "length"], min_words: int, keep: int
) -> None:
    texts, rejected = read(reply, finish, [A], None, min_words, keep)
    lines = reply.splitlines()
    used = {int(text.id.split("#")[1]) for text in texts}
    assert len(used) == len(texts) <= keep
    assert [line.line for line in rejected] == [line for number, line in enumerate(lines, 1) if number not in used]
    assert len({replies.normalized(text.text) for text in texts}) == len(texts)
    for text in texts:
        assert len(text.text.split()) >= min_words
        assert text.text == text.text.strip()


LONG = 200_000
LOOPS = {
    "spaces": "a" + " " * LONG + "b",
    "tabs": "1." + "\t" * LONG + "%",
    "brackets": "(" * LONG,
    "open shares": "x (" + "1%" * (LONG // 2),
    "shares": "x " + "(1%) " * (LONG // 5) + "x",
    "shares with spaces": "(" + "1 % " * (LONG // 4),
    "percent": "1% to " * (LONG // 6),
    "percent and": "1% a and 1" * (LONG // 10),
    "percent and digits": "1% a and " + "1" * LONG,
    "digits": "1" * LONG,
    "digits and spaces": "1" * (LONG // 2) + " " * (LONG // 2),
    "stars": "*" * LONG,
    "open bold": "**a " * (LONG // 4),
    "bold": "**a** " * (LONG // 6),
    "dashes": "- " * (LONG // 2),
    "numbers": "1. " * (LONG // 3),
    "examples": "Example 1: " * (LONG // 11),
    "open examples": "Example 1 (" * (LONG // 11),
    "hashes": "#" * LONG,
    "quotes": '"' * LONG,
    "colons": ":" * LONG,
    "class names": "late_parcel: " * (LONG // 13),
    "class name and spaces": "late_parcel" + " " * LONG,
    "one word": "very " * (LONG // 5),
    "lines": "1. a b\n" * (LONG // 20),
    "blank lines": "\n" * (LONG // 10),
}


@pytest.mark.parametrize("reply", LOOPS.values(), ids=LOOPS.keys())
def test_a_model_caught_in_a_loop_does_no_harm(reply: str) -> None:
    """Time in proportion takes some 10 ms here; in proportion to the square it would take minutes."""
    start = time.process_time()
    texts, rejected = read(reply)
    assert time.process_time() - start < 2
    assert len(texts) + len(rejected) == len(reply.splitlines())


def test_a_megabyte_of_texts_is_read_in_seconds() -> None:
    reply = "\n".join(f'{n}. "Where is parcel number {n}?" (75% late)' for n in range(22_000))
    assert len(reply) > 1_000_000
    start = time.process_time()
    texts, rejected = read(reply, keep=10**6)
    assert time.process_time() - start < 10
    assert len(texts) + len(rejected) == 22_000
    assert [text.text for text in texts[:2]] == ["Where is parcel number 0?", "Where is parcel number 1?"]


def listed(reply: str, finish: str = "stop") -> tuple[list[str], list[tuple[str, str]]]:
    kept, rejected = replies.read(
        PROMPT, fakes.completion(PROMPT.id, reply, finish), [], set(), 2, 9, "over_per_class", 0.0
    )
    return [text.text for text in kept], [(line.line, line.reason) for line in rejected]


def test_a_structured_reply_is_a_list_of_texts() -> None:
    assert listed('{"texts": ["where is it?", "1. it came\\nwet", "", "no"]}') == (
        ["where is it?", "it came wet"],
        [("", "blank"), ("no", "too_short")],
    )


@pytest.mark.parametrize(
    ("reply", "kept", "cut"),
    [
        ('{"texts": ["where is it?", "it came we', ["where is it?"], [("it came we", "cut_off")]),
        ('{"texts": ["where is it?",', ["where is it?"], []),
        ('{"texts": [', [], []),
        ('{"te', [], [('{"te', "cut_off")]),
    ],
)
def test_a_structured_reply_that_was_cut_off_loses_its_last_text_alone(
    reply: str, kept: list[str], cut: list[tuple[str, str]]
) -> None:
    assert listed(reply, "length") == (kept, cut)


@pytest.mark.parametrize(
    "reply", ['{"a": 1}', '{"texts": [1, 2]}', '{"a": ["x y"], "b": ["z"]}', "{not json at all", "{}"]
)
def test_json_of_another_form_is_read_as_free_text(reply: str) -> None:
    assert replies.strings_of(reply) is None


@given(st.text())
def test_no_reply_breaks_the_reader(reply: str) -> None:
    for words in (reply, "{" + reply, '{"texts": [' + reply, '{"texts": ["' + reply):
        kept, rejected = listed(words)
        assert len(kept) + len(rejected) >= 0


def test_near_duplicates_are_refused_as_such_whatever_the_order_of_their_words() -> None:
    """Words sorted, "is my parcel where" stands 17 of 18 characters from "is my parcels where": 97 %."""
    lines = "1. Where is my parcel?\n2. My parcels, where is?\n3. Nothing came to my door"
    texts, refused = read(lines, near=0.9)
    assert [text.text for text in texts] == ["Where is my parcel?", "Nothing came to my door"]
    assert [line.reason for line in refused] == ["near_duplicate"]
    assert len(read(lines, near=0.99)[0]) == len(read(lines, near=0.0)[0]) == 3


def test_texts_of_earlier_replies_count_as_near_too() -> None:
    assert [line.reason for line in read("1. Where is my parcel", near=0.8, seen={"where are my parcels"})[1]] == [
        "near_duplicate"
    ]
