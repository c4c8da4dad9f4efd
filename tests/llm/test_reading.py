"""What is read out of a reply: the words without the thoughts, and the JSON however it is wrapped."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.llm.reading import json_of, spoken, strings_in

TEXTS = ["is it on the van yet", "the box leaks [photo] {sic}"]
WRAPPED = {
    "bare": json.dumps({"texts": TEXTS}),
    "a list": json.dumps(TEXTS, indent=2),
    "fenced": "```json\n" + json.dumps({"texts": TEXTS}, indent=1) + "\n```",
    "fenced without a language, Windows line ends": "```\r\n" + json.dumps(TEXTS) + "\r\n```\r\n",
    "introduced and explained": "Sure! Two messages:\n\n"
    + json.dumps({"texts": TEXTS})
    + "\n\nBoth lie near the border.",
    "objects": json.dumps({"texts": [{"id": n, "text": text} for n, text in enumerate(TEXTS)]}),
    "objects with a label": json.dumps([{"intent": "late", "utterance": text} for text in TEXTS]),
    "other keys beside it": json.dumps({"count": 2, "note": "done", "texts": TEXTS}),
    "deep": json.dumps({"result": {"data": {"messages": TEXTS}}}),
    "one object a line": "\n".join(json.dumps({"text": text}) for text in TEXTS),
    "numbered objects": "\n".join(f"{n}. {json.dumps({'text': text})}" for n, text in enumerate(TEXTS, 1)),
    "numbers as keys": json.dumps({str(n): text for n, text in enumerate(TEXTS, 1)}),
    "Python's quotes": str({"texts": TEXTS}),
    "a comma too many": '{"texts": ' + json.dumps(TEXTS)[:-1] + ",]}",
}


@pytest.mark.parametrize("reply", WRAPPED.values(), ids=WRAPPED)
def test_the_list_of_texts_is_found_however_it_is_wrapped(reply: str) -> None:
    assert strings_in(json_of(reply)) == TEXTS


def test_of_a_reply_that_was_cut_off_the_whole_strings_are_kept_and_the_last_on_request() -> None:
    cut = '{"texts": ["is it on the van yet", "the box le'
    assert strings_in(json_of(cut)) == TEXTS[:1]
    assert strings_in(json_of(cut, last="keep")) == ["is it on the van yet", "the box le"]


@pytest.mark.parametrize(
    "reply",
    ["1. [urgent] where is it\n2. [1] it leaks", "- he said {nothing}\n- and left", "", "where is it [sic]", "{x}"],
)
def test_lines_of_text_with_brackets_are_no_json(reply: str) -> None:
    assert json_of(reply) is None


def test_of_several_lists_none_is_guessed() -> None:
    assert strings_in({"late": ["a"], "lost": ["b"]}) is None


THOUGHTS = {
    "tags": "<think>\nHmm, [late] or {lost}?\n</think>\n\nlate",
    "no opening tag": "Hmm, late or lost?\n</think>\nlate",
    "two thoughts": "<think>one</think><think>two</think>late",
    "brackets": "[THINK]Hmm[/THINK]late",
    "channels": "<|channel|>analysis<|message|>Hmm<|end|><|start|>assistant<|channel|>final<|message|>late<|return|>",
    "a channel with a type": "<|channel|>analysis<|message|>Hmm<|end|><|start|>assistant<|channel|>final "
    "<|constrain|>json<|message|>late<|return|>",
    "channels whose marks were dropped": "analysisHmm, late or lost? assistantfinallate",
    "an answer in tags": "<think>Hmm</think><answer>late</answer>",
    "a tag with a space": "<think >Hmm</think >late",
    "a tag with an attribute": '<thinking type="x">Hmm</thinking>late',
    "Claude's": "<antThinking>Hmm</antThinking>late",
    "a monologue": "<inner_monologue>Hmm</inner_monologue>late",
    "a process": "<thought_process>Hmm</thought_process>late",
    "a prefix and a colon": "<mm:think>Hmm</mm:think>late",
    "a prefix": "<longcat_think>Hmm</longcat_think>late",
    "a scratchpad": "<reasoning_scratchpad>Hmm</reasoning_scratchpad>\nlate",
    "unused tokens": "<unused94>thought\nHmm<unused95>late",
    "prefix and suffix": "<|inner_prefix|>Hmm<|inner_suffix|>late",
    "special tokens": "<|thinking|>Hmm<|/thinking|>late",
    "details": '<details type="reasoning" done="true">\n<summary>Thought</summary>\nHmm\n</details>\nlate',
    "a response in special tokens": "<|START_THINKING|>Hmm<|END_THINKING|><|START_RESPONSE|>late<|END_RESPONSE|>",
    "a box": "<|begin_of_box|>late<|end_of_box|>",
    "a turn": "<|im_start|>assistant\nlate<|im_end|>",
    "a turn of the user after it": "late<|im_end|>\n<|im_start|>user\nmore",
    "a turn of the user after Gemma's": "late<end_of_turn>\n<start_of_turn>user\nmore",
    "a turn with a header": "<|start_header_id|>assistant<|end_header_id|>\n\nlate<|eot_id|>",
    "DeepSeek's end": "late<\uff5cend\u2581of\u2581sentence\uff5c>",
    "several ends": "late<|eot|> </s>\n<|end_of_turn|><eos>",
    "a special token at the end": "late<|im_end|>",
}


@pytest.mark.parametrize("reply", THOUGHTS.values(), ids=THOUGHTS)
def test_thoughts_are_taken_out_of_a_reply(reply: str) -> None:
    assert spoken(reply) == ("late", False)


@pytest.mark.parametrize(
    "reply", ["<think>Hmm", "<thought_process>\nHmm", "<unused94>thought\nHmm", "\n<reasoning>Hmm",
              "<|channel|>analysis<|message|>Hmm, la", "Hmm</think><think>so", "analysisHmm"]
)  # fmt: skip
def test_a_reply_that_was_cut_inside_a_thought_says_nothing(reply: str) -> None:
    assert spoken(reply) == ("", True)


@pytest.mark.parametrize(
    "text",
    [
        "I was thinking about the reason for the delay", "Your claim was denied because <reason>. Call us",
        "please fill in <thought> and send it", "</analysis> is missing in the file", "what does <details> do?",
        "a <b>bold</b> thought", "<name>, your parcel is late", "x < y and think > z", "<details>late</details>",
        "use <|pipe|> here", "<s>late</s> lost", "analysis\nof the parcel",
    ],
)  # fmt: skip
def test_words_about_thoughts_are_no_thoughts(text: str) -> None:
    assert spoken(text) == (text, False)


@pytest.mark.parametrize(
    "reply",
    ["</s>" * 8000 + "x", "</s>" * 8000, "<think>" * 8000, "<think " * 8000, "<details type=reasoning>" * 3000,
     "<|channel|>" * 5000, "< " * 20_000, "<|" + "begin_" * 8000, "<" + "think_" * 8000, "\n" * 50_000 + "<think>"],
    ids=lambda reply: reply[:20],
)  # fmt: skip
def test_a_long_run_of_marks_is_read_in_no_time(reply: str) -> None:
    began = time.process_time()
    spoken(reply)
    assert time.process_time() - began < 1


def test_what_stands_before_a_thought_is_kept_where_nothing_follows() -> None:
    assert spoken("Sure! <think>Hmm</think>late") == ("late", False)
    assert spoken("late\n<think>Hmm</think>") == ("late", False)
    assert spoken("late <think>Hmm") == ("late", True)


@given(st.text(st.characters(exclude_characters="<[◁{")))
def test_any_other_text_is_returned_as_it_is(text: str) -> None:
    if not text.lstrip().startswith("analysis"):
        assert spoken(text) == (text, False)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5), st.integers(0, 3))
def test_every_list_of_strings_is_read_back(texts: list[str], indent: int) -> None:
    assert strings_in(json_of(json.dumps({"texts": texts}, indent=indent or None))) == texts


def test_a_long_run_of_spaces_is_read_in_no_time() -> None:
    began = time.process_time()
    assert spoken("a" + " " * 300_000 + "b") == ("a" + " " * 300_000 + "b", False)
    assert time.process_time() - began < 1
