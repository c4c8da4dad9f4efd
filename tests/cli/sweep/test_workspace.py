"""Where experiments run."""

import pytest

from promptmix.cli.sweep.workspace import share_of_cores


def test_jobs_that_run_together_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    shares = [share_of_cores(jobs) for jobs in (1, 2, 3, 20)]
    assert shares == [{}, {"OMP_NUM_THREADS": "4"}, {"OMP_NUM_THREADS": "2"}, {"OMP_NUM_THREADS": "1"}]
