"""Replies of every form that models give: read whole, or refused with a reason; syntax never becomes a text."""

import json
from collections.abc import Callable
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import Generated, Rejected
from promptmix.generation import parse
from promptmix.generation.clean import normalized
from promptmix.generation.parse import Rules, parse_reply
from tests.support import fakes
from tests.support.reading import PROMPT, A, B, C

TEXTS = [A, B, C]
ZH = ["我的包裹到哪里了", "箱子送来的时候被压坏了", "请改送到我的办公室"]


def read(
    reply: str, finish: Literal["stop", "length", "refused"] = "stop", listed: int = 4, shots: tuple[str, ...] = ()
) -> tuple[list[Generated], list[Rejected]]:
    completion = fakes.completion(PROMPT.id, reply, finish)
    rules = Rules(frozenset(map(normalized, shots)), 2, 9, 0.0, listed)
    return parse_reply(PROMPT, completion, rules, [], room=9)


def kept(reply: str, finish: Literal["stop", "length"] = "stop", listed: int = 4) -> list[str]:
    return [text.text for text in read(reply, finish, listed)[0]]


def reasons(reply: str, finish: Literal["stop", "length"] = "stop", listed: int = 4) -> list[str]:
    return [line.reason for line in read(reply, finish, listed)[1]]


WRAPPINGS: dict[str, Callable[[list[str]], str]] = {
    "object": lambda texts: json.dumps({"texts": texts}, ensure_ascii=False),
    "escaped": lambda texts: json.dumps({"texts": texts}),
    "list": lambda texts: json.dumps(texts, ensure_ascii=False),
    "indented list": lambda texts: json.dumps(texts, ensure_ascii=False, indent=2),
    "indented object": lambda texts: json.dumps({"messages": texts}, ensure_ascii=False, indent=4),
    "fenced": lambda texts: f"```json\n{json.dumps(texts, ensure_ascii=False, indent=1)}\n```",
    "fenced, with words": lambda texts: (
        f"Here you are:\n```json\n{json.dumps({'texts': texts})}\n```\nI hope it helps."
    ),
    "with words": lambda texts: f"Sure! Here they are:\n\n{json.dumps({'texts': texts})}\n\nShall I write more?",
    "objects": lambda texts: json.dumps([{"text": text} for text in texts], ensure_ascii=False),
    "objects with ids": lambda texts: json.dumps({"messages": [{"id": n, "message": t} for n, t in enumerate(texts)]}),
    "extra key": lambda texts: json.dumps({"count": len(texts), "texts": texts}, ensure_ascii=False),
    "lines of objects": lambda texts: "\n".join(json.dumps({"text": text}) for text in texts),
    "lines of strings": lambda texts: "\n".join(f'"{text}",' for text in texts),
    "words on the same line": lambda texts: f"Here they are: {json.dumps(texts)}",
    "a name": lambda texts: f"texts = {json.dumps(texts, indent=1)}",
    "code": lambda texts: f"`{json.dumps({'texts': texts})}`",
    "a tag": lambda texts: f"<output>{json.dumps(texts)}</output>",
    "JSON in JSON": lambda texts: json.dumps(json.dumps({"texts": texts})),
    "numbers as keys": lambda texts: json.dumps({str(n): text for n, text in enumerate(texts, 1)}),
    "Python": lambda texts: repr(texts),
    "tags around a list": lambda texts: "\n".join(["<texts>", *(f"<text>{text}</text>" for text in texts), "</texts>"]),
    "escaped for HTML": lambda texts: json.dumps({"texts": texts}).replace('"', "&quot;"),
    "titles": lambda texts: "\n".join(f"## Example {n}\n{text}\n" for n, text in enumerate(texts, 1)),
    "a title": lambda texts: "\n".join(["## My messages", *texts]),
    "numbers with signs": lambda texts: "\n".join(f"#{n}: {text}" for n, text in enumerate(texts, 1)),
    "letters": lambda texts: "\n".join(f"{letter}) {text}" for letter, text in zip("abc", texts, strict=True)),
    "Roman numbers": lambda texts: "\n".join(f"{n}. {text}" for n, text in zip(("i", "ii", "iii"), texts, strict=True)),
    "arrows": lambda texts: "\n".join(f"→ {text}" for text in texts),
    "quoted as in a mail": lambda texts: "\n".join(f"> {text}" for text in texts),
    "CSV": lambda texts: "\n".join(["id,text", *(f'{n},"{text}"' for n, text in enumerate(texts, 1))]),
    "tabs": lambda texts: "\n".join(f"{n}\t{text}" for n, text in enumerate(texts, 1)),
    "a tag around lines": lambda texts: "\n".join(["<texts>", *texts, "</texts>"]),
    "names with numbers": lambda texts: json.dumps({f"text_{n}": text for n, text in enumerate(texts, 1)}),
    "pairs": lambda texts: json.dumps({"texts": [[n, text] for n, text in enumerate(texts, 1)]}),
    "tags": lambda texts: "\n".join(f"<message>{text}</message>" for text in texts),
    "YAML": lambda texts: "\n".join(f'- text: "{text}"' for text in texts),
    "numbered": lambda texts: "\n".join(f"{n}. {text}" for n, text in enumerate(texts, 1)),
    "numbered after a title": lambda texts: "\n".join(["My messages", *(f"{n}. {t}" for n, t in enumerate(texts, 1))]),
    "bullets after a title": lambda texts: "\n".join(["My messages", *(f"- {text}" for text in texts)]),
    "full width": lambda texts: "以下是消息：\n" + "\n".join(f"{n}、「{text}」" for n, text in enumerate(texts, 1)),
    "lines": "\n".join,
    "paragraphs": "\n\n".join,
}


@pytest.mark.parametrize("texts", [TEXTS, ZH], ids=["English", "Chinese"])
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_the_texts_come_out_of_every_form_and_nothing_else_does(wrapping: str, texts: list[str]) -> None:
    assert kept(WRAPPINGS[wrapping](texts)) == texts


UNREADABLE = {
    "another object": '{"topic": "parcels", "count": 3}',
    "a remark": '{"error": "I do not write such messages."}',
    "numbers": '{"texts": [1, 2, 3]}',
    "two lists": '{"late": ["where is it"], "lost": ["it is gone"]}',
    "no JSON after all": "{texts: where is it, it is gone",
    "brackets alone": "{\n}\n",
    "Python that is broken": "texts = [where is my parcel,\n  it is gone for good]\n",
    "a table": "| n | text |\n|---|---|\n| 1 | where is my parcel |",
    "brackets without end": "[" * 50_000,
    "a tuple": "('where is my parcel', 'it is gone for good')",
    "tags alone": "<texts>\n<text>\n</text>\n</texts>",
    "a paragraph": (
        "To write such messages one should think of what customers say when a parcel is late and what they say when it"
        " is lost and then mix both in the right shares so that readers cannot be certain which of the two is meant"
        " although the first one prevails in most of them"
    ),
    "one line": "Could you tell me more about the classes first?",
    "an apology": "Entschuldigung, das geht leider nicht.",
}


@pytest.mark.parametrize("reply", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_list_is_refused_as_unreadable_and_every_line_is_counted(reply: str) -> None:
    texts, rejected = read(reply)
    assert texts == []
    assert {line.reason for line in rejected} <= {"unreadable", "blank"}
    assert [line.line for line in rejected] == reply.splitlines()


@pytest.mark.parametrize("reply", ["{{ parcel }} is not here\n{{ name }} has it", "[late] it came\n[lost] it did not"])
def test_brackets_at_the_start_of_texts_are_no_json(reply: str) -> None:
    assert kept(reply) == reply.splitlines()


def test_long_paragraphs_are_no_list_unless_as_many_were_requested_or_the_shots_are_as_long() -> None:
    long = [" ".join([word] * 45) for word in ("late", "lost")]
    reply = "\n\n".join(long)
    assert reasons(reply) == ["unreadable", "blank", "unreadable"]
    assert kept(reply, listed=2) == long
    assert len(read(reply, shots=(" ".join(["long"] * 30),))[0]) == 2


def test_one_line_will_do_where_the_prompt_ends_where_its_first_text_begins() -> None:
    assert kept(A, listed=1) == [A]


@pytest.mark.parametrize(
    "reply",
    [
        "抱歉，我无法生成这些内容。\n请换一个话题。",
        "很抱歉，我不能帮助您。",
        "申し訳ありませんが、できません。\n別の話題を。",
        "Lo siento, pero no puedo ayudar.\nGracias por todo.",
        "Je suis désolé, mais je ne peux pas.\nMerci bien.",
        "Es tut mir leid, aber ich kann das nicht.\nFrag anders.",
        "متأسفم، نمی‌توانم کمک کنم.\nچیز دیگری بپرس.",
        "क्षमा करें, मैं मदद नहीं कर सकता।\nकुछ और पूछें।",
        "ขออภัย ฉันไม่สามารถช่วยได้\nขอบคุณ",
    ],
)
def test_an_apology_in_another_language_is_no_text(reply: str) -> None:
    assert reasons(reply)[0] in ("preamble", "unreadable")
    assert reply.splitlines()[0] not in kept(reply)


def test_a_cut_off_reply_that_is_no_list_yet_counts_as_cut_off() -> None:
    assert reasons('{"texts": [', "length") == ["cut_off"]
    assert reasons("```json\n{", "length") == ["cut_off", "cut_off"]


def test_a_refused_prompt_gives_no_text_and_no_line() -> None:
    assert read("", "refused") == ([], [])


@given(
    st.lists(
        st.text(st.characters(categories=["L", "M", "Nd", "Zs", "Po"]), min_size=1).map(
            lambda text: f"is it {text} ok"
        ),
        min_size=2,
        max_size=4,
        unique_by=normalized,
    ),
    st.sampled_from(["object", "indented list", "fenced, with words", "objects", "lines of objects"]),
)
def test_texts_of_any_letters_survive_any_json(texts: list[str], wrapping: str) -> None:
    assert kept(WRAPPINGS[wrapping](texts)) == [" ".join(text.split()) for text in texts]


@given(st.text(st.sampled_from("{}[]\"':, \n`|<>/a1=.中ก")), st.sampled_from(["stop", "length"]))
def test_no_line_is_lost_and_none_of_brackets_alone_is_kept(reply: str, finish: Literal["stop", "length"]) -> None:
    texts, rejected = read(reply, finish)
    assert not any(set(text.text) <= set("{}[]") for text in texts)
    if parse.listed_strings(reply) is None:
        assert len(texts) + len(rejected) == len(reply.splitlines())
