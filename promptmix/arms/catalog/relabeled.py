"""The shots and the generated texts under their new label, without those that have none: the paper's A2."""

from promptmix.arms.arm import Arm, Sources, as_example
from promptmix.core.records import Example


def _under_new_label(sources: Sources) -> list[Example]:
    return [as_example(text, text.label) for text in sources.relabeled if text.label]


ARM = Arm(_under_new_label, needs=("generate", "relabel"))
