"""`promptmix check` on params that no stage could take."""

import shutil
from pathlib import Path

import pytest

from promptmix.cli.check import check
from promptmix.core.errors import ParamsError
from promptmix.core.names import RULE
from tests.support.structure import ROOT


def test_the_name_of_a_folder_that_no_stage_could_take_is_refused_before_dvc_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text.replace("[demo]", "[v1.0]"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParamsError) as caught:
        check()
    assert str(caught.value) == f"params.yaml: datasets.0: Value error, {RULE}, got 'v1.0'"
