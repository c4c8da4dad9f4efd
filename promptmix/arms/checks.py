"""Training files must not spoil results: a stage stops at the first that would."""

from collections import Counter
from collections.abc import Sequence

from promptmix.core.errors import DataError
from promptmix.core.records import Example, Generated, Relabeled, folded, is_gold


def check_training(arm: str, train: Sequence[Example], test: Sequence[Example]) -> None:
    """Refuse a training file with an id twice, or with a gold text that is in the test set too.

    (A generated text may happen to equal a test text: the language model never saw the test set.)
    """
    if repeated := [id for id, count in Counter(example.id for example in train).items() if count > 1]:
        raise DataError(f"arm {arm!r}: id {repeated[0]!r} occurs twice in the training file")
    held_out = {folded(example.text): example.id for example in test}
    for example in train:
        if is_gold(example.id) and (same := held_out.get(folded(example.text))):
            raise DataError(f"arm {arm!r}: training text {example.id} is test text {same}")


def check_same_texts(generated: Sequence[Generated], relabeled: Sequence[Relabeled]) -> None:
    """Refuse relabeled texts that are not the generated ones, one for one and in their order."""
    if [(t.id, t.text, t.target) for t in generated] != [(t.id, t.text, t.given) for t in relabeled]:
        raise DataError("the relabeled texts are not the generated ones, one for one; `dvc repro` makes them again")


def check_scores(relabeled: Sequence[Relabeled], soft_labels: str | None, min_confidence: float | None) -> None:
    """Refuse settings that need probabilities where relabeling found none: a model that shows none named the labels."""
    wanted = {"soft_labels: scores": soft_labels == "scores", "min_confidence": min_confidence is not None}
    asked = " and ".join(f"assemble.{name}" for name, is_set in wanted.items() if is_set)
    if asked and relabeled and not any(text.probabilities for text in relabeled):
        raise DataError(
            f"{asked}: not one of {len(relabeled)} relabeled texts has probabilities, because the relabeling model"
            " shows none; set it to null, or relabel with another llm.relabel_model"
        )
