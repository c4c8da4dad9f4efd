"""Prompts that are too long for the context: cut evenly, the same way every time, and no more than needed."""

from collections import Counter
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.errors import LLMError
from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.prompts import render
from promptmix.prompts.fit import LENGTHS, SHORTEST, Fitter, shortened

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost", "wet")]


def shots(length: int, each: int = 2) -> list[Example]:
    """Return shots of this many characters, told apart by their first word."""
    return [
        Example(id=f"d/train/{n:05}", text=f"shot{n} {'word ' * length}"[:length], label=c.label)
        for n, c in enumerate(CLASSES * each)
    ]


def classify(limit: int, examples: list[Example], text: str = "is it here") -> tuple[str, str]:
    """Return the prompt that fits into so many characters, and what is said."""
    fitter = Fitter(lambda words: len(words) <= limit)
    return fitter.classify("classify_completion", CLASSES, examples, text).text, fitter.describe()


def shorter(limit: int, words: str) -> bool:
    return len(words) <= limit


def shown(prompt: str) -> list[str]:
    return [line.removeprefix("Utterance: ") for line in prompt.splitlines() if line.startswith("Utterance: ")]


def test_a_prompt_that_fits_is_what_it_was_and_nothing_is_said() -> None:
    examples, fitter = shots(5000), Fitter()
    assert fitter.classify("classify_chat", CLASSES, examples, "x y") == render.classify(
        "classify_chat", CLASSES, examples, "x y"
    )
    mixture = ("mixup_chat", CLASSES, examples, "late", "lost", 0.85, 3)
    assert fitter.mix(*mixture) == render.mix(*mixture)
    assert fitter.describe() == ""


def test_what_the_texts_are_is_said_in_every_prompt_however_short_it_must_be() -> None:
    said = "The texts are tweets. They are written in Thai."
    info = DataInfo(about="tweets", language="Thai")
    for limit in (10_000, 900):
        fitter = Fitter(partial(shorter, limit), info)
        asked = fitter.mix("mixup_new_chat", CLASSES, shots(5000), "late", "lost", 0.85, 3)
        assert asked.text.startswith(said)
        assert "3 new messages in Thai" in asked.text
        assert fitter.classify("classify_completion", CLASSES, shots(5000), "x").text.startswith(said)


def test_shots_are_first_shortened_alike() -> None:
    prompt, said = classify(10_000, shots(8000))
    *examples, text = shown(prompt)
    assert len(prompt) <= 10_000
    assert text == "is it here"
    assert [line.split()[0] for line in examples] == [f"shot{n}" for n in range(6)]
    assert {len(line) > 1400 for line in examples} == {True}, "1,500 characters each fit, 2,000 do not"
    assert all(line.endswith("…") for line in examples)
    assert said.startswith(
        "prompts that were too long for llm.context: 1 sent with shorter examples; raise llm.context"
    )


def test_then_fewer_of_every_class_are_shown() -> None:
    prompt, said = classify(2_500, shots(8000, each=5))
    *examples, _ = shown(prompt)
    assert Counter(line.split()[0] for line in examples) == {f"shot{n}": 1 for n in range(6)}
    assert "1 sent with fewer examples" in said


def test_then_the_text_is_shortened_and_every_class_keeps_a_shot() -> None:
    prompt, said = classify(3_000, shots(8000), "end " * 5000)
    *examples, text = shown(prompt)
    assert len(examples) == 3
    assert 2_900 < len(prompt) <= 3_000
    assert text.startswith("end end")
    assert text.endswith("…")
    assert "1 sent with a shorter text" in said


def test_at_last_no_shot_is_shown() -> None:
    prompt, _ = classify(300, shots(8000), "end " * 5000)
    assert len(shown(prompt)) == 1
    assert len(prompt) <= 300


def test_a_prompt_without_a_text_of_its_own_can_do_without_shots_too() -> None:
    fitter = Fitter(lambda words: len(words) <= 400)
    prompt = fitter.mix("mixup_new_chat", CLASSES, shots(8000), "late", "lost", 0.85, 3).text
    assert "example" not in prompt
    assert "1 sent without examples" in fitter.describe()


def test_a_prompt_that_cannot_fit_ends_in_one_line_that_names_the_setting() -> None:
    with pytest.raises(
        LLMError, match=r"^a prompt does not fit into llm.context even without examples: 'Intents: .*max_t"
    ):
        classify(20, shots(8000))


def test_a_mixing_prompt_is_cut_like_any_other_and_asks_for_the_same() -> None:
    fitter = Fitter(lambda words: len(words) <= 3_000)
    words = fitter.mix("mixup_new_chat", CLASSES, shots(8000), "late", "lost", 0.85, 3)
    assert len(words.text) <= 3_000
    assert words.text.endswith("Use other words, people and things than the examples.")
    assert "1 sent with shorter examples" in fitter.describe()


def test_shots_of_classes_outside_the_prompt_are_not_counted() -> None:
    long = [Example(id="d/train/9", text="word " * 5000, label="other")]
    assert classify(2_000, [*shots(50), *long])[1] == ""


@given(st.integers(250, 12_000), st.integers(1, 3), st.integers(10, 9000), st.text(max_size=3000))
def test_what_is_sent_always_fits_and_every_class_has_as_many_shots(
    limit: int, each: int, length: int, text: str
) -> None:
    prompt, _ = classify(limit, shots(length, each), text)
    assert len(prompt) <= limit
    counts = Counter(line.removeprefix("Intent: ") for line in prompt.splitlines() if line.startswith("Intent: "))
    assert len(set(counts.values())) <= 1
    assert prompt == classify(limit, shots(length, each), text)[0]


@given(st.text(), st.integers(1, 40))
def test_a_shortened_text_is_the_start_of_the_text(text: str, length: int) -> None:
    short = shortened(text, length)
    assert len(short) <= length or short == text
    assert short == text or text.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "length", "short"),
    [
        ("where is my parcel", 12, "where is my…"),
        ("我的包裹到哪里了", 5, "我的包裹…"),
        ("कि कि कि", 8, "कि कि कि"),
        ("ककककि", 5, "ककककि"),
        ("ककककिक", 5, "ककक…"),
        ("ab👩\u200d👧cd", 5, "ab…"),
    ],
)
def test_a_text_is_cut_between_words_and_never_inside_a_character(text: str, length: int, short: str) -> None:
    assert shortened(text, length) == short


def test_lengths_fall() -> None:
    assert list(LENGTHS) == sorted(LENGTHS, reverse=True)
    assert min(LENGTHS) == SHORTEST
