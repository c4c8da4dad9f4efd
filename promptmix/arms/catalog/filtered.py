"""The shots and the generated texts whose target relabeling confirmed."""

from promptmix.arms.arm import Arm, Sources, as_example
from promptmix.core.records import Example


def _confirmed(sources: Sources) -> list[Example]:
    return [as_example(text, text.given) for text in sources.relabeled if text.confirmed]


ARM = Arm(_confirmed, needs=("generate", "relabel"))
