"""Everything there is trains a released classifier, every text once, and no test text."""

from pathlib import Path

from promptmix.core import jsonl
from promptmix.core.records import Example, Prediction
from promptmix.students.materials import Materials, is_pool_text, origin, read_materials


def example(id: str, text: str, label: str) -> Example:
    return Example(id=id, text=text, label=label)


ROWS = [example("d/train/00000", "Wine", "red"), example("d/validation/00000", "sea", "blue")]
TEST = [example("d/test/00000", "Ice cold", "blue"), example("d/test/00001", "blood", "red")]


def test_a_labeled_row_keeps_its_label_and_a_test_text_is_left_out() -> None:
    """Equal texts are those that differ in case and white space alone."""
    added = [
        example("mix/0/red/0001#1", "wine", "blue"),
        example("mix/0/red/0001#2", "ice  COLD", "red"),
        example("mix/0/red/0001#3", "grass", "green"),
        example("d/unlabeled/00000", "leaf", "green"),
    ]
    found = Materials(ROWS, added, TEST, []).training()
    assert [(each.text, each.label) for each in found] == [
        ("Wine", "red"), ("sea", "blue"), ("grass", "green"), ("leaf", "green"),
    ]  # fmt: skip


def test_a_text_that_several_seeds_label_has_the_commonest_label_and_of_equal_ones_the_first() -> None:
    pool = [example("d/unlabeled/00000", "leaf", label) for label in ("red", "green", "green")]
    pool += [example("d/unlabeled/00001", "sky", label) for label in ("red", "blue")]
    assert [each.label for each in Materials([], pool, [], []).training()] == ["green", "red"]


def test_a_shot_of_an_arm_is_a_labeled_row_already() -> None:
    """Also one whose row is a test text elsewhere: only texts of the language model are added."""
    assert Materials([], ROWS, [], []).training() == []


def test_texts_are_counted_by_where_they_are_from() -> None:
    written, pool = example("mix/0/red/0001#1", "wine", "red"), example("d/unlabeled/00000", "leaf", "green")
    assert [origin(each) for each in (ROWS[0], written, pool)] == [
        "labeled rows",
        "texts written by the language model",
        "texts of the pool, labeled by the language model",
    ]
    assert [is_pool_text(each) for each in (ROWS[0], written, pool)] == [False, False, True]


def test_the_language_models_label_of_a_test_text_is_that_of_most_seeds() -> None:
    def taught(id: str, label: str | None) -> Prediction:
        return Prediction(id=id, gold="red", predicted=label, probabilities={})

    said = [taught("d/test/00000", label) for label in ("red", "blue", "blue", None)] + [taught("d/test/00001", None)]
    assert Materials([], [], TEST, said).labels_of_language_model() == [("Ice cold", "blue")]


def test_files_of_all_seeds_are_read_and_the_teachers_where_there_are_any(tmp_path: Path) -> None:
    for split, rows in {"train": ROWS[:1], "validation": ROWS[1:], "test": TEST}.items():
        jsonl.write(tmp_path / "c" / f"{split}.jsonl", rows)
    for seed in (3, 5):
        jsonl.write(tmp_path / "t" / str(seed) / "mixed.jsonl", [example(f"mix/{seed}#1", f"word {seed}", "red")])
    said = Prediction(id="d/test/00000", gold="blue", predicted="blue", probabilities={})
    jsonl.write(tmp_path / "p" / "5" / "teacher" / "test.jsonl", [said])
    found = read_materials(tmp_path / "c", tmp_path / "t", tmp_path / "p", "mixed", [3, 5])
    assert [each.text for each in found.training()] == ["Wine", "sea", "word 3", "word 5"]
    assert found.taught == [said]
