"""What the command line reads of dvc.yaml."""

from pathlib import Path

import pytest

from promptmix import params
from promptmix.cli import pipeline
from promptmix.core.errors import DataError
from tests.support.structure import ROOT


def test_stages_are_those_that_dvc_makes_of_the_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    from dvc.repo import Repo

    monkeypatch.chdir(ROOT)
    found = {
        stage.name + ("@" + "-".join(stage.item.values()) if stage.item else ""): stage
        for stage in pipeline.stages(params.load_all())
    }
    with Repo(str(ROOT)) as repo:
        made = {stage.name: stage for stage in repo.index.stages}
    assert found.keys() == made.keys()
    for name, stage in made.items():
        assert found[name].command == stage.cmd
        assert {str(path) for path in found[name].outs} == {out.def_path for out in stage.outs}


def test_places_are_those_of_dvc_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dvc.yaml").write_text("""\
stages:
  prepare: {cmd: a, matrix: {dataset: "${datasets}"}, deps: ["in/${item.dataset}"], outs: ["out/${item.dataset}"]}
  count: {cmd: b, metrics: [numbers/few.json], outs: [numbers/many.json: {cache: false}]}
""")
    monkeypatch.chdir(tmp_path)
    assert pipeline.raw() == Path("in")
    assert pipeline.metrics() == Path("numbers/few.json")
    assert pipeline.report("many.json") == Path("numbers/many.json")
    with pytest.raises(DataError, match=r"^dvc\.yaml names no output accuracy\.csv$"):
        pipeline.report("accuracy.csv")


def test_without_dvc_yaml_the_place_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"no dvc\.yaml here; run this in the repository's root$"):
        pipeline.metrics()


@pytest.mark.parametrize("text", ["", "stages:", "stages: [a]", "[a]"])
def test_a_dvc_yaml_without_stages_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text(text)
    with pytest.raises(DataError, match=r"^dvc\.yaml: no stages in it; `git checkout dvc\.yaml` brings them back$"):
        pipeline.metrics()


def test_a_data_set_without_a_folder_is_refused_with_those_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dvc.yaml").write_text(
        'stages:\n  a: {cmd: a, matrix: {dataset: "${datasets}"}, deps: ["in/${item.dataset}"]}\n'
    )
    for name in ("mails", "demo"):
        (tmp_path / "in" / name).mkdir(parents=True)
    settings = params.load_all(ROOT / "params.yaml")
    monkeypatch.chdir(tmp_path)
    pipeline.require_datasets(settings)
    (tmp_path / "in/demo").rmdir()
    with pytest.raises(DataError) as caught:
        pipeline.require_datasets(settings)
    assert str(caught.value) == "in/demo: no such folder, in has mails; correct `datasets` in params.yaml"
