"""Asking for mixed texts: enough, never too many, and an end whatever the model says."""

from collections import Counter
from collections.abc import Iterator
from itertools import count, repeat

import pytest

from promptmix import params
from promptmix.core import seeds
from promptmix.core.records import ClassInfo, Example, Question
from promptmix.generation import generate as generating
from promptmix.generation.harvest import Harvest, describe_harvest
from promptmix.params import Generate
from tests.support.fakes import RuledModel, ScriptedModel
from tests.support.structure import ROOT

CLASSES = [ClassInfo(label=label, description=f"what is {label}") for label in ("late", "lost", "wet", "torn", "new")]
SHOTS = [
    Example(id=f"d/train/{n:05}", text=f"my parcel is {c.label} and {side}", label=c.label)
    for n, (c, side) in enumerate((c, side) for side in ("red", "blue") for c in CLASSES)
]
NO_STYLES = repeat("")
DEFAULTS = params.load_all(ROOT / "params.yaml").generate


def wanted(
    per_class: int = 4,
    most: int = 10,
    keep: int = 3,
    *,
    each: int = 1,
    asked: int = 3,
    size: int = 4,
    min_words: int = 2,
    template: str = "mixup_chat",
    near: float | None = None,
) -> Generate:
    changes = {
        "prompt": template,
        "per_class": per_class,
        "max_prompts_per_class": most,
        "keep_per_prompt": keep,
        "prompts_per_cycle": each,
        "texts_per_prompt": asked,
        "group_size": size,
        "min_words": min_words,
        "near_duplicates": near,
    }
    return DEFAULTS.model_copy(update=changes)


def generate(
    model: RuledModel | ScriptedModel,
    settings: Generate,
    shots: list[Example] = SHOTS,
    classes: list[ClassInfo] = CLASSES,
    styles: Iterator[str] = NO_STYLES,
) -> Harvest:
    return generating.generate(settings, classes, shots, seeds.rng("mix", "test"), model.ask, styles)


def three(_: Question, number: int) -> str:
    """Three new texts, as a good model writes them."""
    return "\n".join(f"{line}. this is text {number} of line {line}" for line in (1, 2, 3))


def per_class(harvest: Harvest) -> dict[str, int]:
    return dict(Counter(text.target for text in harvest.generated))


def lines(harvest: Harvest) -> int:
    return sum(len(completion.text.splitlines()) for completion in harvest.completions)


def all_labels(count: int) -> dict[str, int]:
    return {c.label: count for c in CLASSES}


def test_every_class_gets_exactly_its_texts_and_the_surplus_is_refused_as_such() -> None:
    """4 texts at 3 a prompt take 2 prompts a class, so 10 in one wave; the 2 too many of each are over_per_class."""
    model = RuledModel(three)
    harvest = generate(model, wanted(4))
    assert per_class(harvest) == all_labels(4)
    assert model.waves == [10]
    assert Counter(line.reason for line in harvest.rejected) == {"over_per_class": 10}
    assert all(line.line.startswith(("2. this", "3. this")) for line in harvest.rejected), "as the model wrote them"


def test_one_text_a_prompt_is_the_authors_setting() -> None:
    model = RuledModel(three)
    harvest = generate(model, wanted(2, keep=1))
    assert per_class(harvest) == all_labels(2)
    assert model.waves == [10]
    assert Counter(line.reason for line in harvest.rejected) == {"over_keep_per_prompt": 20}


def test_all_lines_are_kept_or_refused() -> None:
    model = RuledModel(lambda question, number: "Sure!\n" * (number % 3) + three(question, number // 2) + "\n\nBye.")
    harvest = generate(model, wanted(7))
    assert len(harvest.generated) + len(harvest.rejected) == lines(harvest)
    assert len({text.id for text in harvest.generated}) == len(harvest.generated) == 35


def test_refused_lines_are_made_up_for_in_later_waves_for_their_classes_alone() -> None:
    """The first answer of every class is a refusal: 1 prompt for 3 texts, and 1 more."""
    first: set[str] = set()

    def rule(question: Question, number: int) -> str:
        target = question.id.split("/")[2]
        if target in ("late", "wet") and target not in first:
            first.add(target)
            return "Sorry, but no."
        return three(question, number)

    model = RuledModel(rule)
    assert per_class(generate(model, wanted(3))) == all_labels(3)
    assert model.waves == [5, 2]
    assert {question.id.split("/")[2] for question in model.asked[5:]} == {"late", "wet"}


def test_a_model_that_gives_nothing_new_gets_the_allowed_prompts_and_no_more() -> None:
    """The authors' code asks an empty answer again for ever."""
    model = RuledModel(lambda *_: "1. always the same text", most=35)
    harvest = generate(model, wanted(4, most=7))
    assert Counter(question.id.split("/")[2] for question in model.asked) == all_labels(7)
    assert len(harvest.generated) == 1
    assert len(harvest.prompts) == len(harvest.completions) == 35


def test_no_class_gets_more_prompts_than_allowed_though_another_still_may() -> None:
    model = RuledModel(lambda q, n: three(q, n) if "/late/" in q.id else "", most=100)
    harvest = generate(model, wanted(100, most=6, each=4))
    assert Counter(question.id.split("/")[2] for question in model.asked) == all_labels(6)
    assert per_class(harvest) == {"late": 18}


def test_what_is_missing_is_named_in_class_order() -> None:
    harvest = generate(RuledModel(lambda q, n: three(q, n) if "/wet/" in q.id else "Sure!"), wanted(5, most=2))
    short = {"late": 5, "lost": 5, "torn": 5, "new": 5}
    assert list(harvest.missing([c.label for c in CLASSES], 5).items()) == list(short.items())
    assert describe_harvest(wanted(5, most=2), CLASSES, harvest) == (
        "5 texts kept of 10 replies, 9 lines rejected (preamble 8, over_per_class 1)"
        "; still missing after 2 prompts a class: late 5, lost 5, torn 5, new 5; not one text for late, lost, torn, new"
    )


def test_a_full_harvest_is_summed_up_without_what_is_missing() -> None:
    assert describe_harvest(wanted(3), CLASSES, generate(RuledModel(three), wanted(3))) == (
        "15 texts kept of 5 replies, 0 lines rejected"
    )


def test_equal_words_are_different_draws_and_ids_never_repeat() -> None:
    """2 classes and 11 shares make 22 prompts by words; of 200 some repeat, and each asks for an answer of its own."""
    model = RuledModel(lambda *_: "1. always the same text")
    generate(model, wanted(1000, most=100, keep=1), classes=CLASSES[:2])
    assert len(model.asked) == 200
    assert len({question.id for question in model.asked}) == 200
    assert len({(question.text, question.draw) for question in model.asked}) == 200
    draws: dict[str, list[int]] = {}
    for question in model.asked:
        draws.setdefault(question.text, []).append(question.draw)
    assert len(draws) <= 22
    assert all(counted == list(range(len(counted))) for counted in draws.values())


def test_equal_answers_give_equal_harvests_and_what_is_refused_does_not_shift_the_plan() -> None:
    """The prompts of a class are those of the one endless plan, whatever became of other classes."""
    once, again = (generate(RuledModel(three), wanted(9)) for _ in range(2))
    assert once == again
    poor = generate(RuledModel(lambda q, n: "" if "/late/" in q.id else three(q, n)), wanted(9))
    assert [p for p in poor.prompts if p.target != "late"] == [p for p in once.prompts if p.target != "late"]


def test_prompts_ask_for_what_they_say() -> None:
    model = RuledModel(three)
    for prompt in generate(model, wanted(4, asked=5)).prompts:
        percent = round(prompt.target_share * 100)
        mixture = f"{percent}% to {prompt.target} and {100 - percent}% to {prompt.other}."
        assert f"5 short utterances where each utterance belongs {mixture}" in prompt.text
        assert len(prompt.group) == 4
        assert all((f" {shot.label}," in prompt.text) == (shot.text in prompt.text) for shot in SHOTS)


def test_copies_of_shots_are_refused_even_of_classes_that_the_prompt_does_not_show() -> None:
    harvest = generate(RuledModel(lambda *_: "\n".join(f"- {shot.text.upper()}" for shot in SHOTS)), wanted(1, most=1))
    assert harvest.generated == []
    assert Counter(line.reason for line in harvest.rejected) == {"copies_shot": 50}


def test_a_text_kept_of_one_reply_is_a_duplicate_in_later_ones() -> None:
    """9 replies of the same three texts, which fill the first class; where similar texts are refused, 10 replies."""
    harvest = generate(RuledModel(lambda question, _: three(question, 7)), wanted(3, most=2))
    assert len(harvest.generated) == 3
    assert Counter(line.reason for line in harvest.rejected) == {"duplicate": 24}
    harvest = generate(RuledModel(lambda question, _: three(question, 7)), wanted(3, most=2, near=0.9))
    assert len(harvest.generated) == 1
    assert Counter(line.reason for line in harvest.rejected) == {"near_duplicate": 20, "duplicate": 9}


def test_zero_shot_needs_descriptions_alone() -> None:
    harvest = generate(RuledModel(three), wanted(3), shots=[])
    assert per_class(harvest) == all_labels(3)
    assert all("example" not in prompt.text.split("Example 1:")[0] for prompt in harvest.prompts)


def test_two_classes_mix_with_each_other() -> None:
    """3 texts at 3 a prompt: one prompt each, and the script has no third answer."""
    model = ScriptedModel("1. one text\n2. two texts\n3. three texts", "1. four texts\n2. five texts\n3. six texts")
    harvest = generate(model, wanted(3), classes=CLASSES[:2])
    assert {(prompt.target, prompt.other) for prompt in harvest.prompts} == {("late", "lost"), ("lost", "late")}
    assert model.answers == []
    assert [prompt.target for prompt in harvest.prompts for _ in range(3)] == [
        text.target for text in harvest.generated
    ]


def test_a_prompt_without_mixing_asks_for_its_target_alone_and_so_says_the_record() -> None:
    harvest = generate(RuledModel(three), wanted(3, template="plain_chat"))
    assert per_class(harvest) == all_labels(3)
    assert {(text.other, text.target_share) for text in harvest.generated} == {(None, 1.0)}
    assert all(text.id.startswith("plain/") for text in harvest.generated)


def test_every_prompt_has_a_style_of_its_own() -> None:
    harvest = generate(RuledModel(three), wanted(3), styles=(f"style {n}" for n in count()))
    said = [prompt.text.partition("Each is written ")[2].splitlines()[0] for prompt in harvest.prompts]
    assert said == [f"style {n}." for n in range(len(said))]


@pytest.mark.parametrize(("template", "shots"), [("plain_chat", []), ("plain_no_examples_chat", SHOTS)])
def test_prompts_that_show_no_shots_get_other_answers_for_every_seed(template: str, shots: list[Example]) -> None:
    both = []
    for seed in (0, 1):
        model = RuledModel(three)
        rng = seeds.rng("mix", "test", seed)
        settings = wanted(template=template, size=5)
        harvest = generating.generate(settings, CLASSES, shots, rng, model.ask, NO_STYLES)
        both.append({(prompt.text, prompt.draw) for prompt in harvest.prompts})
    assert {words for words, _ in both[0]} & {words for words, _ in both[1]}, "some prompts have the same words"
    assert not both[0] & both[1]


def test_prompts_that_show_shots_are_counted_from_0() -> None:
    assert min(prompt.draw for prompt in generate(RuledModel(three), wanted()).prompts) == 0
