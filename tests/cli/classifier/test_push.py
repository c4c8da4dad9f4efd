"""`promptmix push` to a stand-in of the hub, over HTTP by the hub's own client."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hub import Hub, hub
from tests.support.tiny_classifier import tiny_classifier

TOKEN = "hf_of_a_test"


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Hub]:
    with hub(TOKEN) as found:
        yield found


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny_classifier(tmp_path / "colors")


def push(url: str, *words: object, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "promptmix", "push", *map(str, words)]
    environment = {
        **os.environ,
        "HF_ENDPOINT": url,
        "HF_TOKEN": token,
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_XET": "1",
    }
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_the_classifier_is_on_the_hub_and_nothing_else(stand_in: Hub, model: Path) -> None:
    (model / "notes.txt").write_text("mine", encoding="utf-8")
    done = push(stand_in.url, model, "owner/colors")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{model} is at {stand_in.url}/owner/colors (commit aaaaaaaaaaaa)\n"
    names = ["README.md", "classifier.json", "model.int8.onnx", "model.onnx", "tokenizer.json"]
    files = stand_in.repositories["owner/colors"]
    assert sorted(files) == names
    assert all(files[name] == (model / name).read_bytes() for name in names)
    assert TOKEN not in done.stdout + done.stderr


def test_a_second_push_goes_to_the_same_repository(stand_in: Hub, model: Path) -> None:
    for _ in range(2):
        done = push(stand_in.url, model, "owner/again", "--private")
        assert done.returncode == 0, done.stderr
    assert stand_in.created["owner/again"]["visibility"] == "private"


@pytest.mark.parametrize(
    ("name", "token", "said"),
    [
        ("owner/x", "hf_wrong", "owner/x: refused with status 401: the hub knows no such token; set HF_TOKEN"),
        ("other/x", TOKEN, "other/x: refused with status 403: the token may not write there"),
        ("x", TOKEN, "'x' is no name of a repository; expected owner/name"),
    ],
)
def test_a_refusal_is_one_line(stand_in: Hub, model: Path, name: str, token: str, said: str) -> None:
    done = push(stand_in.url, model, name, token=token)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {said}")
    assert done.stderr.count("\n") == 1


def test_a_hub_that_does_not_answer_is_one_line(model: Path) -> None:
    done = push("http://127.0.0.1:9", model, "owner/x")
    assert done.stderr.startswith("error: http://127.0.0.1:9 cannot be reached (")
    assert done.stderr.count("\n") == 1


def test_a_damaged_classifier_is_not_pushed(stand_in: Hub, model: Path) -> None:
    (model / "model.onnx").write_bytes(b"half")
    done = push(stand_in.url, model, "owner/damaged")
    assert "model.onnx has sha256" in done.stderr
    assert "owner/damaged" not in stand_in.repositories
