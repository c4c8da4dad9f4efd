"""Files must fit each other; a stage stops at the first breach."""

from collections import Counter
from collections.abc import Sequence

from promptmix.arms.assemble import ARMS, Sources, need
from promptmix.core.errors import DataError
from promptmix.core.records import Example, Generated, Relabeled, folded, is_gold


def training(arm: str, train: Sequence[Example], test: Sequence[Example]) -> None:
    """Refuse a training file without texts, with an id twice, or with a gold text that stands in the test set too.

    Arms that are made of shots may be empty: without shots the student is untrained, and shows what guessing gives.

    (A generated text may happen to equal a test text: the language model never saw the test set.)
    """
    if not train and not ARMS[arm].of_shots:
        why = "the language model wrote none that can be used"
        if need("relabel", [arm]):
            why += ", or relabelling left none (assemble.min_confidence leaves out those that are unsure)"
        raise DataError(f"arm {arm!r} has no training texts: {why}")
    if repeated := [id for id, count in Counter(example.id for example in train).items() if count > 1]:
        raise DataError(f"arm {arm!r}: id {repeated[0]!r} stands twice in the training file")
    held_out = {folded(example.text): example.id for example in test}
    for example in train:
        if is_gold(example.id) and (same := held_out.get(folded(example.text))):
            raise DataError(f"arm {arm!r}: training text {example.id} is test text {same}")


def same_texts(generated: Sequence[Generated], relabeled: Sequence[Relabeled]) -> None:
    """Refuse texts that were relabelled from others than those that were generated."""
    if [(t.id, t.text, t.target) for t in generated] != [(t.id, t.text, t.given) for t in relabeled]:
        raise DataError("the relabelled texts are not the generated ones, one for one; `dvc repro` makes them again")


def adds_up(arm: str, train: Sequence[Example], sources: Sources) -> None:
    """Refuse a training file whose number of texts is not that of its parts; ``eda`` and ``human`` may have fewer."""
    shots, generated, relabeled = sources.shots, sources.generated, sources.relabeled
    labelled = sum(text.label is not None for text in relabeled)
    most = {
        "few_shot": len(shots),
        "prototypes": len(shots),
        "mixed": len(shots) + len(generated),
        "relabeled": len(shots) + labelled,
        "synthetic_only": labelled,
        "filtered": len(shots) + sum(text.confirmed for text in relabeled),
        "no_mixing": len(shots) + len(sources.contrast),
        "eda": len(shots) + len(generated),
        "human": len(shots) + len(generated),
    }[arm]
    least = len(shots) if ARMS[arm].tops_up else most
    if not least <= len(train) <= most:
        raise DataError(f"arm {arm!r} has {len(train)} training texts, its parts make {least} to {most}")
