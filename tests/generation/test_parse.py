"""Reading replies: every line is kept or refused with a reason, whatever the model wrote."""

from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptmix.core.records import Generated, Reason, Rejected
from promptmix.generation import clean
from tests.support.reading import PROMPT, A, B, C, read


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
    "continues the pattern": f"{A}\nSentence: {B}\nsentence : {C}",
    "sentences of categories": f"Category: lost\nSentence: {A}\n**Category:** lost\n**Sentence:** {B}\nSentence: {C}",
    "sentences in a list": f"1. Sentence: {A}\n2. Category: lost\n   Sentence: {B}\n- Sentence 3: {C}",
    "sentences on lines of their own": f"Sentence:\n{A}\n{B}\n{C}",
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
        "Category one or two?",
        "Wrong category: it is no letter",
        "Sentence me to wait: I will",
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
        ("Category: lost item\n1. category: lost item", ["echoes_prompt", "echoes_prompt"]),
        ("1. Sentence:\nSentence: parcel", ["echoes_prompt", "too_short"]),
        ("Sentence: I was asked:\nSentence:", ["preamble"]),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(reply: str, expected: list[str]) -> None:
    assert reasons(reply) == expected


def test_the_last_line_is_refused_where_the_reply_was_cut_off() -> None:
    texts, rejected = read(f"1. {A}\n2. {B}\n3. Has any\n\n", finish="length")
    assert [text.text for text in texts] == [A, B]
    assert [(line.line, line.reason) for line in rejected] == [("3. Has any", "cut_off"), ("", "blank")]


@pytest.mark.parametrize(
    ("keep", "room", "surplus"),
    [(1, 1, "over_keep_per_prompt"), (1, 9, "over_keep_per_prompt"), (2, 1, "over_per_class")],
)
def test_the_first_usable_texts_are_kept_and_the_rest_refused_by_the_limit_that_they_pass(
    keep: int, room: int, surplus: Reason
) -> None:
    texts, rejected = read(f"Sure:\n1. {A}\n2. {A}\n3. {B}\n4. {C}", keep=keep, room=room)
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


def test_a_text_too_similar_to_a_shot_is_refused_as_such() -> None:
    """Words sorted, 10 of 35 + 37 characters are "now " and "today ", and the others are in both: 86 %."""
    reply, shots = "where is my green parcel now please", ["Where is my green parcel today, please?"]
    assert [line.reason for line in read(reply, shots=shots, near=0.7)[1]] == ["near_duplicate"]
    assert len(read(reply, shots=shots, near=0.95)[0]) == len(read(reply, shots=shots, near=0.0)[0]) == 1


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
            "Sentence: ",
            "Category: ",
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
    texts, rejected = read(reply, finish, [A], (), min_words, keep)
    lines = reply.splitlines()
    used = {int(text.id.split("#")[1]) for text in texts}
    assert len(used) == len(texts) <= keep
    assert [line.line for line in rejected] == [line for number, line in enumerate(lines, 1) if number not in used]
    assert len({clean.normalized(text.text) for text in texts}) == len(texts)
    for text in texts:
        assert len(text.text.split()) >= min_words
        assert text.text == text.text.strip()
