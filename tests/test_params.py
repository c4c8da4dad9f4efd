"""params.yaml: the repository's own loads, and every fault in another is named."""

from math import inf
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from promptmix import params
from promptmix.core import names
from promptmix.core.errors import ParamsError
from promptmix.params import Params, Section

TEXT = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")
SECTIONS = Section.__subclasses__()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "params.yaml"


def edited(path: Path, **values: str) -> Path:
    """Write the repository's params.yaml with other values, ``section__key="yaml"``; a new key is added."""
    yaml = YAML(typ="safe", pure=True)
    whole = yaml.load(TEXT)
    for name, value in values.items():
        *sections, key = name.split("__")
        place = whole[sections[0]] if sections else whole
        place[key] = yaml.load(value)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(whole, file)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ParamsError) as caught:
        params.load_all(path)
    return str(caught.value)


def reason(path: Path) -> str:
    """Return what a refusal says after the name of the file."""
    return refusal(path).removeprefix(f"{path}: ")


def test_the_params_of_this_repository_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    assert params.load_all().model_dump() == YAML(typ="safe", pure=True).load(TEXT)


def test_fields_of_a_request_may_be_left_to_the_server_and_others_added(path: Path) -> None:
    found = params.load_all(
        edited(path, generate__temperature="null", generate__top_p="null", llm__extra="{reasoning_effort: low}")
    )
    assert (found.generate.temperature, found.generate.top_p) == (None, None)
    assert found.llm.extra == {"reasoning_effort": "low"}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_no_number_has_a_default_in_code(section: type[Section]) -> None:
    assert all(field.is_required() for field in section.model_fields.values())


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_sections_cannot_be_changed_and_refuse_unknown_keys(section: type[Section]) -> None:
    assert section.model_config == Section.model_config
    assert (section.model_config["frozen"], section.model_config["extra"]) == (True, "forbid")


def test_a_number_as_dvc_writes_it_is_a_number(path: Path) -> None:
    """`dvc exp run -S distill.learning_rate=5e-5` writes 5e-05, which YAML 1.1 reads as a string."""
    path.write_text(TEXT.replace("learning_rate: 2.0e-4", "learning_rate: 5e-05"), encoding="utf-8")
    assert params.load_all(path).distill.learning_rate == 0.00005


def test_a_quoted_number_is_refused(path: Path) -> None:
    expected = "distill.learning_rate: Input should be a valid number, got '5e-5'"
    assert reason(edited(path, distill__learning_rate="'5e-5'")) == expected


def test_no_is_a_name_and_not_false(path: Path) -> None:
    """YAML 1.1 reads `no` as false, and `010` as eight."""
    loaded = params.load_all(edited(path, datasets="[no, on]", seeds="[010]"))
    assert (loaded.datasets, loaded.seeds) == (["no", "on"], [10])
    expected = "distill.freeze_embeddings: Input should be a valid boolean, got 'no'"
    assert reason(edited(path, distill__freeze_embeddings="no")) == expected


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("sample__shots", "-1", "sample.shots: Input should be greater than or equal to 0, got -1"),
        ("sample__shots", "2.0", "sample.shots: Input should be a valid integer, got 2.0"),
        ("sample__shots", "true", "sample.shots: Input should be a valid integer, got True"),
        ("sample__shot", "2", "sample.shot: unknown key, got 2"),
        ("samples", "{shots: 2}", "samples: unknown key"),
        ("sample", "2", "sample: Input should be a valid dictionary or instance of Sample, got 2"),
        ("datasets", "demo", "datasets: Input should be a valid list, got 'demo'"),
        ("datasets", "[]", "datasets: List should have at least 1 item after validation, not 0, got []"),
        *(
            ("datasets", f"[{name}]", f"datasets.0: Value error, {names.RULE}, got {found}")
            for name, found in [
                ("my-chats", "'my-chats'"),
                ("my chats", "'my chats'"),
                ("v1.0", "'v1.0'"),
                ("a@b", "'a@b'"),
                ("2024", "2024"),
                ("null", "None"),
                ("'demo\n\n'", "'demo\\n'"),
            ]
        ),
        ("seeds", "[1, 0, 1]", "seeds: Value error, names a value twice, got [1, 0, 1]"),
        ("arms", "[mixed, mixed]", "arms: Value error, names a value twice, got ['mixed', 'mixed']"),
        (
            "llm__budget",
            "five",
            "llm.budget: Value error, is null, or like 5 dollars or 2000000 tokens, got 'five'",
        ),
        (
            "generate__prompt",
            "mixup_completion",
            "generate: Value error, json_schema needs a chat prompt, got mixup_completion",
        ),
        ("generate__share_alpha", ".nan", "generate.share_alpha: Input should be a finite number, got nan"),
        ("generate__share_beta", "0.0", "generate.share_beta: Input should be greater than 0, got 0.0"),
        ("generate__group_size", "1", "generate.group_size: Input should be greater than or equal to 2, got 1"),
        ("generate__temperature", "2.5", "generate.temperature: Input should be less than or equal to 2, got 2.5"),
        ("compile__validation_share", "1.0", "compile.validation_share: Input should be less than 1, got 1.0"),
        ("relabel__method", "vote", "relabel.method: Input should be 'auto', 'score' or 'answer', got 'vote'"),
        (
            "distill__steps",
            "null",
            "distill: Value error, one of steps and epochs must be null, got steps None and epochs None",
        ),
        ("distill__accumulate", "0", "distill.accumulate: Input should be greater than or equal to 1, got 0"),
        ("assemble__min_confidence", "1.0", "assemble.min_confidence: Input should be less than 1, got 1.0"),
        (
            "assemble__soft_labels",
            "yes",
            "assemble.soft_labels: Input should be 'shares' or 'scores', got 'yes'",
        ),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_was_found(
    path: Path, name: str, value: str, fault: str
) -> None:
    assert reason(edited(path, **{name: value})) == fault


@pytest.mark.parametrize("student", ["setfit", "linear_probe"])
def test_options_of_fine_tuning_are_refused_for_other_students(path: Path, student: str) -> None:
    found = reason(edited(path, distill__student=student, distill__launcher="accelerate"))
    expected = f"student {student} knows phases joint and launcher python only, got launcher accelerate"
    assert found == f"distill: Value error, {expected}"


@pytest.mark.parametrize("change", [{"assemble__soft_labels": "scores"}, {"assemble__min_confidence": "0.5"}])
def test_settings_that_need_scores_are_refused_where_nothing_is_scored(path: Path, change: dict[str, str]) -> None:
    found = reason(edited(path, relabel__method="answer", **change))
    assert "assemble.min_confidence need relabel.method auto or score, got answer" in found


def test_a_missing_key_is_named(path: Path) -> None:
    path.write_text(TEXT.replace("  shots: 2 ", "  # shots: 2 ").replace("sample:", "sample: {}"), encoding="utf-8")
    assert reason(path) == "sample.shots: missing key"


def test_all_faults_come_in_one_message(path: Path) -> None:
    """Repeated values and two lengths of training included, though rules over several values are checked last."""
    edited(path, seeds="[0, 0]", sample__shots="-1", sample__shot="2", distill__epochs="3", llm__endpoint="aether")
    assert refusal(path).splitlines() == [
        f"{path}: 5 value(s) refused",
        "  seeds: Value error, names a value twice, got [0, 0]",
        "  llm.endpoint: Input should be 'bundled', 'openai' or 'azure', got 'aether'",
        "  sample.shots: Input should be greater than or equal to 0, got -1",
        "  sample.shot: unknown key, got 2",
        f"  distill: Value error, one of steps and epochs must be null, got steps {steps()} and epochs 3",
    ]


def steps() -> int:
    found: int = YAML(typ="safe", pure=True).load(TEXT)["distill"]["steps"]
    return found


def test_a_missing_file_is_refused_with_where_to_run(path: Path) -> None:
    assert refusal(path) == f"{path}: no such file; run this in the repository's root"


def test_broken_yaml_is_refused_with_its_line(path: Path) -> None:
    path.write_text("datasets: [demo]\nseeds: [0, 1\narms: [mixed]\n", encoding="utf-8")
    message = refusal(path)
    assert message.startswith(f"{path}:3: not YAML: ")
    assert "\n" not in message


def test_a_key_given_twice_is_refused_with_its_line(path: Path) -> None:
    path.write_text("sample:\n  shots: 2\n  shots: 3\n", encoding="utf-8")
    expected = f'{path}:3: not YAML: found duplicate key "shots" with value "3" (original value: "2")'
    assert refusal(path) == expected


@pytest.mark.parametrize("data", [b"datasets: [d\xe9mo]", b"datasets: [\x07]"])
def test_a_byte_that_no_yaml_file_may_hold_is_refused_in_one_line(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    message = refusal(path)
    assert message.startswith(f"{path}:1: not ")
    assert "\n" not in message


@pytest.mark.parametrize("text", ["", "# nothing", "- demo", "demo"])
def test_a_file_that_is_not_a_mapping_is_refused(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    assert reason(path).startswith("Input should be a valid dictionary or instance of Params, got ")


@pytest.mark.parametrize(
    ("budget", "limit"),
    [(None, (inf, inf)), ("5 dollars", (inf, 5.0)), ("0.5 dollars", (inf, 0.5)), ("2_000_000 tokens", (2e6, inf))],
)
def test_a_budget_is_in_dollars_or_in_tokens(budget: str | None, limit: tuple[float, float]) -> None:
    assert params.load_all().llm.model_copy(update={"budget": budget}).limit() == limit


def test_every_section_of_the_file_has_a_class_and_vice_versa() -> None:
    assert list(YAML(typ="safe", pure=True).load(TEXT)) == list(Params.model_fields)


def test_a_prompt_that_is_not_there_is_refused_with_those_that_are(path: Path) -> None:
    said = reason(edited(path, generate__prompt="mixup"))
    assert said.startswith("generate.prompt: Value error, is one of mixup_chat, mixup_completion, mixup_new_chat,")
    assert said.endswith(", got 'mixup'")
