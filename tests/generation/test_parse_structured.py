"""Replies in JSON: a list of texts, whole or cut off, and JSON of another form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.generation import parse
from tests.support import fakes
from tests.support.reading import PROMPT


def listed(reply: str, finish: str = "stop") -> tuple[list[str], list[tuple[str, str]]]:
    rules = parse.Rules(frozenset(), min_words=2, keep_per_prompt=9, near_duplicates=0.0)
    kept, rejected = parse.parse_reply(PROMPT, fakes.completion(PROMPT.id, reply, finish), rules, [], room=9)
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
        ('{"texts": [', [], [('{"texts": [', "cut_off")]),
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
    assert parse.listed_strings(reply) is None


@given(st.text())
def test_of_any_reply_texts_of_one_line_are_kept(reply: str) -> None:
    for words in (reply, "{" + reply, '{"texts": [' + reply, '{"texts": ["' + reply):
        kept, _ = listed(words)
        assert all(text.splitlines() == [text.strip()] for text in kept)
