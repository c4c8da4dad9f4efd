"""`promptmix evaluate`: scores on labeled texts, and what is refused."""

from pathlib import Path

import pytest

from promptmix.cli.classifier.evaluate import evaluate
from promptmix.core.errors import DataError
from tests.support.tiny_classifier import tiny_classifier

EXPECTED = """\
accuracy 0.750 [0.301, 0.954] (3 of 4 texts), macro F1 0.778

class  precision  recall     F1   texts
red        1.000   1.000  1.000       1
green      0.500   1.000  0.667       1
blue       1.000   0.500  0.667       2

confidence from  coverage  accuracy
           0.50     1.000     0.750
           0.60     1.000     0.750
           0.70     1.000     0.750
           0.80     0.250     1.000
           0.90     0.250     1.000
           0.95     0.250     1.000
           0.99     0.000         -

most confused: blue, taken for green once"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier(tmp_path_factory.mktemp("evaluate") / "colors")


def test_scores_are_printed(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("intent,text\nblue,navy sky\nred,rose\ngreen,moss\nblue,lime\n", encoding="utf-8")
    assert evaluate(model, path, None, None, int8=False) == EXPECTED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,label\nnavy,blue\nrose,pink\n", "row 2: unknown label 'pink'; the classifier has red, green, blue"),
        ("text,label\n", "no rows"),
        ("text,n\nnavy,1\n", "columns 'text', 'n': none is named as a label; name it with --label COLUMN"),
        ("wording,other,label\n", "columns 'wording', 'other': none is named as a text"),
    ],
)
def test_what_cannot_be_scored_is_refused(model: Path, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        evaluate(model, path, None, None, int8=False)
