"""`promptmix describe` drafts classes.yaml and loses nothing: real questions to a fake server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptmix.cli import describe, drafts
from promptmix.cli.describe import describe_classes, description_in
from promptmix.core.errors import DataError, LLMError
from promptmix.core.records import Completion
from promptmix.corpora.sources import read_descriptions
from promptmix.llm.store.database import Store, store_path
from tests.support.fakes import completion
from tests.support.llm_server import Behavior, running
from tests.support.workplace import make_workplace

ODD = ["true", "0012", "null", "a: b", "# x", "- y", "{z}", "it's", 'say "no"', "تأخیر", "ส่งช้า", "!tag", "x #y", "*"]
OPENAI = ["llm.endpoint=openai", "llm.model=any"]


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a data set of three classes, and a server that describes each in two words."""
    with running(Behavior()) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        yield make_workplace(tmp_path, monkeypatch) / "data/raw/mail"


def asked() -> list[str]:
    return [text for (text,) in Store(store_path()).rows("SELECT json_extract(request, '$.text') FROM answers")]


def test_a_line_is_drafted_for_each_class_and_is_a_classes_yaml(mail: Path) -> None:
    said = describe_classes("mail", OPENAI)
    found = read_descriptions(mail)
    assert found is not None
    assert list(found) == ["damaged", "late", "refund"]
    assert all(words.startswith("answer ") for words in found.values())
    assert (mail / "classes.yaml").read_text() in said
    assert "Drafted by any: edit it." in said


def test_the_model_is_asked_once_for_each_class_with_the_shots_of_the_first_seed_and_answers_are_kept(
    mail: Path,
) -> None:
    (mail / "dataset.yaml").write_text("about: messages to a parcel service\nlanguage: English\n")
    describe_classes("mail", [*OPENAI, "sample.shots=1"])
    questions = asked()
    assert len(questions) == 3
    assert all(text.startswith("The texts are messages to a parcel service. They are written") for text in questions)
    assert {text.rpartition("\n")[2] for text in questions} == {
        f"{label}, which is about" for label in ("late", "damaged", "refund")
    }
    assert all(text.count("\n- ") == 3 for text in questions), "one shot of each class"
    (mail / "classes.yaml").unlink()
    describe_classes("mail", [*OPENAI, "sample.shots=1"])
    assert len(asked()) == 3, "what was answered before is not asked again"


def test_a_classes_yaml_of_a_person_stays_and_the_draft_is_beside_it(mail: Path) -> None:
    own = "late: mine\ndamaged: mine\nrefund: mine\n"
    (mail / "classes.yaml").write_text(own)
    assert str(Path("data/raw/mail/classes.draft.yaml")) in describe_classes("mail", OPENAI)
    assert (mail / "classes.yaml").read_text() == own
    draft = (mail / "classes.draft.yaml").read_text()
    with pytest.raises(DataError, match=r"mail/classes\.draft\.yaml: is there already, and so is classes\.yaml"):
        describe_classes("mail", OPENAI)
    assert (mail / "classes.draft.yaml").read_text() == draft


def test_the_empty_classes_yaml_of_promptmix_new_is_filled_and_an_edited_one_stays(mail: Path) -> None:
    empty = drafts.empty_class_lines(["damaged", "late", "refund"])
    (mail / "classes.yaml").write_text(empty)
    describe_classes("mail", OPENAI)
    assert read_descriptions(mail)
    assert not (mail / "classes.draft.yaml").exists()
    (mail / "classes.yaml").write_text(empty + "# a note of mine\n")
    describe_classes("mail", OPENAI)
    assert "a note of mine" in (mail / "classes.yaml").read_text()
    assert (mail / "classes.draft.yaml").exists()


def test_replies_that_are_no_description_are_refused_and_the_others_shown(
    mail: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def one_is_bad(found: Completion, label: str) -> tuple[str, str]:
        return ("", "empty, got ''") if label == "late" else description_in(found, label)

    monkeypatch.setattr(describe, "description_in", one_is_bad)
    with pytest.raises(LLMError, match=r"1 of 3 replies are no description: 'late': empty, got ''; nothing is written"):
        describe_classes("mail", OPENAI)
    assert not list(mail.glob("classes*"))
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["damaged", "refund"]


def test_an_unknown_data_set_is_refused_before_anything_is_asked(mail: Path) -> None:
    with pytest.raises(DataError, match=r"data/raw/male: no such folder, data/raw has mail"):
        describe_classes("male", OPENAI)
    assert not store_path().exists()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("parcels that are late.", "parcels that are late"),
        ('"parcels that are late"', "parcels that are late"),
        ("late_parcel, which is about parcels that are late", "parcels that are late"),
        ("late_parcel: parcels that are late", "parcels that are late"),
        ("late_parcel\nparcels that are late", "parcels that are late"),
        ("\n\n- **parcels that are late**\n\nI hope this helps!", "parcels that are late"),
        ("which is about:\n", ""),
        ("", ""),
        ("...", ""),
        ("late parcel", ""),
        ("word " * 41, ""),
        ("بسته‌هایی که دیر رسیده‌اند", "بسته‌هایی که دیر رسیده‌اند"),
    ],
)
def test_a_description_is_found_in_a_reply_or_it_is_said_why_not(reply: str, words: str) -> None:
    found, why = description_in(completion("q", reply), "late_parcel")
    assert found == words
    assert bool(why) != bool(words)


def test_a_reply_that_was_refused_or_cut_off_is_no_description() -> None:
    refused = completion("q", "").model_copy(update={"finish": "refused", "reason": "no violence"})
    assert description_in(refused, "x") == ("", "refused (no violence)")
    assert description_in(completion("q", "parcels that a", "length"), "x") == ("", "cut off, got 'parcels that a' …")
    whole = completion("q", "parcels that are late\nand mo", "length")
    assert description_in(whole, "x") == ("parcels that are late", "")


@pytest.mark.parametrize("label", ODD)
def test_odd_names_and_descriptions_are_read_back_as_they_were(tmp_path: Path, label: str) -> None:
    descriptions = {label: f"what is {label}", "other": label, "long": "word " * 200 + "end"}
    (tmp_path / "classes.yaml").write_text(drafts.class_lines(descriptions, "m"), encoding="utf-8")
    assert read_descriptions(tmp_path) == descriptions


def test_a_classes_yaml_in_which_all_is_commented_out_is_none(tmp_path: Path) -> None:
    lines = drafts.empty_class_lines(ODD)
    (tmp_path / "classes.yaml").write_text(lines, encoding="utf-8")
    assert read_descriptions(tmp_path) is None
    filled = "".join(line.removeprefix("# ") + "\n" for line in lines.splitlines()[1:])
    (tmp_path / "classes.yaml").write_text(filled, encoding="utf-8")
    assert read_descriptions(tmp_path) == dict.fromkeys(ODD, "...")
