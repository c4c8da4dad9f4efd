"""Files must fit each other; a stage stops at the first breach."""

from collections import Counter
from collections.abc import Sequence

from promptmix.errors import DataError
from promptmix.records import Example, folded, is_written


def training(arm: str, train: Sequence[Example], test: Sequence[Example]) -> None:
    """Refuse a training file without texts, with an id twice, or with a gold text that stands in the test set too.

    ``few_shot`` may be empty: without shots its student is untrained, and shows what guessing gives.

    (A generated text may happen to equal a test text: the language model never saw the test set.)
    """
    if not train and arm != "few_shot":
        raise DataError(f"arm {arm!r} has no training texts: the language model wrote none that can be used")
    if repeated := [id for id, count in Counter(example.id for example in train).items() if count > 1]:
        raise DataError(f"arm {arm!r}: id {repeated[0]!r} stands twice in the training file")
    held_out = {folded(example.text): example.id for example in test}
    for example in train:
        if not is_written(example.id) and (same := held_out.get(folded(example.text))):
            raise DataError(f"arm {arm!r}: training text {example.id} is test text {same}")
