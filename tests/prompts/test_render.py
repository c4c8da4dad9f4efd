"""Prompts read as agreed, and whatever a text holds is never read as part of the template."""

from collections.abc import Sequence
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptmix.core.records import ClassInfo, DataInfo, Example
from promptmix.prompts import render
from promptmix.prompts.render import RenderedPrompt
from promptmix.prompts.variants import VARIANTS, unmixed

GOLDEN = Path(__file__).parent / "golden"
TEMPLATES = {path.stem for path in (Path(render.__file__).parent / "templates").glob("[a-z]*.j2")}
PROMPTS = [*VARIANTS, "classify_chat", "classify_completion"]
CLASSES = [
    ClassInfo(label="late_parcel", description="parcels that have not come in time."),
    ClassInfo(label="lost", description="parcels that nobody can find"),
    ClassInfo(label="refund", description="money that is to be paid back"),
]
TEXTS = [
    ("Where is it?", "late_parcel"),
    ("It is gone.", "lost"),
    ("Two weeks,\nand nothing!", "late_parcel"),
    ("Nobody has it", "lost"),
    ("I want {{ money }} back", "refund"),
    ("Pay me", "refund"),
]
INFO = DataInfo(about="messages to the help chat of a parcel service.", language="Persian")
SHOTS = [Example(id=f"d/train/{n:05}", text=text, label=label) for n, (text, label) in enumerate(TEXTS)]
ODD = [
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# no #}",
    "two\nlines",
    "a\x1fb",
    "\x1f",
    "%s {0} $x",
    "\u2028next",
    "1. list",
    "\x00",
]


def mix(
    template: str = "mixup_chat",
    shots: Sequence[Example] = SHOTS,
    share: float = 0.85,
    target: str = "late_parcel",
    style: str = "",
    info: DataInfo = render.NOTHING,
) -> RenderedPrompt:
    if not VARIANTS[template].mixes:
        return render.mix(template, CLASSES, shots, target, None, 1.0, 3, style, info)
    other = "lost" if target != "lost" else "refund"
    return render.mix(template, CLASSES, shots, target, other, share, 3, style, info)


def classify(
    template: str = "classify_chat",
    shots: Sequence[Example] = SHOTS,
    text: str = "My parcel\nis not here",
    info: DataInfo = render.NOTHING,
) -> RenderedPrompt:
    return render.classify(template, CLASSES, shots, text, info)


def prompt(template: str, shots: Sequence[Example] = SHOTS, info: DataInfo = render.NOTHING) -> RenderedPrompt:
    if template.startswith("classify"):
        return classify(template, shots, info=info)
    return mix(template, shots, info=info)


@pytest.mark.parametrize("shots", [SHOTS, []], ids=["shots", "zero_shot"])
@pytest.mark.parametrize("template", PROMPTS)
def test_prompts_read_as_agreed(template: str, shots: list[Example]) -> None:
    """To change the words, change the golden file in the same commit, so that the diff shows the prompt."""
    golden = GOLDEN / f"{template}_{'shots' if shots else 'zero_shot'}.txt"
    assert prompt(template, shots).text + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("template", PROMPTS)
def test_prompts_that_say_what_the_texts_are_read_as_agreed(template: str) -> None:
    golden = GOLDEN / f"{template}_about.txt"
    assert prompt(template, info=INFO).text + "\n" == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["shots", "zero_shot", "about"])
def test_the_prompt_for_a_description_reads_as_agreed(name: str) -> None:
    shots, info = ([] if name == "zero_shot" else SHOTS), INFO if name == "about" else render.NOTHING
    words = render.draft_description(CLASSES, shots, "lost", info)
    assert words.text + "\n" == (GOLDEN / f"describe_chat_{name}.txt").read_text(encoding="utf-8")
    assert "nobody can find" not in words.text, "a description that is there already is not shown"


@pytest.mark.parametrize("template", PROMPTS)
@pytest.mark.parametrize(
    ("info", "said"),
    [
        (INFO, "The texts are messages to the help chat of a parcel service. They are written in Persian.\n\n"),
        (DataInfo(about="tweets", language=None), "The texts are tweets.\n\n"),
        (DataInfo(about=None, language="Thai"), "The texts are written in Thai.\n\n"),
        (DataInfo(about="{{ 1 }}\n  % odd\x1f", language=None), "The texts are {{ 1 }} % odd.\n\n"),
    ],
    ids=["both", "about", "language", "odd"],
)
def test_what_the_texts_are_stands_first_in_what_all_prompts_share(template: str, info: DataInfo, said: str) -> None:
    words, plain = prompt(template, info=info), prompt(template)
    assert words.text.startswith(said)
    assert words.text[: words.shared].startswith(said)
    asked = f" in {info.language}" if info.language else ""
    rest = words.text.removeprefix(said)
    assert rest.replace(asked, "") == plain.text
    assert rest.count(asked) == 1 or not asked or template.startswith("classify")


@pytest.mark.parametrize("template", VARIANTS)
def test_a_prompt_for_texts_asks_for_them_in_their_language_where_it_is_known(template: str) -> None:
    """A small model that is only told of a language goes on in English or Chinese."""
    _, _, asked = mix(template, info=INFO).text.partition("\n\n")
    assert " in Persian" in asked
    assert "Persian" not in mix(template).text


def test_the_mixing_prompt_holds_the_words_of_the_authors_code() -> None:
    """c6f27ba, src/generator/__init__.py, lines 140 to 160."""
    start, *_, instruction, example = mix(share=0.75).text.splitlines()
    assert start == "Consider the task of classifying between the following intents (along with some examples):"
    assert (
        "1. late_parcel, which is about parcels that have not come in time. Some examples of utterances include:\n"
        "- Where is it?\n- Two weeks, and nothing!\n2. lost, which is about"
    ) in mix().text
    assert instruction == (
        "Generate a diverse set of 3 short utterances where each utterance belongs 75% to late_parcel and 25% to lost."
    )
    assert example == "Example 1:"


def test_the_classifying_prompt_holds_the_words_of_the_authors_code() -> None:
    """c6f27ba, src/models/classifiers.py, lines 133 to 159; it shares its first part with the mixing prompt."""
    words = classify()
    assert words.text[: words.shared] == mix().text[: mix().shared]
    assert words.text[words.shared :] == (
        "\nConsider the following test sentence:\n1. My parcel is not here\n\n"
        "Classify the test sentence into one of the previously described intents. "
        "Only provide the name of the intent.\n1. "
    )


@pytest.mark.parametrize(
    "template",
    [
        "classify_chat",
        "classify_completion",
        "mixup_chat",
        "mixup_new_chat",
        "mixup_completion",
        "plain_chat",
        "plain_new_chat",
        "plain_completion",
    ],
)
def test_zero_shot_prompts_describe_every_class_and_announce_no_examples(template: str) -> None:
    """The authors' zero-shot prompt lists no class when it classifies, and ends in "include:" when it mixes."""
    words = classify(template, []) if template.startswith("classify") else mix(template, [])
    for info in CLASSES:
        assert info.label in words.text[: words.shared]
        assert info.description.rstrip(".") in words.text[: words.shared]
    assert "example" not in words.text[: words.shared].casefold()
    described = [line for line in words.text[: words.shared].splitlines() if "parcels" in line or "money" in line]
    assert len(described) == 3
    assert not any(line.endswith(":") for line in described)


@pytest.mark.parametrize("template", ["mixup_chat", "classify_chat"])
def test_a_class_without_shots_stays_among_the_others_and_announces_none(template: str) -> None:
    some = [shot for shot in SHOTS if shot.label != "lost"]
    words = mix(template, some) if template.startswith("mixup") else classify(template, some)
    assert "2. lost, which is about parcels that nobody can find.\n3. refund" in words.text


def test_the_last_rounds_of_examples_are_balanced() -> None:
    labels = [
        line.removeprefix("Intent: ") for line in classify("classify_completion").text.splitlines() if ": " in line
    ]
    assert [label for label in labels if label in {"late_parcel", "lost", "refund"}] == [
        "late_parcel",
        "lost",
        "refund",
    ] * 2


def test_no_shot_is_left_out_where_classes_have_different_numbers_of_them() -> None:
    text = classify("classify_completion", SHOTS[:3]).text
    assert [line for line in text.splitlines() if line.startswith("Intent: ")] == [
        "Intent: late_parcel",
        "Intent: lost",
        "Intent: late_parcel",
    ]


@pytest.mark.parametrize("template", ["mixup_chat", "mixup_completion"])
def test_mixing_prompts_over_one_group_share_their_first_part(template: str) -> None:
    every = [mix(template, share=share, target=c.label) for share in (0.5, 0.9, 1.0) for c in CLASSES]
    assert len({(words.shared, words.text[: words.shared]) for words in every}) == 1
    assert len({words.text for words in every}) == 9
    assert every[0].shared > 0.6 * len(every[0].text)


@pytest.mark.parametrize("template", ["classify_chat", "classify_completion"])
def test_classifying_prompts_over_one_set_of_candidates_share_their_first_part(template: str) -> None:
    every = [classify(template, text=text) for text in ["a", "b", *ODD]]
    assert len({(words.shared, words.text[: words.shared]) for words in every}) == 1
    assert "\x1f" not in "".join(words.text for words in every)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_line_of_a_prompt(text: str) -> None:
    """Nothing but white space and control characters is lost, and no line is gained."""
    for template in ("classify_chat", "classify_completion"):
        plain, words = classify(template, text="plain"), classify(template, text=text)
        assert len(words.text.splitlines()) == len(plain.text.splitlines())
        assert words.text == plain.text.replace("plain", render.one_line(text))
    stays = [c for c in text if not c.isspace() and category(c) not in {"Cc", "Zl", "Zp"}]
    assert [c for c in render.one_line(text) if c != " "] == stays


@pytest.mark.parametrize("odd", ODD)
def test_shots_and_descriptions_are_never_read_as_template_or_lines(odd: str) -> None:
    infos = [info.model_copy(update={"description": odd}) for info in CLASSES]
    shots = [shot.model_copy(update={"text": odd}) for shot in SHOTS]
    words = render.mix("mixup_chat", infos, shots, "late_parcel", "lost", 0.85, 3)
    lines = words.text.splitlines()
    assert len(lines) == len(mix().text.splitlines())
    assert lines[2] == f"- {render.one_line(odd)}"
    assert lines[1].startswith(f"1. late_parcel, which is about {render.one_line(odd)}.")
    assert words.text[words.shared :] == mix().text[mix().shared :]


def test_a_description_ends_in_one_stop_whatever_it_ended_in() -> None:
    infos = [CLASSES[0].model_copy(update={"description": f"late{end}"}) for end in ("", ".", ".\n")]
    infos += [CLASSES[0].model_copy(update={"description": f"late{end}"}) for end in "。।۔"]
    texts = {render.classify("classify_chat", [info], [], "x").text for info in infos}
    assert len(texts) == 1
    assert "which is about late.\n" in texts.pop()


@pytest.mark.parametrize(
    "name",
    [
        "{{ 7 * 7 }}",
        "{% raw %}",
        "{# x #}",
        'say "no"',
        "it's",
        "a: b",
        "$$",
        "\\n",
        "100%",
        "物流延迟",
        "تأخیر",
        "नमस्ते दुनिया",
        "ส่งช้า",
        "😀👩\u200d👧",
        "C++",
        "<b>",
        "- dash",
        "`tick`",
    ],
)
@pytest.mark.parametrize("template", PROMPTS)
def test_a_class_of_any_name_stands_in_its_prompt_as_it_is(template: str, name: str) -> None:
    classes = [CLASSES[0].model_copy(update={"label": name}), *CLASSES[1:]]
    shots = [shot.model_copy(update={"label": name}) if shot.label == "late_parcel" else shot for shot in SHOTS]
    if template.startswith("classify"):
        words, usual = render.classify(template, classes, shots, "x y"), classify(template, SHOTS, "x y")
    else:
        other, share = ("lost", 0.85) if VARIANTS[template].mixes else (None, 1.0)
        words, usual = render.mix(template, classes, shots, name, other, share, 3), mix(template)
    assert words.text == usual.text.replace("late_parcel", name)
    assert words.text[: words.shared] == usual.text[: usual.shared].replace("late_parcel", name)


def test_a_class_name_is_one_line_of_a_prompt_whatever_it_holds() -> None:
    classes = [CLASSES[0].model_copy(update={"label": "late\n\x1fparcel"}), *CLASSES[1:]]
    shots = [shot.model_copy(update={"label": classes[0].label}) for shot in SHOTS[:1]]
    for template in ("same_category_chat", "classify_completion", "mixup_chat"):
        words = (
            render.classify(template, classes, shots, "x").text
            if template.startswith("classify")
            else render.mix(template, classes, shots, classes[0].label, "lost", 0.85, 3).text
        )
        assert "late parcel" in words
        assert SHOTS[0].text in words
        assert "\x1f" not in words


def test_joiners_marks_emoji_and_marks_of_direction_stay_in_prompts() -> None:
    text = "می‌خواهم\u200f 👩\u200d👩\u200d👧 नमस्ते ที่ e\u0301 \U0001fae8 \u2066x\u2069"
    assert render.one_line(text) == text
    assert render.one_line("a\u2028b\x0bc\x85d\u3000e\tf\ud800g") == "a b c d e f g"


def test_shots_of_classes_outside_the_group_stay_out() -> None:
    words = render.mix("mixup_chat", CLASSES[:2], SHOTS, "late_parcel", "lost", 0.85, 3)
    assert "refund" not in words.text
    assert "Pay me" not in words.text


# what promptmix/prompts/variants.py says of each prompt


def test_every_variant_has_a_template_and_every_template_is_used() -> None:
    others = {"classify_chat", "classify_completion", "describe_chat"}
    assert {variant.template for variant in VARIANTS.values()} | others == TEMPLATES


@pytest.mark.parametrize("template", VARIANTS)
def test_a_prompt_shows_what_its_variant_says(template: str) -> None:
    variant, text = VARIANTS[template], mix(template).text
    assert ("parcels that have not come in time" in text) == variant.descriptions
    assert ("Two weeks, and nothing!" in text) == variant.examples
    assert ("85%" in text and "15%" in text) == variant.mixes
    assert "late_parcel" in text


@pytest.mark.parametrize("template", [name for name, variant in VARIANTS.items() if variant.mixes])
def test_the_twin_without_mixing_shows_the_same_classes_in_the_same_way(template: str) -> None:
    twin = unmixed(template)
    assert VARIANTS[twin] == VARIANTS[template]._replace(mixes=False, template=VARIANTS[twin].template)
    mixed, plain = mix(template), mix(twin)
    assert plain.text[: plain.shared] == mixed.text[: mixed.shared]
    assert "lost" not in plain.text[plain.shared :]


@pytest.mark.parametrize("template", VARIANTS)
def test_the_style_is_in_the_prompt_once_and_changes_nothing_else(template: str) -> None:
    styled, free = mix(template, style="casually, in two sentences").text, mix(template).text
    assert styled.count("written casually, in two sentences") == 1
    assert "written" not in free


@pytest.mark.parametrize("stem", ["same_category", "same_category_described"])
def test_a_prompt_of_one_category_shows_no_other_class(stem: str) -> None:
    for form in ("chat", "completion"):
        text = mix(f"{stem}_{form}").text
        assert "lost" not in text
        assert "refund" not in text


def test_the_prompts_of_the_predecessor_hold_the_words_of_the_authors_code() -> None:
    """c6f27ba, src/generator/__init__.py: prompt types None, acl_prompt_w_desc and quick_baseline."""
    same = (
        "The following sentences belong to the same category 'late_parcel':\n"
        "Example 1: Where is it?\nExample 2: Two weeks, and nothing!\nExample 3:"
    )
    assert mix("same_category_chat").text == same
    described = "Consider an intent late_parcel, which is about parcels that have not come in time. "
    assert mix("same_category_described_chat").text == described + same
    pattern = mix("quick_baseline_chat").text
    assert pattern.startswith("Continue the following pattern:\n\nCategory: late_parcel\nSentence: Where is it?\n")
    assert pattern.endswith("\nCategory: late_parcel\nSentence:")
