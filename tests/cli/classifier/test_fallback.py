"""`promptmix predict --fallback llm`: unsure texts go to the language model, and are paid once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from promptmix.cli.classifier.fallback import asking_llm
from promptmix.cli.classifier.predict import Options, predict
from promptmix.core.errors import DataError, PromptMixError
from promptmix.llm.store.database import Store, store_path
from promptmix.models.pretrained import Pretrained
from tests.support.llm_server import Behavior, running
from tests.support.tiny_classifier import LABELS, tiny_classifier
from tests.support.workplace import make_workplace

TRAIN = "text,label\nrose,red\nred,red\nmoss,green\ngreen,green\nnavy,blue\nsky,blue\n"


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_encoder: Pretrained) -> Iterator[Path]:
    """A repository with a data set `colors`, and a server that finds every text green."""
    assert small_encoder
    with running(Behavior(label="green")) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "any")
        folder = make_workplace(tmp_path, monkeypatch)
        (folder / "data/raw/colors").mkdir()
        (folder / "data/raw/colors/train.csv").write_text(TRAIN, encoding="utf-8")
        params = (folder / "params.yaml").read_text(encoding="utf-8")
        params = params.replace("endpoint: bundled", "endpoint: openai", 1)
        (folder / "params.yaml").write_text(params, encoding="utf-8")
        assert "endpoint: openai" in params
        tiny_classifier(folder / "colors")
        yield folder


def stored() -> int:
    (row,) = Store(store_path()).rows("SELECT count(*) FROM answers")
    return int(row[0])


def test_only_unsure_texts_are_asked_and_once(workplace: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table, out = workplace / "a.csv", workplace / "b.csv"
    table.write_text("text\nnavy sky\nunknown words\nnavy\n", encoding="utf-8")
    options = Options(workplace / "colors", table, out=out, min_confidence=0.9, fallback=True)
    assert predict(options) == 0
    assert out.read_text(encoding="utf-8").splitlines()[1:] == [
        "navy sky,blue,0.9647",
        "unknown words,green,0.3333",
        "navy,green,0.7870",
    ]
    assert "3 rows, 2 labeled by the language model" in capfd.readouterr().err
    before = stored()
    assert before
    predict(options)
    assert stored() == before


def test_another_data_set_is_refused(workplace: Path) -> None:
    with (
        pytest.raises(DataError, match="have other classes: 'pink' is in one alone"),
        asking_llm("colors", [*LABELS, "pink"]),
    ):
        pass
    with pytest.raises(PromptMixError, match="nothing"), asking_llm("nothing", LABELS):
        pass


def test_a_fallback_without_a_confidence_is_refused(workplace: Path) -> None:
    (workplace / "a.csv").write_text("text\nnavy\n", encoding="utf-8")
    with pytest.raises(DataError, match="give one"):
        predict(Options(workplace / "colors", workplace / "a.csv", fallback=True))


def test_outside_a_repository_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="no dvc"), asking_llm("colors", LABELS):
        pass
