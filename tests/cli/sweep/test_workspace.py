"""Where experiments run."""

import subprocess
import sys
from pathlib import Path

import pytest

from promptmix.cli.sweep.workspace import share_of_cores
from tests.support.copies import clean


def test_jobs_that_run_together_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    shares = [share_of_cores(jobs) for jobs in (1, 2, 3, 20)]
    assert shares == [{}, {"OMP_NUM_THREADS": "4"}, {"OMP_NUM_THREADS": "2"}, {"OMP_NUM_THREADS": "1"}]


def test_a_stage_imports_the_code_of_its_folder_before_that_of_an_editable_install(tmp_path: Path) -> None:
    """So a sweep's copy runs the code that it was made with."""
    for package in ("stages", "promptmix"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "stages/where.py").write_text("import promptmix\nprint(promptmix.__file__)\n")
    command = [sys.executable, "-m", "stages.where"]
    done = subprocess.run(command, cwd=tmp_path, env=clean(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "promptmix/__init__.py")
