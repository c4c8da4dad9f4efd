"""A student trained by several processes learns what one learns; a launch that fails is one line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from promptmix.core.errors import ModelError
from promptmix.students.train import train_student
from tests.support.colors import EXAMPLES, student, weights


@pytest.mark.slow
def test_two_processes_of_accelerate_learn_what_one_learns_from_the_same_batches(
    steady_backbone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes take batches in turn and share their gradients; one process that accumulates two does the same."""
    home = tmp_path / "home" / "accelerate"
    home.mkdir(parents=True)
    two = {
        "compute_environment": "LOCAL_MACHINE",
        "distributed_type": "MULTI_GPU",
        "num_processes": 2,
        "use_cpu": False,
    }
    (home / "default_config.yaml").write_text(json.dumps(two | {"num_machines": 1, "machine_rank": 0}))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    ways: dict[str, dict[str, Any]] = {
        "two": {"launcher": "accelerate"}, "one": {"accumulate": 2}, "half": {"accumulate": 1}
    }  # fmt: skip
    for name, changes in ways.items():
        train_student(student(steady_backbone, tmp_path / name, steps=2, warmup_share=0.0, **changes), EXAMPLES)
    processes, one, half = (weights(tmp_path / name) for name in ways)
    assert np.mean(np.abs(processes - one) > 1e-3) < 0.01
    assert np.mean(np.abs(half - one) > 1e-3) > 0.05


@pytest.mark.slow
def test_a_launch_that_fails_is_one_line_for_the_user(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"distill.launcher accelerate: training ended with status 1, see above"):
        train_student(student(tmp_path, tmp_path, launcher="accelerate"), EXAMPLES)
