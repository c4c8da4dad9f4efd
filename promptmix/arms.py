"""What a student is trained on: an arm is a training file."""

from collections.abc import Sequence

from promptmix.records import Example, Generated, Relabeled


def assemble(
    arm: str, shots: Sequence[Example], generated: Sequence[Generated], relabeled: Sequence[Relabeled]
) -> list[Example]:
    """Return the training texts of one arm: the gold shots first, then what the arm adds.

    ``few_shot`` adds nothing, ``mixed`` the generated texts under their target (the paper's A1), ``relabeled`` the same
    texts under their new label, without those that have none (the paper's A2).
    """
    added = {
        "few_shot": [],
        "mixed": [Example(id=text.id, text=text.text, label=text.target) for text in generated],
        "relabeled": [Example(id=text.id, text=text.text, label=text.label) for text in relabeled if text.label],
    }
    return [*shots, *added[arm]]
