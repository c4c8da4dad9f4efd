"""The shots and every generated text under its target: the paper's A1."""

from promptmix.arms.arm import Arm, Sources, as_example
from promptmix.core.records import Example


def _under_target(sources: Sources) -> list[Example]:
    return [as_example(text, text.target) for text in sources.generated]


ARM = Arm(_under_target, needs=("generate",))
