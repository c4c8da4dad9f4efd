"""Reading the files of a finished pipeline, written here as the stages write them."""

from dataclasses import replace
from pathlib import Path

import pytest

from promptmix.arms.arm import NoResult
from promptmix.core import jsonl
from promptmix.core.errors import DataError
from promptmix.core.records import ClassInfo
from promptmix.models.pretrained import Pretrained
from promptmix.report.read import Folders, read_made_with, read_results
from promptmix.report.results import Results
from tests.support import made_up

MATRIX = ["colors"], [0, 1], ["few_shot", "relabeled"]


def folders(data: Path) -> Folders:
    return Folders(*(data / name for name in Folders._fields))


def write(data: Path, every: Results) -> None:
    jsonl.write(data / "compiled/colors/test.jsonl", every.test)
    infos = [ClassInfo(label=label, description="a color") for label in every.labels]
    jsonl.write(data / "compiled/colors/classes.jsonl", infos)
    for run in every.runs:
        place = f"colors/{run.seed}"
        jsonl.write(data / "shots" / f"{place}.jsonl", run.shots)
        jsonl.write(data / "generated" / place / "prompts.jsonl", run.prompts)
        jsonl.write(data / "generated" / place / "completions.jsonl", run.completions["generate"])
        jsonl.write(data / "generated" / place / "generated.jsonl", run.generated)
        jsonl.write(data / "generated" / place / "rejected.jsonl", run.rejected)
        jsonl.write(data / "generated" / place / "contrast/completions.jsonl", run.completions["contrast"])
        jsonl.write(data / "relabeled" / place / "completions.jsonl", run.completions["relabel"])
        jsonl.write(data / "relabeled" / place / "relabeled.jsonl", run.relabeled)
        jsonl.write(data / "predictions" / place / "teacher/test.jsonl", run.teacher)
        jsonl.write(data / "predictions" / place / "teacher/completions.jsonl", run.completions["teacher"])
        for arm in every.arms:
            jsonl.write(data / "train" / place / f"{arm}.jsonl", run.train[arm])
            jsonl.write(data / "predictions" / place / arm / "validation.jsonl", run.validation[arm])
            jsonl.write(data / "predictions" / place / arm / "test.jsonl", run.test[arm])
        if run.no_result:
            without = [NoResult(arm=arm, why=why) for arm, why in run.no_result.items()]
            jsonl.write(data / "train" / place / "no_result.jsonl", without)


@pytest.fixture
def every() -> Results:
    """Return the made-up results with predictions of its own test texts."""
    found = made_up.results()
    return replace(
        found, test=[text.model_copy(update={"id": f"colors/test/{n}"}) for n, text in enumerate(found.test)]
    )


def test_every_file_is_read(tmp_path: Path, every: Results) -> None:
    write(tmp_path, every)
    assert read_results(folders(tmp_path), *MATRIX) == [every]


def test_what_an_arm_lacks_is_read_by_seed(tmp_path: Path, every: Results) -> None:
    runs = [replace(every.runs[0], no_result={"relabeled": "nothing was written"}), every.runs[1]]
    write(tmp_path, replace(every, runs=runs))
    (found,) = read_results(folders(tmp_path), *MATRIX)
    assert [run.no_result for run in found.runs] == [{"relabeled": "nothing was written"}, {}]


def test_files_of_seeds_and_arms_that_params_no_longer_name_are_not_read(tmp_path: Path, every: Results) -> None:
    write(tmp_path, every)
    (found,) = read_results(folders(tmp_path), ["colors"], [1], ["relabeled"])
    assert [run.seed for run in found.runs] == [1]
    assert found.arms == list(found.runs[0].train) == list(found.runs[0].validation) == ["relabeled"]


def test_predictions_of_other_texts_than_the_test_texts_are_refused(tmp_path: Path, every: Results) -> None:
    """They are left from another compile; what they would score says nothing of this test set."""
    write(tmp_path, every)
    path = tmp_path / "predictions/colors/1/few_shot/test.jsonl"
    jsonl.write(path, every.runs[1].test["few_shot"][:-1])
    with pytest.raises(DataError) as caught:
        read_results(folders(tmp_path), *MATRIX)
    assert str(caught.value) == f"{path}: not predictions of the 4 test texts; `dvc repro` makes them again"


def test_models_are_named_by_their_titles_and_the_student_by_how_it_is_trained(tmp_path: Path) -> None:
    paths = [tmp_path / "writer.json", tmp_path / "relabeler.json", tmp_path / "backbone.json"]
    names = ["smollm2-135m-instruct", "my-own-server", "all-minilm-l6-v2"]
    for path, name in zip(paths, names, strict=True):
        Pretrained(name=name, endpoint="openai", files={}).save(path)
    writer, relabeler, backbone = paths
    found = read_made_with(writer, relabeler, backbone, "linear_probe", 2, [0, 1])
    assert (found.writer, found.relabeler) == ("SmolLM2-135M-Instruct (Q4_1)", "my-own-server")
    assert found.student == "all-MiniLM-L6-v2 (frozen, with a linear probe)"
    assert (found.shots, found.seeds) == (2, [0, 1])
